import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { closeDatabase, openDatabase } from '../database/database.js'
import type { Database, DatabasePlace } from '../database/database.js'

const folders: string[] = []
/** By folder, where tests run on PostgreSQL. */
const databases = new Map<string, Promise<string>>()

/** Removed by `removeTemporaryFolders`. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'stomping-ground-chat-'))
  folders.push(folder)
  return folder
}

/** Removes them, and the databases that stood for them. */
export async function removeTemporaryFolders(): Promise<void> {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  for (const [folder, made] of databases) {
    databases.delete(folder)
    await administer(`drop database "${new URL(await made).pathname.slice(1)}" with (force)`)
  }
}

/**
 * Where a chat of this folder keeps everything: in files there, or in the run for PostgreSQL in a database of its own, which
 * is made when the folder is first named.
 *
 * @param databaseUrl where it is rather kept
 */
export async function testPlace(dataDir: string, databaseUrl?: string): Promise<DatabasePlace> {
  if (databaseUrl !== undefined) return { dataDir, databaseUrl }
  if (process.env['CHAT_TEST_DATABASE'] !== 'postgresql') return { dataDir, databaseUrl: undefined }
  const known = databases.get(dataDir) ?? makeDatabase()
  databases.set(dataDir, known)
  return { dataDir, databaseUrl: await known }
}

export async function withTestDatabase<T>(
  run: (database: Database) => Promise<T>,
  folder = temporaryFolder(),
): Promise<T> {
  const database = await openDatabase(await testPlace(folder))
  try {
    return await run(database)
  } finally {
    await closeDatabase(database)
  }
}

let made = 0

async function makeDatabase(): Promise<string> {
  const name = `chat_${process.pid}_${made++}`
  await administer(`create database "${name}" template chat_template`)
  const url = new URL(server())
  url.pathname = `/${name}`
  return url.href
}

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server() })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function server(): string {
  const url = process.env['CHAT_TEST_POSTGRES_URL']
  if (url === undefined) throw new Error('The set-up of this run has started no PostgreSQL.')
  return url
}
