import { createStore, type Store } from './store.js'
import { readStored, writeStored } from './storage.js'

/** Who this page is. */
export interface Identity {
  /** What the person chose: `null` before they were asked, `''` for a guest. */
  readonly chosen: string | null
  /** The name that the server gave to a guest; kept so that a guest comes back under the same one. */
  readonly given: string | undefined
}

export interface IdentityStore extends Store<Identity> {
  choose(name: string): void
  give(name: string): void
}

export function createIdentity(): IdentityStore {
  const store = createStore<Identity, Identity>((_, next) => next, {
    chosen: readStored('wschat.sender'),
    given: undefined,
  })
  return {
    get: store.get,
    subscribe: store.subscribe,
    choose(name) {
      writeStored('wschat.sender', name)
      store.dispatch({ chosen: name, given: undefined })
    },
    give(name) {
      const { chosen, given } = store.get()
      if (chosen === '' && given !== name) store.dispatch({ chosen, given: name })
    },
  }
}

/** The name to enter with; none lets the server give one. */
export function nameToSend({ chosen, given }: Identity): string | undefined {
  return chosen === null || chosen === '' ? given : chosen
}
