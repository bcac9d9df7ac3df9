import { sql } from 'kysely'
import type { Database } from '../database/database.js'
import { isPostgres } from '../database/is-postgres.js'
import type { Tables } from '../database/tables.js'
import { folded, gramsOf } from './search-text.js'

/** How far a room has been made searchable. */
export interface IndexPlace {
  readonly epoch: string
  readonly first: number
  readonly indexed: number
  readonly version: number
}

/** A message to be found. */
export interface IndexEntry {
  readonly offset: number
  /** Milliseconds since 1970; never less than that of the message before. */
  readonly time: number
  readonly text: string
  /** What is found: a `ChatMessage` as JSON. */
  readonly message: string
}

/** What has all grams that were asked for. It may still not have the words. */
export interface Candidate {
  readonly id: number
  readonly roomId: string
  readonly offset: number
  readonly epoch: string
  readonly message: string
}

export interface Query {
  readonly grams: readonly string[]
  /** Of these rooms alone. */
  readonly rooms: readonly string[] | undefined
  /** Ids below this one. */
  readonly before: number
  readonly count: number
}

/** Messages of one millisecond that can be told apart. With the time they stay below 2^53 until 2109. */
const SLOTS = 2_048
/** A clock that was set back gives the same time to all messages of a room until it is where it was. */
const TRIES = 10_000
/** Grams of rooms begin with what no text has. */
const ROOM = '\uF8FF'

/**
 * The messages that can be found, newest first, with the place up to which each room has been read. Several processes may write
 * at once: what is written after something was read is not, where the room's version has become another meanwhile.
 */
export class MessageIndex {
  readonly #database: Database
  readonly #isPostgres: boolean

  constructor(database: Database) {
    this.#database = database
    this.#isPostgres = isPostgres(database)
  }

  /** By the ids of rooms, of those that are not there any more too. */
  async places(): Promise<Map<string, IndexPlace>> {
    const rows = await this.#database.selectFrom('search_rooms').selectAll().execute()
    return new Map(rows.map((row) => [row.room_id, placeOf(row)]))
  }

