import type { RestorableStore } from '@stomping-ground/history'
import { sql } from 'kysely'
import type { Database } from '../database/database.js'
import { isPostgres } from '../database/is-postgres.js'
import { StartError } from '../start-error.js'
import { TABLE_NAMES } from './format.js'
import { Kept } from './kept.js'
import { numberedLines } from './lines.js'
import { readLine } from './read-line.js'

export interface ImportOptions {
  readonly database: Database
  /** Has been started. */
  readonly store: RestorableStore
  /** The file. */
  readonly input: AsyncIterable<Uint8Array>
  /** Whether the history goes on under the epoch of the one that was exported: pages resume where they were. */
  readonly sameEpoch: boolean
}

/** What has been imported. */
export interface Imported {
  readonly rows: number
  readonly messages: number
}

/** Any number that is ours: one import at a time. */
const LOCK = 7_613_428_513

/**
 * Reads an export into an empty chat: all of it, or nothing.
 *
 * @throws LineError where the file is wrong; StartError where the chat is not empty
 */
export async function imported({ database, store, input, sameEpoch }: ImportOptions): Promise<Imported> {
  return database.transaction().execute(async (transaction) => {
    if (isPostgres(transaction)) await mustBeAlone(transaction)
    await mustBeEmpty(transaction, store)
    try {
      const kept = new Kept(transaction, store, sameEpoch)
      for await (const { number, text } of numberedLines(input)) {
        // What npm prints before a command that it runs.
        if (!kept.begun && text.startsWith('> ')) continue
        await kept.take(number, readLine(number, text, kept.begun))
      }
      return await kept.finish()
    } catch (error) {
      await store.clear()
      throw error
    }
  })
}

async function mustBeAlone(transaction: Database): Promise<void> {
  const { rows } = await sql<{
    alone: boolean
  }>`select pg_try_advisory_xact_lock(${sql.lit(LOCK)}) as alone`.execute(transaction)
  if (rows[0]?.alone !== true) throw new StartError('Something is being imported there already.')
}

async function mustBeEmpty(transaction: Database, store: RestorableStore): Promise<void> {
  for (const table of TABLE_NAMES) {
    const row = await transaction.selectFrom(table).select(sql.lit(1).as('one')).limit(1).executeTakeFirst()
    if (row !== undefined) {
      throw new StartError(
        'There is a chat already, and nothing has been imported. Name another DATA_DIR or DATABASE_URL, in which no chat was started yet.',
      )
    }
  }
  if ((await store.destinations(undefined)).length > 0) {
    throw new StartError(
      'There is a history without a chat, perhaps of an import that was cut off, and nothing has been imported. Remove it first: history.db in DATA_DIR, or the schema stomping_ground_history in PostgreSQL.',
    )
  }
}
