import { PostgresAdapter } from 'kysely'
import type { Kysely } from 'kysely'

/** Which of the two a database is: for the few statements that differ. */
export function isPostgres(database: Pick<Kysely<unknown>, 'getExecutor'>): boolean {
  return database.getExecutor().adapter instanceof PostgresAdapter
}
