import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import Libsql from 'libsql'
import type { ChatConfig } from '../config.js'
import { StartError } from '../start-error.js'

/** What is in DATA_DIR, in the order in which it is copied: every room of a message that is copied is there. */
const FILES = ['history.db', 'chat.db']

/**
 * Copies the files of a chat to a new folder, which can be a DATA_DIR itself, while the chat runs or not. Each copy is its
 * file at one moment. The history in it has an epoch of its own: what a page has seen after the copy was made means nothing there.
 *
 * @throws StartError saying why not; then there is no such folder
 */
export async function backup({ dataDir, databaseUrl }: ChatConfig, target: string): Promise<void> {
  if (databaseUrl !== undefined) {
    throw new StartError('With DATABASE_URL everything is in PostgreSQL: copy that with pg_dump.')
  }
  const folder = resolve(target)
  if (existsSync(folder)) throw new StartError(`${target} is there already, and stays as it is.`)
  for (const name of FILES) {
    if (!existsSync(join(dataDir, name))) {
      throw new StartError(`There is no ${name} in ${dataDir} (DATA_DIR).`)
    }
  }
  const partial = `${folder}.${randomBytes(4).toString('hex')}.partial`
  try {
    await mkdir(partial, { recursive: true, mode: 0o700 })
    for (const name of FILES) copy(join(dataDir, name), join(partial, name))
    renew(join(partial, 'history.db'), join(partial, 'chat.db'))
    for (const name of [...FILES, '.']) await flush(join(partial, name))
    await rename(partial, folder)
  } catch (cause) {
    await rm(partial, { recursive: true, force: true })
    throw new StartError(`No copy was made: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
}

/** A reader that sees one moment; whoever writes meanwhile does not wait for it. */
function copy(from: string, to: string): void {
  const database = new Libsql(from)
  try {
    database.exec('pragma busy_timeout = 5000')
    database.prepare('vacuum into ?').run(to)
  } finally {
    database.close()
  }
}

/** Gives the history another epoch; what has been read is told by offsets, and these mean the same in both. */
function renew(history: string, chat: string): void {
  const database = new Libsql(history)
  const epoch = randomBytes(9).toString('base64url')
  try {
    const { value } = database.prepare("select value from meta where name = 'epoch'").get() as {
      value: string
    }
    const reads = new Libsql(chat)
    try {
      reads.prepare('update room_reads set epoch = ? where epoch = ?').run(epoch, value)
    } finally {
      reads.close()
    }
    database.prepare("update meta set value = ? where name = 'epoch'").run(epoch)
  } finally {
    database.close()
  }
}

/** SQLite leaves it to the system when a copy is on the disk. */
async function flush(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
