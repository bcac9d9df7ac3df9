import type { ConnectRequest } from 'stomping-ground'
import type { Awaitable } from 'stomping-ground'
import { tokenOf } from '../http/cookie.js'
import { refusal } from '../refusal.js'
import { GUEST } from './account.js'
import type { Account, ChatUser } from './account.js'
import { accountName } from './accounts.js'
import type { Accounts } from './accounts.js'
import type { Attempts } from './attempts.js'
import type { Login, Logins } from './logins.js'
import { newPassword } from './passwords.js'
import type { Passwords } from './passwords.js'

export interface EntranceOptions {
  readonly accounts: Accounts
  readonly logins: Logins
  readonly passwords: Passwords
  readonly attempts: Attempts
  /** A name belongs to somebody from now on. */
  readonly registered: (account: Account) => void
}

/** An account, and the token that the browser has to show from now on. */
export interface Entered {
  readonly account: Account
  readonly token: string
}

/** Signing up, in and out, and who a cookie belongs to. */
export class Entrance {
  readonly #parts: EntranceOptions

  constructor(parts: EntranceOptions) {
    this.#parts = parts
  }

  /** Who opens a STOMP session. A cookie that is no good, or not any more, is a guest's. */
  readonly authenticate = ({ request }: ConnectRequest): Awaitable<ChatUser> => {
    const token = request === undefined ? undefined : tokenOf(request.headers)
    return token === undefined ? GUEST : this.#userOf(token)
  }

  /** @throws StompError with the codes of `accountName` and `newPassword`, `name-registered`, `account-limit` */
  async signUp(askedName: string, askedPassword: string): Promise<Entered> {
    const { accounts, passwords, logins, registered } = this.#parts
    const name = accountName(askedName)
    const password = newPassword(askedPassword, name)
    // Seldom is a name wanted that is taken; then nobody waits for a hash.
    if ((await accounts.named(name)) !== undefined) throw refusal('name-registered')
    const account = await accounts.create(name, await passwords.hash(password))
    registered(account)
    return { account, token: await logins.begin(account) }
  }

  /** @throws StompError `credentials-wrong`, whether there is such a name or not, or `too-many-attempts` */
  async signIn(name: string, password: string): Promise<Entered> {
    const account = await this.#proven(name, password)
    return { account, token: await this.#parts.logins.begin(account) }
  }

  /**
   * Every other sign-in ends.
   *
   * @throws StompError as `signIn` does, and the codes of `newPassword`
   */
  async changePassword(login: Login, password: string, asked: string): Promise<void> {
    const account = await this.#proven(login.account.name, password)
    const { accounts, passwords, logins } = this.#parts
    await accounts.setPassword(account, await passwords.hash(newPassword(asked, account.name)))
    await logins.endAll(account, login.id)
  }

  async #proven(name: string, password: string): Promise<Account> {
    const { accounts, passwords, attempts } = this.#parts
    attempts.check(name)
    // Counted before it is known: many at the same time are not more than many after each other.
    attempts.failed(name)
    const found = await accounts.withPassword(name)
    if (!(await passwords.isRight(password, found?.password)) || found === undefined) {
      throw refusal('credentials-wrong')
    }
    attempts.succeeded(name)
    return { id: found.id, name: found.name }
  }

  async #userOf(token: string): Promise<ChatUser> {
    const login = await this.#parts.logins.find(token)
    if (login === undefined) return GUEST
    const { id: loginId, account } = login
    return { name: account.id, account, loginId }
  }
}
