import { PostgresDialect } from 'kysely'
import type { PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import pg from 'pg'
import { refusal } from '../refusal.js'
import type { Availability } from './availability.js'

export interface PostgresBounds {
  /** Connections at the same time. */
  readonly connections: number
  /** What may wait for one of them. */
  readonly waiting: number
  /** How long a statement, or waiting for a connection, may take. */
  readonly timeoutMs: number
}

/** The schema that holds the tables. What extensions the database has are in `public`, as a rule. */
export const SCHEMA = 'stomping_ground_chat'

/** What the server is given to refuse a statement by itself, before the connection is given up. */
const GRACE_MS = 1_000
/** `int8` and `numeric`: counts, sums and times, all of them far below 2^53. */
const NUMBERS: ReadonlySet<number> = new Set([20, 1700])

/** What the driver makes of a URL, with bounds. */
export function postgresSettings(url: string, timeoutMs: number): pg.ClientConfig {
  return {
    connectionString: url,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs + GRACE_MS,
    // A process that hangs in a transaction does not keep the others from a room.
    idle_in_transaction_session_timeout: timeoutMs,
    keepAlive: true,
    options: `-c search_path=${SCHEMA},public`,
    application_name: 'stomping-ground-chat',
    types: {
      getTypeParser: ((oid: number, format: 'text' | 'binary') =>
        NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  }
}

export function postgresDialect(
  url: string,
  bounds: PostgresBounds,
  availability: Availability,
): PostgresDialect {
  return new PostgresDialect({ pool: new BoundedPool(url, bounds, availability) })
}

/** Connections are made when they are needed, and again when they are lost. */
class BoundedPool implements PostgresPool {
  readonly #pool: pg.Pool
  readonly #waiting: number
  readonly #availability: Availability
  /** One for each connection, for as long as it is there. */
  readonly #clients = new WeakMap<pg.PoolClient, BoundedClient>()

  constructor(url: string, { connections, waiting, timeoutMs }: PostgresBounds, availability: Availability) {
    this.#pool = new pg.Pool({ ...postgresSettings(url, timeoutMs), max: connections })
    this.#waiting = waiting
    this.#availability = availability
    // A connection that breaks is replaced by the pool, whether or not somebody uses it; whoever does hears of it by the query.
    this.#pool.on('error', () => {})
    this.#pool.on('connect', (client) => client.on('error', () => {}))
  }

  async connect(): Promise<PostgresPoolClient> {
    if (this.#pool.waitingCount >= this.#waiting) throw refusal('service-unavailable')
    const client = await this.#availability.watch(() => this.#pool.connect())
    const known = this.#clients.get(client) ?? new BoundedClient(client, this.#availability)
    this.#clients.set(client, known)
    return known
  }

  end(): Promise<void> {
    return this.#pool.end()
  }
}

/** A connection that is given up after a failure that was not the statement's: another statement may still run on it. */
class BoundedClient implements PostgresPoolClient {
  readonly #client: pg.PoolClient
  readonly #availability: Availability
  #broken: Error | undefined

  constructor(client: pg.PoolClient, availability: Availability) {
    this.#client = client
    this.#availability = availability
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query(cursor: never): never
  query(sql: string, parameters?: readonly unknown[]): unknown {
    // What a broken connection had begun is undone by the server.
    if (this.#broken !== undefined && sql === 'rollback') {
      return Promise.resolve({ command: 'SELECT', rowCount: 0, rows: [] })
    }
    return this.#availability.watch(async () => {
      try {
        return await this.#client.query(sql, parameters as unknown[])
      } catch (error) {
        if (!(error instanceof pg.DatabaseError)) this.#broken = error as Error
        throw error
      }
    })
  }

  release(): void {
    this.#client.release(this.#broken)
  }
}
