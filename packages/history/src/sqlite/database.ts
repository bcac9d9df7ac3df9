import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type Libsql from 'libsql'

export type Sqlite = Libsql.Database
export type Driver = new (path: string) => Sqlite

/** Past this size a file is not read through at its opening. */
const CHECKED_BYTES = 268_435_456

/** The steps from an empty file to the newest tables. Forward only: a step that was released is never changed. */
const MIGRATIONS: readonly string[] = [
  `create table meta (name text primary key, value) without rowid;
   create table destinations (id integer primary key, name text not null unique, last integer not null, time real not null);
   -- One row for what one commit brought to one destination, or a part of it.
   create table chunks (
     destination integer not null, last integer not null, first integer not null,
     time real not null, data blob not null
   );
   create unique index chunks_by_offset on chunks (destination, last);
   create table queued (
     key integer primary key, queue text not null, message_id text not null, data blob not null
   );`,
]

/**
 * Opens a history for this process alone, and brings its tables up to date.
 *
 * @throws Error with a message for whoever runs the server
 */
export function openDatabase(
  Driver: Driver,
  file: string,
): { database: Sqlite; lock: Sqlite; epoch: string } {
  mustBeWritable(file)
  const lock = locked(Driver, file)
  try {
    const database = opened(Driver, file)
    return { database, lock, epoch: epochOf(database) }
  } catch (error) {
    lock.close()
    throw error
  }
}

function mustBeWritable(file: string): void {
  const folder = dirname(file)
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK)
  } catch (cause) {
    throw new Error(`The history cannot be written to ${file}: ${textOf(cause)}`, { cause })
  }
}

/**
 * A second file is locked as long as the process lives, and not the history itself, which others may read: for a backup.
 * The system takes the lock away with the process, however that ends.
 */
function locked(Driver: Driver, file: string): Sqlite {
  try {
    const lock = new Driver(`${file}.lock`)
    try {
      lock.exec('begin exclusive')
      return lock
    } catch (error) {
      lock.close()
      throw error
    }
  } catch (cause) {
    const busy = /locked|busy/i.test(textOf(cause))
    throw new Error(
      busy
        ? `Another process has the history in ${file} open: one at a time can. Several share one in PostgreSQL.`
        : `The history cannot be written to ${file}: ${textOf(cause)}`,
      { cause },
    )
  }
}

function opened(Driver: Driver, file: string): Sqlite {
  let database: Sqlite | undefined
  try {
    database = new Driver(file)
    database.exec('pragma journal_mode = wal')
    // Each commit is on the disk when it returns.
    database.exec('pragma synchronous = full')
    database.exec('pragma busy_timeout = 5000')
    database.exec('pragma cache_size = -16000')
    if (statSync(file).size <= CHECKED_BYTES) {
      const [found] = database.prepare('pragma quick_check(1)').all() as { quick_check: string }[]
      if (found?.quick_check !== 'ok') throw new Error(found?.quick_check.replaceAll('\n', ' '))
    }
    migrate(database, file)
    return database
  } catch (cause) {
    try {
      database?.close()
    } catch {
      // It is the first error that tells what is wrong.
    }
    if (cause instanceof NewerVersion) throw cause
    const { code = '' } = cause as { code?: string }
    const text = textOf(cause)
    if (/FULL|IOERR|READONLY|CANTOPEN/.test(code)) {
      throw new Error(`The history cannot be written to ${file}: ${text}`, { cause })
    }
    throw new Error(
      `The history in ${file} is damaged: ${text}. It was left as it is. Put a backup in its place (its -wal and -shm ` +
        'files belong to it: move all three away), or start without it, and clients are told that their history is gone.',
      { cause },
    )
  }
}

class NewerVersion extends Error {}

function migrate(database: Sqlite, file: string): void {
  const [{ user_version: version }] = database.prepare('pragma user_version').all() as [
    { user_version: number },
  ]
  if (version > MIGRATIONS.length) {
    throw new NewerVersion(
      `The history in ${file} was written by a newer version of @stomping-ground/history.`,
    )
  }
  for (let step = version; step < MIGRATIONS.length; step++) {
    database.exec(`begin immediate; ${MIGRATIONS[step]} pragma user_version = ${step + 1}; commit`)
  }
}

function epochOf(database: Sqlite): string {
  database
    .prepare("insert into meta values ('epoch', ?) on conflict do nothing")
    .run(randomBytes(6).toString('base64url'))
  return (database.prepare("select value from meta where name = 'epoch'").get() as { value: string }).value
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
