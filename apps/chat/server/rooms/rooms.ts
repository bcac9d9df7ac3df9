import { randomInt } from 'node:crypto'
import type { Account } from '../accounts/account.js'
import type { Database } from '../database/database.js'
import { nameKey } from '../names/text.js'
import { refusal } from '../refusal.js'
import { readRooms } from './read-rooms.js'
import { newInvitation } from './room.js'
import type { KeptRoom, OwnRoom } from './room.js'
import { roomName } from './room-name.js'

export interface RoomsOptions {
  /** How many there can be. */
  readonly limit: number
  /** How many one account can own. */
  readonly owned: number
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

/** No letters that look like digits, and none that a font draws alike. */
const ID_ALPHABET = 'abcdefghjkmnpqrstvwxyz0123456789'
const ID_LENGTH = 10
/** Ids that pages may make up for themselves where rooms are open; UUIDs are among them. */
const OPEN_ID = /^[A-Za-z0-9_-]{1,64}$/

const FIRST_ROOM = { id: 'lounge', name: '라운지 Lounge' }

/** All rooms. They are kept in the database, and read from memory: only changes wait for the disk. */
export class Rooms {
  readonly #database: Database
  readonly #options: RoomsOptions
  /** Oldest first. */
  readonly #byId = new Map<string, OwnRoom>()
  readonly #nameKeys = new Set<string>()
  readonly #beingMade = new Map<string, Promise<KeptRoom>>()
  readonly #onMade = new Set<(room: KeptRoom) => void>()

  private constructor(database: Database, options: RoomsOptions) {
    this.#database = database
    this.#options = options
  }

  /** Reads all rooms; makes a first one where there is none. */
  static async load(database: Database, options: RoomsOptions): Promise<Rooms> {
    const rooms = new Rooms(database, options)
    for (const room of await readRooms(database)) rooms.#take(room)
    if (rooms.#byId.size === 0) {
      await rooms.#make(newRoom(FIRST_ROOM.id, FIRST_ROOM.name, nameKey(FIRST_ROOM.name)))
    }
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
   * The room that someone is about to use: at once where it is there, made first where rooms are open.
   *
   * @throws StompError `room-unknown`; where rooms are open also `room-limit`, as a rejection
   */
  use(id: string): Later<KeptRoom> {
    const room = this.#byId.get(id)
    if (room !== undefined) return room
    if (!this.#options.open || !OPEN_ID.test(id)) throw refusal('room-unknown')
    const key = nameKey(id)
    // Nobody chose its name: one that is taken is shared rather than refused.
    return this.#beingMade.get(id) ?? this.#make(newRoom(id, id, this.#nameKeys.has(key) ? null : key))
  }

  /**
   * A private room keeps no name from others: that would tell that there is one.
   *
   * @throws StompError as a rejection: the codes of `roomName`, `room-name-taken`, `room-limit`, `room-own-limit`
   */
  async create(askedName: string, maker: RoomMaker = {}): Promise<KeptRoom> {
    const name = roomName(askedName)
    const key = maker.private === true ? null : nameKey(name)
    if (key !== null && this.#nameKeys.has(key)) throw refusal('room-name-taken')
    const { owner } = maker
    if (owner !== undefined && this.#owned(owner) >= this.#options.owned) throw refusal('room-own-limit')
    return this.#make(newRoom(this.#freeId(), name, key, maker))
  }

  /** @throws StompError as a rejection: the codes of `roomName`, `room-name-taken` */
  async rename(room: OwnRoom, askedName: string): Promise<void> {
    const name = roomName(askedName)
    const key = room.invitation === undefined ? nameKey(name) : null
    const before = room.nameKey
    if (key !== null && key !== before && this.#nameKeys.has(key)) throw refusal('room-name-taken')
    if (key !== null) this.#nameKeys.add(key)
    try {
      await this.#database
        .updateTable('rooms')
        .set({ name, name_key: key })
        .where('id', '=', room.id)
        .execute()
    } catch (error) {
      if (key !== null && key !== before) this.#nameKeys.delete(key)
      throw error
    }
    if (before !== null && before !== key) this.#nameKeys.delete(before)
    Object.assign(room, { name, nameKey: key })
  }

  /** What stands in tables beside it goes with it. */
  async remove(room: OwnRoom): Promise<void> {
    await this.#database.deleteFrom('rooms').where('id', '=', room.id).execute()
    this.#byId.delete(room.id)
    if (room.nameKey !== null) this.#nameKeys.delete(room.nameKey)
  }

  /** Calls back for each room that is made from now on, before whoever made it is answered. */
  onMade(listener: (room: KeptRoom) => void): void {
    this.#onMade.add(listener)
  }

  #owned(owner: Account): number {
    return this.all().filter((room) => room.owner?.id === owner.id).length
  }

  /** Name and id are reserved at once, so that two who want the same do not both get it. */
  #make(room: OwnRoom): Promise<KeptRoom> {
    if (this.#byId.size + this.#beingMade.size >= this.#options.limit) {
      return Promise.reject(refusal('room-limit'))
    }
    if (room.nameKey !== null) this.#nameKeys.add(room.nameKey)
    const made = this.#insert(room)
    this.#beingMade.set(room.id, made)
    return made
  }

  async #insert(room: OwnRoom): Promise<KeptRoom> {
    try {
      await insertRoom(this.#database, room)
    } catch (error) {
      if (room.nameKey !== null) this.#nameKeys.delete(room.nameKey)
      throw error
    } finally {
      this.#beingMade.delete(room.id)
    }
    this.#take(room)
    for (const listener of this.#onMade) listener(room)
    return room
  }

  #take(room: OwnRoom): void {
    this.#byId.set(room.id, room)
    if (room.nameKey !== null) this.#nameKeys.add(room.nameKey)
  }

  #freeId(): string {
    for (;;) {
      let id = ''
      while (id.length < ID_LENGTH) id += ID_ALPHABET[randomInt(ID_ALPHABET.length)]
      if (!this.#byId.has(id) && !this.#beingMade.has(id)) return id
    }
  }
}

function newRoom(id: string, name: string, key: string | null, maker: RoomMaker = {}): OwnRoom {
  const isPrivate = maker.private === true && maker.owner !== undefined
  return {
    id,
    name,
    nameKey: key,
    createdAt: Date.now(),
    owner: maker.owner,
    invitation: isPrivate ? newInvitation() : undefined,
    people: new Map(isPrivate ? [[maker.owner.id, maker.owner]] : []),
    bans: new Map(),
  }
}

async function insertRoom(database: Database, room: OwnRoom): Promise<void> {
  const { id, name, nameKey, createdAt, owner, invitation = null, people } = room
  await database.transaction().execute(async (transaction) => {
    await transaction
      .insertInto('rooms')
      .values({ id, name, name_key: nameKey, created_at: createdAt })
      .execute()
    if (owner === undefined) return
    await transaction
      .insertInto('room_owners')
      .values({ room_id: id, account_id: owner.id, invitation })
      .execute()
    for (const account_id of people.keys()) {
      await transaction
        .insertInto('room_members')
        .values({ room_id: id, account_id, joined_at: createdAt })
        .execute()
    }
  })
}
