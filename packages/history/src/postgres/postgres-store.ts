import { randomBytes, randomUUID } from 'node:crypto'
import type { PoolClient } from 'pg'
import { REMEMBERED_IDS } from 'stomping-ground'
import type {
  Appended,
  Content,
  Entry,
  Head,
  Keep,
  PageBounds,
  StoredMessage,
  StoreWatcher,
} from 'stomping-ground'
import { places, timeAt } from '../layout.js'
import { messagesIn } from '../record.js'
import { append } from './append.js'
import { replace } from './replace.js'
import { checkedEpoch, checkedOffset } from '../restorable.js'
import type { RestorableStore } from '../restorable.js'
import { Database } from './database.js'
import { Listener } from './listener.js'
import { migrate } from './migrations.js'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:5432/database` */
  readonly url: string
  /** The schema that holds the tables, made where it is missing. Default `stomping_ground_history`. */
  readonly schema?: string
  /** How long a connection or a statement may take. Default 10 s. */
  readonly timeoutMs?: number
}

/** Names of destinations given at once. */
const NAMES = 1_000

interface Call {
  readonly entries: readonly Entry[]
  readonly resolve: (appended: readonly Appended[]) => void
  readonly reject: (error: unknown) => void
}

interface ChunkRow {
  readonly first: string
  readonly data: Buffer
}

/**
 * A history in a PostgreSQL database that several processes share. Offsets are given under a lock on the destination's row;
 * the others are told by NOTIFY. What comes while a transaction is under way is the next one. The driver `pg` has to be
 * installed.
 *
 * An append that is refused because the database went away in its COMMIT may have been carried out, as a whole: an id makes
 * it safe to repeat.
 *
 * @throws TypeError or RangeError naming the option that is wrong
 */
export function postgresStore(options: PostgresStoreOptions): RestorableStore {
  return new PostgresStore(options)
}

class PostgresStore implements RestorableStore {
  readonly #schema: string
  readonly #database: Database
  /** By which this process knows its own notices. */
  readonly #origin = randomUUID().slice(0, 8)
  #epoch: string | undefined
  #waiting: Call[] = []
  #appending: Promise<void> | undefined
  #replacing: Promise<void> = Promise.resolve()
  #listener: Listener | undefined
  #stopping: Promise<void> | undefined

  constructor({ url, schema = 'stomping_ground_history', timeoutMs = 10_000 }: PostgresStoreOptions) {
    if (!/^[a-z_][a-z0-9_]{0,40}$/.test(schema)) throw new TypeError(`${schema} is no name of a schema`)
    if (!Number.isSafeInteger(timeoutMs) || timeoutMs <= 0) {
      throw new RangeError(`timeoutMs has to be a positive integer, not ${timeoutMs}`)
    }
    this.#schema = schema
    this.#database = new Database({ url, schema, timeoutMs })
  }

  get epoch(): string {
    if (this.#epoch === undefined)
      throw new Error('The history has not been started: call stomp.start() first.')
    return this.#epoch
  }

  async start(): Promise<void> {
    if (this.#epoch !== undefined) return
    await this.#database.open()
    try {
      this.#epoch = await this.#database.transaction((client) => migrate(client, this.#schema))
    } catch (cause) {
      await this.#database.close()
      const { message, code } = cause as Error & { code?: string }
      throw new Error(`The history cannot be kept in PostgreSQL: ${message === '' ? code : message}`, {
        cause,
      })
    }
  }

  async append(entries: readonly Entry[]): Promise<readonly Appended[]> {
    this.#mustBeOpen()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, resolve, reject })
      this.#appending ??= this.#appendAll()
    })
  }

  /** One after the other: what this process replaces twice ends as it was told last. */
  async replace(destination: string, offset: number, content: Content): Promise<boolean> {
    this.#mustBeOpen()
    const origin = { origin: this.#origin, channel: this.#schema }
    const replacing = this.#replacing.then(() =>
      this.#database.transaction((client) => replace(client, origin, { destination, offset, content })),
    )
    this.#replacing = replacing.then(nothing, nothing)
    return replacing
  }

  async heads(destinations: readonly string[]): Promise<readonly Head[]> {
    const rows = await this.#database.query<{ first: string | null; last: string | null; forgotten: string }>(
      `select d.last,
         (select c.first from chunks c where c.destination = d.id order by c.last limit 1) as first,
         (select value from meta where name = 'forgotten') as forgotten
       from unnest($1::bytea[]) with ordinality as asked(name, at)
       left join destinations d on sha256(d.name) = sha256(asked.name)
       order by asked.at`,
      [destinations.map((name) => Buffer.from(name))],
    )
    return rows.map(({ first, last, forgotten }) => {
      const end = Number(last ?? forgotten)
      return { first: Number(first ?? end + 1), last: end }
    })
  }

  async read(destination: string, from: number, bounds: PageBounds): Promise<readonly StoredMessage[]> {
    // Chunks of single messages are many, full ones few: the sum of their sizes says where the page ends.
    const rows = await this.#database.query<ChunkRow>(
      `select first, data from (
         select first, data, last, coalesce(sum(length(data)) over before, 0) as bytes
         from (select first, data, last from chunks
               where destination = (select id from destinations where sha256(name) = sha256($1)) and last >= $2
               order by last limit $3) page
         window before as (order by last rows between unbounded preceding and 1 preceding)
       ) sized where bytes < $4 order by last`,
      [Buffer.from(destination), from, bounds.count, bounds.bytes],
    )
    const chunks = rows.map(({ first, data }) => ({ first: Number(first), data }))
    return messagesIn(chunks, from, bounds)
  }

  async offsetAt(destination: string, time: number): Promise<number> {
    const [chunk] = await this.#database.query<ChunkRow>(
      `select first, data from chunks
       where destination = (select id from destinations where sha256(name) = sha256($1)) and time >= $2
       order by last limit 1`,
      [Buffer.from(destination), time],
    )
    if (chunk === undefined) return (await this.heads([destination]))[0]!.last + 1
    let offset = Number(chunk.first)
    for (const at of places(chunk.data)) {
      if (timeAt(chunk.data, at) >= time) break
      offset++
    }
    return offset
  }

  async destinations(after: string | undefined): Promise<readonly string[]> {
    const rows = await this.#database.query<{ name: Buffer }>(
      `select name from destinations where $1::bytea is null or sha256(name) > sha256($1)
       order by sha256(name) limit $2`,
      [after === undefined ? null : Buffer.from(after), NAMES],
    )
    return rows.map(({ name }) => name.toString())
  }

  async trim(keeps: readonly Keep[]): Promise<void> {
    for (const keep of keeps) await this.#database.transaction((client) => trim(client, keep))
  }

  async continueAt(destination: string, offset: number): Promise<void> {
    const made = await this.#database.query(
      `insert into destinations (name, last, time) values ($1, $2, 0)
       on conflict (sha256(name)) do nothing returning id`,
      [Buffer.from(destination), checkedOffset(offset) - 1],
    )
    if (made.length === 0) throw new Error(`The history has ${destination} already.`)
  }

  async adopt(epoch: string): Promise<void> {
    await this.#database.query("update meta set value = $1 where name = 'epoch'", [checkedEpoch(epoch)])
    this.#epoch = epoch
  }

  async clear(): Promise<void> {
    const epoch = randomBytes(9).toString('base64url')
    await this.#database.transaction(async (client) => {
      await client.query('delete from destinations')
      await client.query("update meta set value = '0' where name = 'forgotten'")
      await client.query("update meta set value = $1 where name = 'epoch'", [epoch])
    })
    this.#epoch = epoch
  }

  async check(): Promise<void> {
    await this.#database.query("update meta set value = now()::text where name = 'checked'", [])
  }

  watch(watcher: StoreWatcher): void {
    this.#listener = new Listener(this.#database, this.#schema, this.#origin, watcher)
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop())
  }

  async #stop(): Promise<void> {
    await this.#appending
    await this.#replacing
    await this.#listener?.stop()
    await this.#database.close()
  }

  #mustBeOpen(): void {
    if (!this.#database.isOpen || this.#stopping !== undefined) throw new Error('The history is not open.')
  }

  /** One transaction after the other, each with all that has come meanwhile. */
  async #appendAll(): Promise<void> {
    // What else this turn of the event loop brings belongs to the first one.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) {
      const calls = this.#waiting
      this.#waiting = []
      const entries = calls.flatMap((call) => call.entries)
      try {
        const origin = { origin: this.#origin, channel: this.#schema }
        const appended = await this.#database.transaction((client) => append(client, origin, entries))
        let at = 0
        for (const call of calls) call.resolve(appended.slice(at, (at += call.entries.length)))
      } catch (error) {
        for (const { reject } of calls) reject(error)
      }
    }
    // At once, not by `finally`: whoever was answered just now may append before that would run.
    this.#appending = undefined
  }
}

function nothing(): void {}

async function trim(client: PoolClient, { destination, count, since }: Keep): Promise<void> {
  const { rows } = await client.query<{ id: string; last: string }>(
    'select id, last from destinations where sha256(name) = sha256($1) for update',
    [Buffer.from(destination)],
  )
  const [found] = rows
  if (found === undefined) return
  const { id, last } = found
  await client.query('delete from chunks where destination = $1 and (last <= $2 or time < $3)', [
    id,
    Number(last) - count,
    since,
  ])
  await client.query(
    `delete from message_ids where destination = $1 and message <
       (select message from message_ids where destination = $1 order by message desc offset $2 limit 1)`,
    [id, REMEMBERED_IDS - 1],
  )
  const left = await client.query('select 1 from chunks where destination = $1 limit 1', [id])
  if (left.rows.length > 0) return
  await client.query(
    "update meta set value = greatest(value::bigint, $1::bigint)::text where name = 'forgotten'",
    [last],
  )
  await client.query('delete from destinations where id = $1', [id])
}
