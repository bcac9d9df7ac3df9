import { sql } from 'kysely'
import type { HistoryStore, StoredMessage } from 'stomping-ground'
import { changesTopic, roomTopic } from '../../contract/index.js'
import type { Database } from '../database/database.js'
import { StartError } from '../start-error.js'
import { TABLE_NAMES, tableOf, VERSION } from './format.js'
import type { Header, HistoryLine, MessageLine, Row, TableName } from './format.js'

export interface ExportOptions {
  readonly database: Database
  /** Has been started. */
  readonly store: HistoryStore
  /** Whether hashes of passwords, and sign-ins, go along. */
  readonly passwords: boolean
}

/** Rows of one statement, messages and bytes of one page: so much is in memory at a time. */
const ROWS = 1_000
const PAGE = { count: 1_000, bytes: 1_048_576 }

/**
 * Everything that a chat keeps, line by line, as `format.ts` says. Its tables are those of one moment; what is said while it
 * runs may be in it or not.
 */
export async function* exported({ database, store, passwords }: ExportOptions): AsyncGenerator<string> {
  let lines = 0
  const line = (value: object): string => {
    lines++
    return `${JSON.stringify(value)}\n`
  }
  const { epoch } = store
  const header: Header = {
    'stomping-ground-chat': VERSION,
    exported: new Date().toISOString(),
    epoch,
    passwords,
  }
  yield line(header)
  const rooms = new Set<string>()
  // Whoever reads the lines may be slow: the moment is held by a transaction of its own, and not by a callback.
  const moment = await database.startTransaction().setIsolationLevel('repeatable read').execute()
  try {
    for (const table of TABLE_NAMES) {
      if (tableOf(table).secret === true && !passwords) continue
      for await (const row of rowsOf(moment, table)) {
        if (table === 'rooms') rooms.add(row['id'] as string)
        yield line({ [table]: table === 'accounts' && !passwords ? { ...row, password: '' } : row })
      }
    }
  } finally {
    await moment.rollback().execute()
  }
  for await (const destination of destinationsOf(store, rooms)) {
    for await (const value of historyOf(store, destination)) yield line(value)
  }
  yield line({ end: { lines: lines + 1 } })
}

async function* rowsOf(database: Database, name: TableName): AsyncGenerator<Row> {
  const { key, columns } = tableOf(name)
  const keys = sql.join(key.map((column) => sql.ref(column)))
  const names = sql.join(Object.keys(columns).map((column) => sql.ref(column)))
  let after = sql``
  for (;;) {
    const { rows } =
      await sql<Row>`select ${names} from ${sql.table(name)} ${after} order by ${keys} limit ${sql.lit(ROWS)}`.execute(
        database,
      )
    yield* rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < ROWS) return
    after = sql`where (${keys}) > (${sql.join(key.map((column) => last[column]))})`
  }
}

/** The topics of these rooms that hold something. */
async function* destinationsOf(store: HistoryStore, rooms: ReadonlySet<string>): AsyncGenerator<string> {
  for (let after: string | undefined; ;) {
    const names = await store.destinations(after)
    if (names.length === 0) return
    for (const name of names) {
      const room = roomTopic.match(name) ?? changesTopic.match(name)
      if (room !== undefined && rooms.has(room.roomId)) yield name
    }
    after = names.at(-1)
  }
}

async function* historyOf(store: HistoryStore, destination: string): AsyncGenerator<object> {
  const [head] = await store.heads([destination])
  if (head === undefined || head.first > head.last) return
  let next: number | undefined
  while (next === undefined || next <= head.last) {
    const page: readonly StoredMessage[] = await store.read(destination, next ?? head.first, PAGE)
    const [first] = page
    // The oldest may have gone between the two questions, and then all of them.
    if (first === undefined || first.offset > head.last) {
      if (next === undefined) return
      throw trimmed(destination)
    }
    if (next === undefined) {
      const line: HistoryLine = { destination, first: first.offset, last: head.last }
      yield { history: line }
    } else if (first.offset !== next) throw trimmed(destination)
    for (const message of page) if (message.offset <= head.last) yield { message: lineOf(message) }
    next = page.at(-1)!.offset + 1
  }
}

function trimmed(destination: string): StartError {
  return new StartError(`The oldest messages of ${destination} went while they were read. Export once more.`)
}

function lineOf({ offset, time, headers, body }: StoredMessage): MessageLine {
  const text = Buffer.from(body).toString()
  try {
    const value: unknown = JSON.parse(text)
    if (JSON.stringify(value) === text) return { offset, time, headers: headers.flat, body: value }
  } catch {
    // Written as bytes.
  }
  return { offset, time, headers: headers.flat, bytes: Buffer.from(body).toString('base64') }
}
