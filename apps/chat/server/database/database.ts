import { Kysely, sql } from 'kysely'
import { StartError } from '../start-error.js'
import { Availability } from './availability.js'
import type { AvailabilityListener } from './availability.js'
import { isPostgres } from './is-postgres.js'
import { migrateSqlite } from './migrate.js'
import { postgresDialect } from './postgres.js'
import type { PostgresBounds } from './postgres.js'
import { preparePostgres } from './prepare-postgres.js'
import { databaseFile, sqliteDialect } from './sqlite.js'
import type { Tables } from './tables.js'

/**
 * Where rooms, accounts and direct messages are kept: SQLite or PostgreSQL, by the same statements. What fails because the
 * database is away fails with the StompError `service-unavailable`.
 */
export type Database = Kysely<Tables>

export interface DatabasePlace {
  /** The folder of `chat.db`, where there is no URL. */
  readonly dataDir: string
  /** `postgres://user:password@host:5432/database` */
  readonly databaseUrl: string | undefined
}

export interface DatabaseOptions {
  /** Of PostgreSQL. */
  readonly bounds?: PostgresBounds
  /** Hears when the database goes away and when it is back. */
  readonly onAvailability?: AvailabilityListener
}

const BOUNDS: PostgresBounds = { connections: 10, waiting: 1_000, timeoutMs: 10_000 }

/**
 * Opens the database and brings its tables up to date, one process at a time. The file and the schema are made where they
 * are missing.
 *
 * @throws StartError when that cannot be done
 */
export async function openDatabase(
  place: DatabasePlace,
  { bounds = BOUNDS, onAvailability = () => {} }: DatabaseOptions = {},
): Promise<Database> {
  const { dataDir, databaseUrl: url } = place
  const availability = new Availability(onAvailability)
  if (url !== undefined) {
    await preparePostgres(url, bounds.timeoutMs)
    return new Kysely<Tables>({ dialect: postgresDialect(url, bounds, availability) })
  }
  const file = databaseFile(dataDir)
  const database = new Kysely<Tables>({ dialect: sqliteDialect(file, availability) })
  try {
    await migrateSqlite(database)
    return database
  } catch (cause) {
    await database.destroy().catch(() => {})
    if (cause instanceof StartError) throw cause
    throw new StartError(`The database ${file} cannot be used: ${reasonOf(cause)}`, { cause })
  }
}

/** Closes it. SQLite writes everything into the one file before, so that it can be copied by itself. */
export async function closeDatabase(database: Database): Promise<void> {
  try {
    if (!isPostgres(database)) await sql`pragma wal_checkpoint(truncate)`.execute(database)
  } finally {
    await database.destroy()
  }
}

/** What a driver says, also where it stands behind a refusal. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown }
  const first = cause instanceof Error ? cause : error
  return first instanceof Error ? first.message : String(first)
}
