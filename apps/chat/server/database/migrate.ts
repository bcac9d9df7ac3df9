import { Migrator, sql } from 'kysely'
import type { Kysely } from 'kysely'
import { StartError } from '../start-error.js'
import { MIGRATIONS } from './migrations.js'
import { SCHEMA } from './postgres.js'
import type { Tables } from './tables.js'

/** How long a process waits for another one that brings the tables up to date. */
const LOCK_MS = 60_000
/** Any number that is ours. */
const LOCK = 7_613_428_512

/** All steps that are missing, or none; another process that opens the file waits meanwhile. */
export function migrateSqlite(database: Kysely<Tables>): Promise<void> {
  return database.connection().execute(async (connection) => {
    await sql`begin immediate`.execute(connection)
    try {
      await migrate(new Migrator({ db: connection, provider: PROVIDER, disableTransactions: true }))
      await sql`commit`.execute(connection)
    } catch (error) {
      // Some failures have ended the transaction already.
      await sql`rollback`.execute(connection).catch(() => {})
      throw error
    }
  })
}

/** The same; of several processes that start at once one does it, the others wait and find it done. */
export function migratePostgres(database: Kysely<Tables>): Promise<void> {
  return database.connection().execute(async (connection) => {
    await sql`set lock_timeout = ${sql.lit(LOCK_MS)}`.execute(connection)
    await sql`select pg_advisory_lock(${sql.lit(LOCK)})`.execute(connection)
    await connection.schema.createSchema(SCHEMA).ifNotExists().execute()
    await migrate(new Migrator({ db: connection, provider: PROVIDER, migrationTableSchema: SCHEMA }))
    // The lock ends with the connection, which is used for nothing else.
  })
}

const PROVIDER = { getMigrations: () => Promise.resolve(MIGRATIONS) }

async function migrate(migrator: Migrator): Promise<void> {
  const { error } = await migrator.migrateToLatest()
  if (error instanceof Error && error.message.includes('previously executed migration')) {
    throw new StartError('The database was written by a newer version of this chat.', { cause: error })
  }
  if (error !== undefined) throw error
}
