import { directQueue, type DirectEvent } from '../../../contract/index.js'
import type { Api } from '../api.js'
import { backoffMs } from '../connection/backoff.js'
import type { Connection, Session, SessionUser } from '../connection/connection.js'
import type { IdentityStore } from '../identity.js'
import { newId } from '../ids.js'
import { createStore, nextFrame, type Store } from '../store.js'
import { readBody } from '../wire.js'
import { NO_CONVERSATIONS, reduceInbox, type InboxState } from './inbox-state.js'

export interface InboxSurroundings {
  readonly connection: Pick<Connection, 'use'>
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
export class Inbox implements SessionUser {
  readonly #surroundings: InboxSurroundings
  readonly #store
  readonly #listeners = new Set<InboxListener>()
  #session: Session | undefined
  /** A session that was opened as a guest's stays one; whoever signs in gets another. */
  #isGuests = false
  #receipt = ''
  #active = false
  /** Counts what was asked: only the answer to the last question is taken. */
  #asked = 0
  #waiting = false
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(surroundings: InboxSurroundings) {
    this.#surroundings = surroundings
    this.#store = createStore(reduceInbox, NO_CONVERSATIONS, surroundings.schedule ?? nextFrame)
    surroundings.connection.use(this)
    surroundings.identity.subscribe(() => this.#identityChanged())
  }

  get state(): Store<InboxState> {
    return this.#store
  }

  /** Tells what comes until the returned function is called. */
  listen(listener: InboxListener): () => void {
    this.#listeners.add(listener)
    if (this.#active) listener.fresh()
    return () => this.#listeners.delete(listener)
  }

  opened(session: Session): void {
    this.#session = session
    this.#isGuests = this.#surroundings.identity.get().account === null
    this.#subscribe()
  }

  closed(): void {
    this.#session = undefined
    this.#receipt = ''
    this.#active = false
    clearTimeout(this.#timer)
  }

  receipt(id: string): void {
    if (id !== this.#receipt) return
    this.#active = true
    void this.#read()
    for (const listener of this.#listeners) listener.fresh()
  }

  refused(): void {}

  #identityChanged(): void {
    const { account } = this.#surroundings.identity.get()
    if (account === null) {
      this.#asked++
      this.#store.dispatch({ type: 'signed-out' })
    }
    this.#subscribe()
  }

  #subscribe(): void {
    const signedIn = typeof this.#surroundings.identity.get().account === 'string'
    if (!signedIn || this.#isGuests || this.#session === undefined || this.#receipt !== '') return
    this.#receipt = newId()
    try {
      this.#session.subscribe(directQueue.to({}).destination, this.#receipt, (body) => this.#onBody(body))
    } catch {
      // The session ended at this moment; the next one subscribes.
    }
  }

  #onBody(body: string): void {
    const event = readBody(directQueue.schema, body)
    if (event === undefined) return
    // A list that is on its way may be older than this.
    if (this.#waiting) void this.#read()
    this.#store.dispatch({ type: 'event', event })
    for (const listener of this.#listeners) listener.event(event)
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer)
    const asked = ++this.#asked
    this.#waiting = true
    try {
      const { conversations } = await this.#surroundings.api.conversations()
      if (asked !== this.#asked) return
      this.#failures = 0
      this.#store.dispatch({ type: 'list', conversations })
    } catch {
      if (asked === this.#asked) this.#readLater()
    }
    if (asked === this.#asked) this.#waiting = false
  }

  #readLater(): void {
    this.#store.dispatch({ type: 'unreachable' })
    if (!this.#active) return
    const delay = 1_000 + backoffMs(this.#failures++)
    this.#timer = setTimeout(() => void this.#read(), delay)
  }
}
