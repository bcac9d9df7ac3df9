import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CompiledQuery, Kysely, Migrator, SqliteDialect, sql } from 'kysely'
import Libsql from 'libsql'
import { StartError } from '../start-error.js'
import { MIGRATIONS } from './migrations.js'
import type { Tables } from './tables.js'

export type Database = Kysely<Tables>

/**
 * Opens `chat.db` in a folder, and brings its tables up to date. Folder and file are made where they are missing.
 *
 * @throws StartError when that cannot be done
 */
export async function openDatabase(folder: string): Promise<Database> {
  const file = join(folder, 'chat.db')
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw new StartError(`The folder ${folder} (DATA_DIR) cannot be written to: ${textOf(cause)}`, { cause })
  }
  const database: Database = new Kysely({
    dialect: new SqliteDialect({
      database: () => Promise.resolve().then(() => new Libsql(file)),
      async onCreateConnection(connection) {
        // Readers, a backup among them, do not wait for writers; a lock is waited for, not long: this thread stands still.
        for (const pragma of ['journal_mode = wal', 'busy_timeout = 2000', 'foreign_keys = on']) {
          await connection.executeQuery(CompiledQuery.raw(`pragma ${pragma}`))
        }
      },
    }),
  })
  try {
    await migrate(database)
  } catch (cause) {
    await database.destroy().catch(() => {})
    if (cause instanceof StartError) throw cause
    throw new StartError(`The database ${file} cannot be used: ${textOf(cause)}`, { cause })
  }
  return database
}

/** Writes everything into the one file, so that it can be copied by itself, and closes it. */
export async function closeDatabase(database: Database): Promise<void> {
  try {
    await sql`pragma wal_checkpoint(truncate)`.execute(database)
  } finally {
    await database.destroy()
  }
}

async function migrate(database: Database): Promise<void> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: () => Promise.resolve(MIGRATIONS) },
  })
  const { error } = await migrator.migrateToLatest()
  if (error instanceof Error && error.message.includes('previously executed migration')) {
    throw new StartError('The database was written by a newer version of this chat.', { cause: error })
  }
  if (error !== undefined) throw error
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
