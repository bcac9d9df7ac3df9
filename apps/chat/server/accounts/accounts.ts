import { randomBytes } from 'node:crypto'
import { countAlone } from '../database/counting.js'
import type { Database } from '../database/database.js'
import { BOUNDS } from '../../contract/index.js'
import { isGuestName } from '../names/names.js'
import { canBeShown, codePoints, nameKey, tidy } from '../names/text.js'
import { refusal } from '../refusal.js'
import type { Account } from './account.js'

/** Names under which pages show what nobody says. */
const RESERVED = new Set(['[알림]', '알림', 'system'].map(nameKey))

/**
 * A name as it will be registered.
 *
 * @throws StompError `name-empty`, `sender-too-long`, `sender-characters` or `name-reserved`
 */
export function accountName(asked: string): string {
  const name = tidy(asked)
  if (name === '') throw refusal('name-empty')
  if (codePoints(name) > BOUNDS.sender) throw refusal('sender-too-long')
  if (!canBeShown(name)) throw refusal('sender-characters')
  if (isGuestName(name) || RESERVED.has(nameKey(name))) throw refusal('name-reserved')
  return name
}

/** The registered names. */
export class Accounts {
  readonly #database: Database
  readonly #limit: number

  /** @param limit how many there can be */
  constructor(database: Database, limit: number) {
    this.#database = database
    this.#limit = limit
  }

  /** @throws StompError `name-registered` or `account-limit` */
  async create(name: string, password: string): Promise<Account> {
    const account = { id: randomBytes(12).toString('base64url'), name }
    await this.#database.transaction().execute(async (transaction) => {
      if ((await countAlone(transaction, 'accounts')) >= this.#limit) throw refusal('account-limit')
      const inserted = await transaction
        .insertInto('accounts')
        .values({ ...account, name_key: nameKey(name), password, created_at: Date.now() })
        .onConflict((conflict) => conflict.column('name_key').doNothing())
        .executeTakeFirst()
      if (Number(inserted.numInsertedOrUpdatedRows) !== 1) throw refusal('name-registered')
    })
    return account
  }

  /** Whoever owns a name, or one that looks the same. */
  async named(name: string): Promise<Account | undefined> {
    return this.#database
      .selectFrom('accounts')
      .select(['id', 'name'])
      .where('name_key', '=', nameKey(name))
      .executeTakeFirst()
  }

  /** The same with the hash of the password, for signing in. */
  async withPassword(name: string): Promise<(Account & { readonly password: string }) | undefined> {
    return this.#database
      .selectFrom('accounts')
      .select(['id', 'name', 'password'])
      .where('name_key', '=', nameKey(name))
      .executeTakeFirst()
  }

  async setPassword({ id }: Account, password: string): Promise<void> {
    await this.#database.updateTable('accounts').set({ password }).where('id', '=', id).execute()
  }
}
