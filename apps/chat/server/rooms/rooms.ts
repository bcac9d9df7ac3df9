import { randomInt } from 'node:crypto'
import type { Account } from '../accounts/account.js'
import { isPostgres } from '../database/is-postgres.js'
import type { Database } from '../database/database.js'
import { again, isTaken } from '../database/faults.js'
import { nameKey } from '../names/text.js'
import { refusal } from '../refusal.js'
import { insertRoom } from './insert-room.js'
import type { RoomBounds } from './insert-room.js'
import { readRoom, readRooms } from './read-rooms.js'
import { newInvitation } from './room.js'
import type { KeptRoom, OwnRoom, RoomChange } from './room.js'
import { roomName } from './room-name.js'
import { Turns } from './turns.js'

export interface RoomsOptions extends RoomBounds {
  /** Whether a room that nobody made is made when it is first used. */
  readonly open: boolean
}

/** At once, where nothing has to be waited for. */
export type Later<Value> = Value | Promise<Value>

/** What a room is made with, besides its name. */
export interface RoomMaker {
  readonly owner?: Account | undefined
  readonly private?: boolean | undefined
}

/** Hears of each room that is new here; `here` is false where another node made it. */
export type MadeListener = (room: KeptRoom, here: boolean) => void

/** No letters that look like digits, and none that a font draws alike. */
const ID_ALPHABET = 'abcdefghjkmnpqrstvwxyz0123456789'
const ID_LENGTH = 10
/** Ids that pages may make up for themselves where rooms are open; UUIDs are among them, all others, and invitations. */
const ID = /^[A-Za-z0-9_-]{1,64}$/

const FIRST_ROOM = { id: 'lounge', name: '라운지 Lounge' }

/**
 * All rooms. They are kept in the database, which several nodes may share, and read from memory: only changes wait. A change is a
 * transaction that has the room for itself, whichever node asks for it; what memory has is read in it. What other nodes have
 * changed is known here after `reread`.
 */
export class Rooms {
  readonly #database: Database
  readonly #options: RoomsOptions
  /** Whether others may change it. */
  readonly #isShared: boolean
  /** Oldest first. */
  #byId = new Map<string, OwnRoom>()
  readonly #beingMade = new Map<string, Promise<KeptRoom>>()
  readonly #onMade = new Set<MadeListener>()
  readonly #turns = new Turns()
  #lastMadeAt = 0
  /** The last of `#byId`, or a younger one that is gone. */
  #youngest: KeptRoom | undefined
  #rereading: Promise<RoomChange[]> | undefined
  /** Rooms that were put while all were being read. */
  #putMeanwhile: Set<string> | undefined

  private constructor(database: Database, options: RoomsOptions) {
    this.#database = database
    this.#options = options
    this.#isShared = isPostgres(database)
  }

