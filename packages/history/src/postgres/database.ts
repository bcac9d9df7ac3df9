import type pg from 'pg'
import type { Client, ClientConfig, Pool, PoolClient } from 'pg'

export interface DatabaseSettings {
  readonly url: string
  readonly schema: string
  readonly timeoutMs: number
}

/** Connections at most, beside the one that listens: one appends, one trims, the others read. */
const CONNECTIONS = 8
/** What the server is given to refuse a statement by itself, before the connection is given up. */
const GRACE_MS = 1_000

/** The connections to one database. */
export class Database {
  readonly #settings: DatabaseSettings
  #pool: Pool | undefined
  #driver: typeof pg | undefined

  constructor(settings: DatabaseSettings) {
    this.#settings = settings
  }

  async open(): Promise<void> {
    this.#driver ??= await driver()
    const pool = new this.#driver.Pool({ ...this.#config(), max: CONNECTIONS })
    // A connection that breaks is replaced by the pool, whether or not somebody uses it; whoever does hears of it by his query.
    pool.on('error', () => {})
    pool.on('connect', (client) => client.on('error', () => {}))
    this.#pool = pool
  }

  async close(): Promise<void> {
    const pool = this.#pool
    this.#pool = undefined
    await pool?.end()
  }

  get isOpen(): boolean {
    return this.#pool !== undefined
  }

  /** A connection of its own, not connected yet. */
  client(): Client {
    return new this.#driver!.Client(this.#config())
  }

  async query<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    return (await this.#opened().query<Row>(text, values)).rows
  }

  /** All that `run` does, or nothing. Refused without an answer to the COMMIT, it may be either. */
  async transaction<T>(run: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#opened().connect()
    let broken: Error | undefined
    try {
      await client.query('begin')
      const result = await run(client)
      await client.query('commit')
      return result
    } catch (error) {
      broken = error as Error
      await client.query('rollback').then(
        () => (broken = undefined),
        () => {},
      )
      throw error
    } finally {
      client.release(broken)
    }
  }

  #opened(): Pool {
    if (this.#pool === undefined) throw new Error('The history is not open.')
    return this.#pool
  }

  #config(): ClientConfig {
    const { url, schema, timeoutMs } = this.#settings
    return {
      connectionString: url,
      connectionTimeoutMillis: timeoutMs,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs + GRACE_MS,
      // A process that hangs in a transaction does not keep the others from the destination.
      idle_in_transaction_session_timeout: timeoutMs,
      keepAlive: true,
      options: `-c search_path=${schema}`,
      application_name: 'stomping-ground',
    }
  }
}

async function driver(): Promise<typeof pg> {
  try {
    return (await import('pg')).default
  } catch (cause) {
    throw new Error('The PostgreSQL history needs the driver pg: npm install pg', { cause })
  }
}
