import { sql } from 'kysely'
import type { Database } from './database.js'
import { isPostgres } from './is-postgres.js'

/** Any numbers that are ours. */
const LOCKS = { accounts: 7_613_428_514, rooms: 7_613_428_515 } as const

/**
 * Whoever adds to a table that has a limit counts with this, in the transaction that adds: all others who do so, on whatever
 * node, wait until that is over, and then count what it has added. SQLite runs one transaction at a time.
 */
export async function countAlone(transaction: Database, table: keyof typeof LOCKS): Promise<number> {
  if (isPostgres(transaction)) {
    await sql`select pg_advisory_xact_lock(${sql.lit(LOCKS[table])})`.execute(transaction)
  }
  const { count } = await transaction
    .selectFrom(table)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/**
 * The same for what one account may have so much of: the account is this transaction's until it is over. Nothing changes by
 * it.
 */
export async function holdAccount(transaction: Database, accountId: string): Promise<void> {
  await transaction.updateTable('accounts').set({ id: accountId }).where('id', '=', accountId).execute()
}