  /** Reads all rooms; makes a first one where there is none. */
  static async load(database: Database, options: RoomsOptions): Promise<Rooms> {
    const rooms = new Rooms(database, options)
    for (const room of await readRooms(database)) rooms.#put(room.id, room)
    const { id, name } = FIRST_ROOM
    if (rooms.#byId.size === 0) await rooms.#make(rooms.#newRoom(id, name), nameKey(name))
    return rooms
  }

  all(): OwnRoom[] {
    return [...this.#byId.values()]
  }

  /** @throws StompError `room-unknown` */
  get(id: string): OwnRoom {
    const room = this.#byId.get(id)
    if (room === undefined) throw refusal('room-unknown')
    return room
  }

  has(id: string): boolean {
    return this.#byId.has(id)
  }

  /**
   * At once where it is known here; another node may have made it a moment ago.
   *
   * @throws StompError `room-unknown`, at once or as a rejection
   */
  find(id: string): Later<OwnRoom> {
    const room = this.#byId.get(id)
    if (room !== undefined) return room
    if (!this.#isShared || !ID.test(id)) throw refusal('room-unknown')
    return this.reread(id).then(() => this.get(id))
  }

  /** The room that this is the invitation to. @throws StompError `invitation-unknown` as a rejection */
  async byInvitation(invitation: string): Promise<OwnRoom> {
    // Seldom asked; a comparison that takes as long for every guess of 160 bits is not needed.
    const room = this.all().find((one) => one.invitation === invitation)
    if (room !== undefined) return room
    const found = this.#isShared && ID.test(invitation) ? await this.#invitedTo(invitation) : undefined
    if (found === undefined) throw refusal('invitation-unknown')
    return found
  }

  /**
   * The room that someone is about to use: at once where it is known, made first where rooms are open.
   *
   * @throws StompError `room-unknown`; where rooms are open also `room-limit`, as a rejection
   */
  use(id: string): Later<KeptRoom> {
    const room = this.#byId.get(id)
    if (room !== undefined) return room
    if (!this.#options.open) return this.find(id)
    if (!ID.test(id)) throw refusal('room-unknown')
    return this.#beingMade.get(id) ?? this.#make(this.#newRoom(id, id), nameKey(id))
  }

  /**
   * A private room keeps no name from others: that would tell that there is one.
   *
   * @throws StompError as a rejection: the codes of `roomName`, `room-name-taken`, `room-limit`, `room-own-limit`
   */
  async create(askedName: string, maker: RoomMaker = {}): Promise<KeptRoom> {
    const name = roomName(askedName)
    return this.#make(this.#newRoom(this.#freeId(), name, maker), maker.private ? null : nameKey(name))
  }

  /** @throws StompError as a rejection: the codes of `roomName`, `room-name-taken`, `room-unknown` */
  async rename(id: string, askedName: string): Promise<void> {
    const name = roomName(askedName)
    await this.change(id, async (transaction, { invitation }) => {
      const name_key = invitation === undefined ? nameKey(name) : null
      const update = transaction.updateTable('rooms').set({ name, name_key }).where('id', '=', id)
      await update.execute().catch((error: unknown) => {
        throw isTaken(error) ? refusal('room-name-taken') : error
      })
    })
  }

  /** What stands in tables beside it goes with it. @throws StompError `room-unknown` as a rejection */
  async remove(id: string): Promise<void> {
    await this.change(id, async (transaction) => {
      await transaction.deleteFrom('rooms').where('id', '=', id).execute()
    })
  }

  /**
   * Changes a room in a transaction that no other change of it, on any node, runs beside. It is given the room as it is kept
   * at that moment; afterwards memory has what the transaction left behind.
   *
   * @throws StompError `room-unknown` as a rejection, and whatever `change` throws; then nothing has changed
   */
  change(id: string, change: (transaction: Database, room: KeptRoom) => Promise<void>): Promise<RoomChange> {
    return this.#turns.take(id, async () => {
      const now = await again(() =>
        this.#database.transaction().execute(async (transaction) => {
          // Nothing changes by it; the row is this transaction's from here on.
          const own = transaction.updateTable('rooms').set({ id }).where('id', '=', id)
          const room = (await own.returning('id').execute()).length > 0 && (await readRoom(transaction, id))
          if (!room) throw refusal('room-unknown')
          await change(transaction, room)
          return readRoom(transaction, id)
        }),
      )
      return this.#put(id, now)
    })
  }

  /** Reads one room again, for another node has changed, made or deleted it. */
  reread(id: string): Promise<RoomChange> {
    return this.#turns.take(id, async () => this.#put(id, await readRoom(this.#database, id)))
  }

