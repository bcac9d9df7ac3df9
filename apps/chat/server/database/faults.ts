import pg from 'pg'
import { StompError } from 'stomping-ground'
import { refusal } from '../refusal.js'

/**
 * SQLSTATEs (PostgreSQL, appendix A) of a server that cannot do now what it could do before: connections, lack of resources,
 * shutdown, input and output, no more right to be there, a statement that took too long, a standby.
 */
const AWAY_STATES = /^(?:08|28|53|57P|58|3D000|57014|55P03|25006)/

/** What SQLite says while the disk is full, broken, read-only, or the file is locked by another program. */
const AWAY_CODES = /^SQLITE_(?:FULL|IOERR|BUSY|READONLY|CANTOPEN|NOMEM)/

/** What PostgreSQL and SQLite say of a row that is there already. */
const TAKEN = new Set(['23505', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'])

/** Two transactions in each other's way: one of them has to begin again. */
const AGAIN = new Set(['40001', '40P01'])

const ATTEMPTS = 5

/** Whether a statement failed because a row with this key was there already, whatever the database. */
export function isTaken(error: unknown): boolean {
  return TAKEN.has(codeOf(error))
}

/**
 * Runs a transaction, and runs it again when another one at the same time was in its way: it made what this one was about
 * to make, and is found there now.
 */
export async function again<T>(transaction: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await transaction()
    } catch (error) {
      if (attempt === ATTEMPTS || !(isTaken(error) || AGAIN.has(codeOf(error)))) throw error
    }
  }
}

/** Whether it was the database that failed, and not what was asked of it. */
export function isAway(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return AWAY_STATES.test(error.code ?? '')
  if (!(error instanceof Error) || error instanceof TypeError) return false
  const code = codeOf(error)
  return code.startsWith('SQLITE_') ? AWAY_CODES.test(code) : true
}

/** `service-unavailable` for what the database failed to do; anything else as it is. */
export function asRefusal(error: unknown): unknown {
  if (error instanceof StompError || !isAway(error)) return error
  return refusal('service-unavailable', error)
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : ''
}