  /** The place of a room: at the beginning, where it has none yet. */
  async place(roomId: string, epoch: string, first: number): Promise<IndexPlace> {
    const find = this.#database.selectFrom('search_rooms').selectAll().where('room_id', '=', roomId)
    const known = await find.executeTakeFirst()
    if (known !== undefined) return placeOf(known)
    await this.#database
      .insertInto('search_rooms')
      .values({ room_id: roomId, epoch, first_offset: first, indexed_offset: first - 1, version: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
    return placeOf(await find.executeTakeFirstOrThrow())
  }

  /** Goes on to another place. @returns whether it did: nobody was faster */
  move(roomId: string, from: IndexPlace, to: Omit<IndexPlace, 'version'>): Promise<boolean> {
    return moved(this.#database, roomId, from, to)
  }

  /** Takes in what follows, up to an offset, all or nothing. @returns whether it did: nobody was faster */
  add(roomId: string, from: IndexPlace, entries: readonly IndexEntry[], indexed: number): Promise<boolean> {
    return this.#database.transaction().execute(async (transaction) => {
      if (!(await moved(transaction, roomId, from, { ...from, indexed }))) return false
      await this.#insert(transaction, roomId, entries)
      return true
    })
  }

  /** A message is another now, or none that can be found. What has not been read yet will be read as it is. */
  async replace(roomId: string, offset: number, entry: IndexEntry | undefined): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      const place = await transaction
        .updateTable('search_rooms')
        .set((row) => ({ version: row('version', '+', 1) }))
        .where('room_id', '=', roomId)
        .returning('indexed_offset')
        .executeTakeFirst()
      await transaction
        .deleteFrom('search_messages')
        .where('room_id', '=', roomId)
        .where('said_offset', '=', offset)
        .execute()
      if (entry === undefined || place === undefined || offset > place.indexed_offset) return
      await this.#insert(transaction, roomId, [entry])
    })
  }

  /** Lets go of messages before an offset, so many at most. @returns how many there were */
  async drop(roomId: string, before: number, most: number): Promise<number> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('search_messages')
      .where('id', 'in', (nested) =>
        nested
          .selectFrom('search_messages')
          .select('id')
          .where('room_id', '=', roomId)
          .where('said_offset', '<', before)
          .orderBy('said_offset')
          .limit(most),
      )
      .executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  }

  /** There is no such room any more. Its place stays as long as messages of it do. */
  async forget(roomId: string): Promise<void> {
    await this.#database
      .deleteFrom('search_rooms')
      .where('room_id', '=', roomId)
      .where((row) =>
        row.not(row.exists(row.selectFrom('search_messages').select('id').where('room_id', '=', roomId))),
      )
      .execute()
  }

  /** Newest first. */
  async find({ grams, rooms, before, count }: Query): Promise<Candidate[]> {
    const match = this.#isPostgres
      ? sql`message.grams @@ ${expression(grams, rooms, ["'", '&', '|'])}::tsquery and message.id < ${before}`
      : sql`search_grams match ${expression(grams, rooms, ['"', 'AND', 'OR'])} and search_grams.rowid < ${before}`
    const from = this.#isPostgres
      ? sql`search_messages as message`
      : sql`search_grams join search_messages as message on message.id = search_grams.rowid`
    const order = this.#isPostgres ? sql`message.id` : sql`search_grams.rowid`
    const { rows } = await sql<Candidate>`
      select message.id as id, message.room_id as "roomId", message.said_offset as "offset", room.epoch as epoch,
        message.message as message
      from ${from} join search_rooms as room on room.room_id = message.room_id
      where ${match} order by ${order} desc limit ${count}`.execute(this.#database)
    return rows
  }

  /** Each gets a number of the millisecond in which it was said; where that is taken, of the next one in which it is free. */
  async #insert(database: Database, roomId: string, entries: readonly IndexEntry[]): Promise<void> {
    let rows: Row[] = entries.map(({ offset, time, text, message }) => ({
      id: time * SLOTS + ((offset - 1) % SLOTS),
      offset,
      message,
      grams: [...gramsOf(folded(text)), gramOfRoom(roomId)],
    }))
    for (let tries = 0; rows.length > 0; tries++) {
      if (tries === TRIES) throw new Error(`There is no number for a message of ${rows[0]!.id}`)
      const inserted = await this.#put(database, roomId, rows)
      rows = rows.filter(({ id }) => !inserted.has(id))
      for (const row of rows) row.id += SLOTS
    }
  }

  async #put(database: Database, roomId: string, rows: readonly Row[]): Promise<Set<number>> {
    const list = sql.join(
      rows.map(({ id, offset, message, grams }) =>
        this.#isPostgres
          ? sql`(${id}::bigint, ${roomId}, ${offset}::bigint, ${message}, array_to_tsvector(${grams}::text[]))`
          : sql`(${id}, ${roomId}, ${offset}, ${message})`,
      ),
    )
    const columns = this.#isPostgres
      ? sql`id, room_id, said_offset, message, grams`
      : sql`id, room_id, said_offset, message`
    const { rows: inserted } = await sql<{
      id: number
    }>`insert into search_messages (${columns}) values ${list}
      on conflict (id) do nothing returning id`.execute(database)
    const ids = new Set(inserted.map(({ id }) => id))
    const own = rows.filter(({ id }) => ids.has(id))
    if (!this.#isPostgres && own.length > 0) {
      const values = sql.join(own.map(({ id, grams }) => sql`(${id}, ${grams.join(' ')})`))
      await sql`insert into search_grams (rowid, grams) values ${values}`.execute(database)
    }
    return ids
  }
}

interface Row {
  id: number
  readonly offset: number
  readonly message: string
  readonly grams: readonly string[]
}

async function moved(
  database: Database,
  roomId: string,
  from: IndexPlace,
  { epoch, first, indexed }: Omit<IndexPlace, 'version'>,
): Promise<boolean> {
  const { numUpdatedRows } = await database
    .updateTable('search_rooms')
    .set({ epoch, first_offset: first, indexed_offset: indexed, version: from.version + 1 })
    .where('room_id', '=', roomId)
    .where('version', '=', from.version)
    .executeTakeFirst()
  return Number(numUpdatedRows) > 0
}

/** All grams, and one of the rooms, in the language of either database: a quote, AND and OR. */
function expression(
  grams: readonly string[],
  rooms: readonly string[] | undefined,
  [quote, and, or]: readonly [string, string, string],
): string {
  const all = (some: readonly string[], by: string): string =>
    some.map((gram) => quote + gram + quote).join(` ${by} `)
  if (rooms === undefined) return all(grams, and)
  return `(${all(grams, and)}) ${and} (${all(rooms.map(gramOfRoom), or)})`
}

/** Rooms whose ids differ by case alone have the same one in SQLite: what is found is to be looked at again. */
function gramOfRoom(roomId: string): string {
  return ROOM + roomId.replaceAll('-', '\uF8FE').replaceAll('_', '\uF8FD')
}

function placeOf(row: Tables['search_rooms']): IndexPlace {
  return { epoch: row.epoch, first: row.first_offset, indexed: row.indexed_offset, version: row.version }
}
