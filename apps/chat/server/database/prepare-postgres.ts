import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { StartError } from '../start-error.js'
import { migratePostgres } from './migrate.js'
import { postgresSettings } from './postgres.js'
import type { Tables } from './tables.js'

/** The oldest that the history's store works with, too. */
const OLDEST = 110_000

/**
 * Sees whether the database can be used, and brings its tables up to date.
 *
 * @throws StartError saying what to do about it
 */
export async function preparePostgres(url: string, timeoutMs: number): Promise<void> {
  // One connection of its own: a step may take as long as it takes, and what it locks is free when it is closed.
  const settings = { ...postgresSettings(url, timeoutMs), max: 1 }
  const pool = new pg.Pool({ ...settings, statement_timeout: 0, query_timeout: 0, idleTimeoutMillis: 0 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const database = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  try {
    await mustBeUsable(pool)
    await migratePostgres(database)
  } catch (cause) {
    if (cause instanceof StartError) throw cause
    throw new StartError(`The database ${shown(url)} (DATABASE_URL) cannot be used: ${reasonOf(cause)}`, {
      cause,
    })
  } finally {
    await database.destroy().catch(() => {})
  }
}

async function mustBeUsable(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ version: string; encoding: string; writes: string }>(
    `select current_setting('server_version_num') as version, current_setting('server_encoding') as encoding,
       current_setting('transaction_read_only') as writes`,
  )
  const { version, encoding, writes } = rows[0]!
  if (Number(version) < OLDEST) throw new Error('PostgreSQL 11 or newer is needed.')
  if (encoding !== 'UTF8') {
    throw new Error(`Its encoding is ${encoding}. Make one with: create database … encoding 'UTF8'`)
  }
  if (writes === 'on') throw new Error('It takes no changes: is it a standby?')
}

/** By SQLSTATE, or by the code of the connection: what whoever runs the chat can do about it. */
const ADVICE: Readonly<Record<string, string>> = {
  '28P01': 'User or password are wrong.',
  '28000': 'The server does not let this user in (pg_hba.conf), or there is no such user.',
  '3D000': 'There is no such database. Make it with: createdb',
  '42501': 'The user may not make a schema or tables there: grant create on database … to …',
  '53300': 'The server has as many connections as it takes (max_connections).',
  '55P03': 'Another process has been bringing its tables up to date for a minute.',
  ECONNREFUSED: 'Nothing listens there. Is PostgreSQL running?',
  ENOTFOUND: 'There is no host of this name.',
  EAI_AGAIN: 'The name of the host could not be looked up.',
  ETIMEDOUT: 'The host does not answer.',
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0])
  if (!(error instanceof Error)) return String(error)
  const { code = '' } = error as { code?: string }
  const advice = Object.hasOwn(ADVICE, code) ? ADVICE[code] : undefined
  if (advice === undefined) return error.message === '' ? code : error.message
  return code.startsWith('E') ? advice : `${advice} (${error.message})`
}

/** Without the password. */
function shown(url: string): string {
  const { host, pathname } = new URL(url)
  return `${host}${pathname}`
}
