import { createStore, type Store } from './store.js'
import { readStored, writeStored } from './storage.js'

/** Who this page is. */
export interface Identity {
  /** What the person chose: `null` before they were asked, `''` for a guest. */
  readonly chosen: string | null
  /** The name that the server gave to a guest; kept so that a guest comes back under the same one. */
  readonly given: string | undefined
  /** The registered name that this browser is signed in with; `null` for a guest, `undefined` while it is not known. */
  readonly account: string | null | undefined
}

export interface IdentityStore extends Store<Identity> {
  choose(name: string): void
  give(name: string): void
  signedIn(account: string | null): void
}

/** @param start whether it is still to be asked who is signed in */
export function createIdentity(start = { asking: false }): IdentityStore {
  const store = createStore<Identity, Identity>((_, next) => next, {
    chosen: readStored('wschat.sender'),
    given: undefined,
    account: start.asking ? undefined : null,
  })
  return {
    get: store.get,
    subscribe: store.subscribe,
    choose(name) {
      writeStored('wschat.sender', name)
      store.dispatch({ ...store.get(), chosen: name, given: undefined })
    },
    give(name) {
      const identity = store.get()
      if (identity.chosen !== '' || typeof identity.account === 'string' || identity.given === name) return
      store.dispatch({ ...identity, given: name })
    },
    signedIn(account) {
      if (store.get().account !== account) store.dispatch({ ...store.get(), account })
    },
  }
}

/** Whether it is known who comes, or at least that they are asked no more: `null` otherwise. */
export function enteringName({ account, chosen }: Identity): string | null {
  if (account === undefined) return null
  return account ?? chosen
}

/** The name to enter with; none lets the server give one. */
export function nameToSend(identity: Identity): string | undefined {
  const name = enteringName(identity)
  return name === null || name === '' ? identity.given : name
}
