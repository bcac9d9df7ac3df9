import { createHash, randomBytes } from 'node:crypto'
import type { Database } from '../database/database.js'
import type { Account } from './account.js'

/** Somebody's sign-in in one browser. The token is the browser's alone: the database has its hash. */
export interface Login {
  readonly id: string
  readonly account: Account
  readonly rotatedAt: number
}

export interface LoginOptions {
  /** From the last rotation. */
  readonly lastsMs: number
  /** A token older than this is replaced when the page is loaded. */
  readonly rotateMs: number
  /** The token before holds so long after a rotation: other tabs have sent it already. */
  readonly graceMs: number
  /** Sign-ins that one account has at the same time; the oldest ends. */
  readonly perAccount: number
}

/** Ids in one statement: SQLite and PostgreSQL take more parameters than that. */
const IDS_AT_ONCE = 1_000

/** Sign-ins: each lasts while it is used, can be ended from anywhere, and is gone at once when it is. */
export class Logins {
  readonly #database: Database
  readonly #options: LoginOptions
  readonly #ended: (loginIds: readonly string[]) => void

  /** @param ended called with what has just ended; its sessions have to end too */
  constructor(database: Database, options: LoginOptions, ended: (loginIds: readonly string[]) => void) {
    this.#database = database
    this.#options = options
    this.#ended = ended
  }

  /** @returns the token that the browser has to show from now on */
  async begin(account: Account): Promise<string> {
    const token = newToken()
    const now = Date.now()
    await this.#database
      .insertInto('logins')
      .values({
        id: randomBytes(12).toString('base64url'),
        account_id: account.id,
        token_hash: hashOf(token),
        previous_hash: null,
        created_at: now,
        rotated_at: now,
        expires_at: now + this.#options.lastsMs,
      })
      .execute()
    await this.#dropOldest(account)
    return token
  }

  async find(token: string): Promise<Login | undefined> {
    const hash = hashOf(token)
    const now = Date.now()
    const row = await this.#database
      .selectFrom('logins')
      .innerJoin('accounts', 'accounts.id', 'logins.account_id')
      .select(['logins.id as id', 'accounts.id as accountId', 'accounts.name as name', 'rotated_at'])
      .where('expires_at', '>', now)
      .where((eb) =>
        eb.or([
          eb('token_hash', '=', hash),
          eb.and([eb('previous_hash', '=', hash), eb('rotated_at', '>', now - this.#options.graceMs)]),
        ]),
      )
      .executeTakeFirst()
    if (row === undefined) return undefined
    return {
      id: row.id,
      account: { id: row.accountId, name: row.name },
      rotatedAt: row.rotated_at,
    }
  }

  /** Whether a sign-in has not ended. */
  async has(loginId: string): Promise<boolean> {
    const row = await this.#database
      .selectFrom('logins')
      .select('id')
      .where('id', '=', loginId)
      .where('expires_at', '>', Date.now())
      .executeTakeFirst()
    return row !== undefined
  }

  /** Which of these have ended: another node may have ended them. */
  async endedOf(loginIds: readonly string[]): Promise<string[]> {
    const there = new Set<string>()
    for (let i = 0; i < loginIds.length; i += IDS_AT_ONCE) {
      const rows = await this.#database
        .selectFrom('logins')
        .select('id')
        .where('id', 'in', loginIds.slice(i, i + IDS_AT_ONCE))
        .where('expires_at', '>', Date.now())
        .execute()
      for (const { id } of rows) there.add(id)
    }
    return loginIds.filter((id) => !there.has(id))
  }

  /** @returns the token that takes the place of an old one, or `undefined` where that one is still good */
  async rotated(login: Login, token: string): Promise<string | undefined> {
    const now = Date.now()
    if (now - login.rotatedAt < this.#options.rotateMs) return undefined
    const next = newToken()
    const updated = await this.#database
      .updateTable('logins')
      .set({
        token_hash: hashOf(next),
        previous_hash: hashOf(token),
        rotated_at: now,
        expires_at: now + this.#options.lastsMs,
      })
      .where('id', '=', login.id)
      // Of two tabs that ask at the same time one is given the new token; both have it then, for they share the cookie.
      .where('token_hash', '=', hashOf(token))
      .executeTakeFirst()
    return Number(updated.numUpdatedRows) === 1 ? next : undefined
  }

  async end(loginId: string): Promise<void> {
    await this.#database.deleteFrom('logins').where('id', '=', loginId).execute()
    this.#ended([loginId])
  }

  /** Ends every sign-in of an account, but for the one that stays. */
  async endAll(account: Account, butFor?: string): Promise<void> {
    let deletion = this.#database.deleteFrom('logins').where('account_id', '=', account.id)
    if (butFor !== undefined) deletion = deletion.where('id', '!=', butFor)
    this.#tell(await deletion.returning('id').execute())
  }

  /** Ends what has not been used for too long. */
  async endExpired(): Promise<void> {
    const rows = await this.#database
      .deleteFrom('logins')
      .where('expires_at', '<=', Date.now())
      .returning('id')
      .execute()
    this.#tell(rows)
  }

  async #dropOldest(account: Account): Promise<void> {
    const surplus = await this.#database
      .selectFrom('logins')
      .select('id')
      .where('account_id', '=', account.id)
      .orderBy('rotated_at', 'desc')
      .orderBy('id')
      .limit(1_000)
      .offset(this.#options.perAccount)
      .execute()
    for (const { id } of surplus) await this.end(id)
  }

  #tell(rows: readonly { readonly id: string }[]): void {
    if (rows.length > 0) this.#ended(rows.map(({ id }) => id))
  }
}

// 256 bits of chance need no salt and no slow hash.
function newToken(): string {
  return randomBytes(32).toString('base64url')
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