  /** The same for all rooms, where nobody knows what was missed. @returns what has changed */
  rereadAll(): Promise<RoomChange[]> {
    return (this.#rereading ??= this.#rereadAll().finally(() => (this.#rereading = undefined)))
  }

  /** Calls back for each room that is new here from now on, before whoever made it is answered. */
  onMade(listener: MadeListener): void {
    this.#onMade.add(listener)
  }

  async #rereadAll(): Promise<RoomChange[]> {
    const putMeanwhile = (this.#putMeanwhile = new Set<string>())
    try {
      const kept = new Map((await readRooms(this.#database)).map((room) => [room.id, room]))
      const ids = new Set([...this.#byId.keys(), ...kept.keys()])
      // What was put in the meantime is newer than what was read.
      return [...ids].flatMap((id) => (putMeanwhile.has(id) ? [] : [this.#put(id, kept.get(id))]))
    } finally {
      this.#putMeanwhile = undefined
    }
  }

  async #invitedTo(invitation: string): Promise<OwnRoom | undefined> {
    const found = await this.#database
      .selectFrom('room_owners')
      .select('room_id')
      .where('invitation', '=', invitation)
      .executeTakeFirst()
    if (found === undefined) return undefined
    await this.reread(found.room_id)
    return this.#byId.get(found.room_id)
  }

  #make(room: OwnRoom, key: string | null): Promise<KeptRoom> {
    if (this.#byId.size + this.#beingMade.size >= this.#options.limit) {
      return Promise.reject(refusal('room-limit'))
    }
    const made = this.#turns
      .take(room.id, () => this.#insert(room, key))
      .finally(() => this.#beingMade.delete(room.id))
    this.#beingMade.set(room.id, made)
    return made
  }

  async #insert(room: OwnRoom, key: string | null): Promise<KeptRoom> {
    const insert = (nameKey: string | null): Promise<boolean> =>
      again(() => insertRoom(this.#database, room, nameKey, this.#options))
    if (await insert(key)) return this.#put(room.id, room, true).now!
    // Another node has made it at the same time; the name of an id that a page made up is shared rather than refused.
    const kept = await readRoom(this.#database, room.id)
    if (kept !== undefined) return this.#put(room.id, kept).now!
    if (room.name !== room.id || !(await insert(null))) throw refusal('room-name-taken')
    return this.#put(room.id, room, true).now!
  }

  /** Takes over what is kept of a room. Whoever holds the room sees it change. */
  #put(id: string, kept: OwnRoom | undefined, here = false): RoomChange {
    this.#putMeanwhile?.add(id)
    const known = this.#byId.get(id)
    const before = known === undefined ? undefined : { ...known }
    if (kept === undefined) {
      this.#byId.delete(id)
      return { before, now: undefined }
    }
    if (known !== undefined) return { before, now: Object.assign(known, kept) }
    this.#byId.set(id, kept)
    if (this.#youngest !== undefined && byAge(kept, this.#youngest) < 0) {
      this.#byId = new Map(
        this.all()
          .toSorted(byAge)
          .map((room) => [room.id, room]),
      )
    } else this.#youngest = kept
    for (const listener of this.#onMade) listener(kept, here)
    return { before, now: kept }
  }

  /** No two of one node are made at the same time: that is their order. */
  #newRoom(id: string, name: string, { owner, private: asked }: RoomMaker = {}): OwnRoom {
    const isPrivate = asked === true && owner !== undefined
    this.#lastMadeAt = Math.max(Date.now(), this.#lastMadeAt + 1, (this.#youngest?.createdAt ?? 0) + 1)
    return {
      id,
      name,
      createdAt: this.#lastMadeAt,
      owner,
      invitation: isPrivate ? newInvitation() : undefined,
      people: new Map(isPrivate ? [[owner.id, owner]] : []),
      bans: new Map(),
    }
  }

  #freeId(): string {
    for (;;) {
      let id = ''
      while (id.length < ID_LENGTH) id += ID_ALPHABET[randomInt(ID_ALPHABET.length)]
      if (!this.#byId.has(id) && !this.#beingMade.has(id)) return id
    }
  }
}

function byAge(one: KeptRoom, other: KeptRoom): number {
  return one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1)
}
