import type { Subscription } from '@stomping-ground/client'
import { directQueue, type DirectEvent } from '../../../contract/index.js'
import type { Api } from '../api.js'
import type { PageClient } from '../connection/client.js'
import type { IdentityStore } from '../identity.js'
import { Reading } from '../reading.js'
import { createStore, nextFrame, type Store } from '../store.js'
import { readAs } from '../wire.js'
import { NO_CONVERSATIONS, reduceInbox, type InboxState } from './inbox-state.js'

export interface InboxSurroundings {
  readonly client: Pick<PageClient, 'subscribe'>
  readonly api: Pick<Api, 'conversations'>
  readonly identity: Pick<IdentityStore, 'get' | 'subscribe'>
  readonly schedule?: (run: () => void) => void
}

export interface InboxListener {
  /** Everything that is sent from now on comes as an event; what came before has to be read. */
  fresh(): void
  event(event: DirectEvent): void
}

/** Direct messages as they come, for as long as the page is open and somebody is signed in. */
export class Inbox {
  readonly #surroundings: InboxSurroundings
  readonly #store
  readonly #list
  readonly #listeners = new Set<InboxListener>()
  #subscription: Subscription | undefined

  constructor(surroundings: InboxSurroundings) {
    const { api, identity } = surroundings
    this.#surroundings = surroundings
    this.#store = createStore(reduceInbox, NO_CONVERSATIONS, surroundings.schedule ?? nextFrame)
    this.#list = new Reading({
      ask: () => api.conversations(),
      had: ({ conversations }) => this.#store.dispatch({ type: 'list', conversations }),
      failed: () => {
        this.#store.dispatch({ type: 'unreachable' })
        return this.#isActive
      },
    })
    identity.subscribe(() => this.#identityChanged())
  }

  get state(): Store<InboxState> {
    return this.#store
  }

  /** Tells what comes until the returned function is called. */
  listen(listener: InboxListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get #isActive(): boolean {
    return this.#subscription?.state.getSnapshot().kind === 'active'
  }

  #identityChanged(): void {
    const { account } = this.#surroundings.identity.get()
    if (typeof account === 'string') this.#subscription ??= this.#subscribe()
    if (account !== null) return
    this.#subscription?.unsubscribe()
    this.#subscription = undefined
    this.#list.stop()
    this.#store.dispatch({ type: 'signed-out' })
  }

  #subscribe(): Subscription {
    const { client } = this.#surroundings
    return client.subscribe(
      directQueue.to({}),
      ({ body }) => this.#onEvent(readAs(directQueue.schema, body)),
      {
        onActive: () => {
          void this.#list.now()
          for (const listener of this.#listeners) listener.fresh()
        },
      },
    )
  }

  #onEvent(event: DirectEvent | undefined): void {
    if (event === undefined) return
    // A list that is on its way may be older than this.
    if (this.#list.asking) void this.#list.now()
    this.#store.dispatch({ type: 'event', event })
    for (const listener of this.#listeners) listener.event(event)
  }
}
