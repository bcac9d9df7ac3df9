import { randomInt } from 'node:crypto'
import { sql } from 'kysely'
import type { Awaitable } from 'stomping-ground'
import { refusal } from '../refusal.js'
import type { Database, RoomRow } from './database.js'
import { nameKey, roomName } from './room-name.js'

/** A room as it is kept; who is in it is another matter. */
export interface KeptRoom {
  readonly id: string
  readonly name: string
  readonly createdAt: number
}

export interface RoomsOptions {
  /** How many there can be. */
  readonly limit: number
  /** Whether a room that nobody made is made when it is first used. */
  readonly open: boolean
}

/** No letters that look like digits, and none that a font draws alike. */
const ID_ALPHABET = 'abcdefghjkmnpqrstvwxyz0123456789'
const ID_LENGTH = 10
/** Ids that pages may make up for themselves where rooms are open; UUIDs are among them. */
const OPEN_ID = /^[A-Za-z0-9_-]{1,64}$/

const FIRST_ROOM = { id: 'lounge', name: '라운지 Lounge' }

/** All rooms. They are kept in the database, and read from memory: only making one waits for the disk. */
export class Rooms {
  readonly #database: Database
  readonly #options: RoomsOptions
  /** Oldest first. */
  readonly #byId = new Map<string, KeptRoom>()
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
    const rows = await database
      .selectFrom('rooms')
      .selectAll()
      .orderBy(sql`rowid`)
      .execute()
    for (const row of rows) rooms.#take(row)
    if (rows.length === 0) await rooms.#make(FIRST_ROOM.id, FIRST_ROOM.name, nameKey(FIRST_ROOM.name))
    return rooms
  }

  all(): KeptRoom[] {
    return [...this.#byId.values()]
  }

  /** @throws StompError `room-unknown` */
  get(id: string): KeptRoom {
    const room = this.#byId.get(id)
    if (room === undefined) throw refusal('room-unknown')
    return room
  }

  /**
   * The room that someone is about to use: at once where it is there, made first where rooms are open.
   *
   * @throws StompError `room-unknown`; where rooms are open also `room-limit`, as a rejection
   */
  use(id: string): Awaitable<KeptRoom> {
    const room = this.#byId.get(id)
    if (room !== undefined) return room
    if (!this.#options.open || !OPEN_ID.test(id)) throw refusal('room-unknown')
    const key = nameKey(id)
    // Nobody chose its name: one that is taken is shared rather than refused.
    return this.#beingMade.get(id) ?? this.#make(id, id, this.#nameKeys.has(key) ? null : key)
  }

  /** @throws StompError as a rejection: the codes of `roomName`, `room-name-taken`, `room-limit` */
  async create(askedName: string): Promise<KeptRoom> {
    const name = roomName(askedName)
    const key = nameKey(name)
    if (this.#nameKeys.has(key)) throw refusal('room-name-taken')
    return this.#make(this.#freeId(), name, key)
  }

  /** Calls back for each room that is made from now on, before whoever made it is answered. */
  onMade(listener: (room: KeptRoom) => void): void {
    this.#onMade.add(listener)
  }

  /** Name and id are reserved at once, so that two who want the same do not both get it. */
  #make(id: string, name: string, key: string | null): Promise<KeptRoom> {
    if (this.#byId.size + this.#beingMade.size >= this.#options.limit) {
      return Promise.reject(refusal('room-limit'))
    }
    if (key !== null) this.#nameKeys.add(key)
    const made = this.#insert({ id, name, name_key: key, created_at: Date.now() })
    this.#beingMade.set(id, made)
    return made
  }

  async #insert(row: RoomRow): Promise<KeptRoom> {
    try {
      await this.#database.insertInto('rooms').values(row).execute()
    } catch (error) {
      if (row.name_key !== null) this.#nameKeys.delete(row.name_key)
      throw error
    } finally {
      this.#beingMade.delete(row.id)
    }
    const room = this.#take(row)
    for (const listener of this.#onMade) listener(room)
    return room
  }

  #take(row: RoomRow): KeptRoom {
    const room: KeptRoom = { id: row.id, name: row.name, createdAt: row.created_at }
    this.#byId.set(room.id, room)
    if (row.name_key !== null) this.#nameKeys.add(row.name_key)
    return room
  }

  #freeId(): string {
    for (;;) {
      let id = ''
      while (id.length < ID_LENGTH) id += ID_ALPHABET[randomInt(ID_ALPHABET.length)]
      if (!this.#byId.has(id) && !this.#beingMade.has(id)) return id
    }
  }
}
