import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { CompiledQuery, SqliteDialect } from 'kysely'
import type { SqliteDatabase, SqliteStatement } from 'kysely'
import Libsql from 'libsql'
import { StartError } from '../start-error.js'
import type { Availability } from './availability.js'

/** What every connection is told. Readers, a backup among them, do not wait for writers; a lock is waited for, not long. */
const PRAGMAS = ['journal_mode = wal', 'busy_timeout = 2000', 'foreign_keys = on']

/** `chat.db` in a folder; the folder is made where it is missing. @throws StartError when it cannot be written to */
export function databaseFile(folder: string): string {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new StartError(`The folder ${folder} (DATA_DIR) cannot be written to: ${why}`, { cause })
  }
  return join(folder, 'chat.db')
}

export function sqliteDialect(file: string, availability: Availability): SqliteDialect {
  return new SqliteDialect({
    database: () => Promise.resolve().then(() => new WatchedSqlite(file, availability)),
    async onCreateConnection(connection) {
      for (const pragma of PRAGMAS) await connection.executeQuery(CompiledQuery.raw(`pragma ${pragma}`))
    },
  })
}

/** Tells when the disk fails, and when it is back. */
class WatchedSqlite implements SqliteDatabase {
  readonly #database: Libsql.Database
  readonly #availability: Availability

  constructor(file: string, availability: Availability) {
    this.#database = new Libsql(file)
    this.#availability = availability
  }

  prepare(sql: string): SqliteStatement {
    const availability = this.#availability
    const statement = availability.watchSync(() => this.#database.prepare(sql))
    return {
      reader: statement.reader,
      all: (parameters) => availability.watchSync(() => statement.all(parameters)),
      run: (parameters) => availability.watchSync(() => statement.run(parameters)),
      iterate: (parameters) => statement.iterate(parameters),
    }
  }

  close(): void {
    this.#database.close()
  }
}
