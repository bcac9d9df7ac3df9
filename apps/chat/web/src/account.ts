import type { Client } from '@stomping-ground/client'
import type { Credentials, Me, PasswordChange } from '../../contract/index.js'
import type { Api } from './api.js'
import type { IdentityStore } from './identity.js'

type AccountApi = Pick<Api, 'me' | 'signUp' | 'signIn' | 'signOut' | 'signOutEverywhere' | 'changePassword'>

export interface AccountSurroundings {
  readonly api: AccountApi
  readonly identity: IdentityStore
  readonly client: Pick<Client, 'onSession' | 'reconnect'>
  /** Tells the other tabs of this browser, which have the same cookie. */
  readonly tabs: OtherTabs
}

export interface OtherTabs {
  tell(): void
  onTold(listener: () => void): void
}

/** The registered name of this browser. Who it is decides what a session may, so another one needs a new session. */
export class AccountControl {
  readonly #parts: AccountSurroundings

  constructor(parts: AccountSurroundings) {
    this.#parts = parts
    parts.tabs.onTold(() => void this.read())
    // A session may have ended because somebody signed out elsewhere.
    parts.client.onSession(() => {
      if (parts.identity.get().account !== null) void this.read()
    })
    void this.read()
  }

  /** Asks who this browser is. What cannot be asked now is asked with the next session. */
  async read(): Promise<void> {
    try {
      this.#is(await this.#parts.api.me())
    } catch {
      // The connection tells that the server is away.
    }
  }

  signUp = (credentials: Credentials): Promise<void> => this.#change(this.#parts.api.signUp(credentials))
  signIn = (credentials: Credentials): Promise<void> => this.#change(this.#parts.api.signIn(credentials))
  signOut = (): Promise<void> => this.#change(this.#parts.api.signOut())
  signOutEverywhere = (): Promise<void> => this.#change(this.#parts.api.signOutEverywhere())
  changePassword = (change: PasswordChange): Promise<void> =>
    this.#change(this.#parts.api.changePassword(change))

  async #change(asked: Promise<Me>): Promise<void> {
    this.#is(await asked)
    this.#parts.tabs.tell()
  }

  #is({ account }: Me): void {
    const { identity, client } = this.#parts
    const before = identity.get().account
    const name = account?.name ?? null
    // The first session was opened with the cookie that this tells of. Any other begins before anything is asked for in it.
    if (before !== undefined && before !== name) client.reconnect()
    identity.signedIn(name)
  }
}
