import type { Account } from '../accounts/account.js'
import { holdAccount } from '../database/counting.js'
import type { Database } from '../database/database.js'
import { refusal } from '../refusal.js'

/** Who does not want to hear from whom. */
export class Blocks {
  readonly #database: Database
  readonly #limit: number

  /** @param limit how many people one account can block */
  constructor(database: Database, limit: number) {
    this.#database = database
    this.#limit = limit
  }

  async has(account: Account, other: Account): Promise<boolean> {
    const row = await this.#database
      .selectFrom('blocks')
      .select('blocked_id')
      .where('account_id', '=', account.id)
      .where('blocked_id', '=', other.id)
      .executeTakeFirst()
    return row !== undefined
  }

  /** @throws StompError `block-limit` */
  async add(account: Account, other: Account): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await holdAccount(transaction, account.id)
      const { count } = await transaction
        .selectFrom('blocks')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('account_id', '=', account.id)
        .executeTakeFirstOrThrow()
      if (count >= this.#limit) throw refusal('block-limit')
      await transaction
        .insertInto('blocks')
        .values({ account_id: account.id, blocked_id: other.id })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    })
  }

  async remove(account: Account, other: Account): Promise<void> {
    await this.#database
      .deleteFrom('blocks')
      .where('account_id', '=', account.id)
      .where('blocked_id', '=', other.id)
      .execute()
  }
}
