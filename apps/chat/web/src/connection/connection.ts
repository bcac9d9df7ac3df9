import { createStore, type Store } from '../store.js'
import { backoffMs } from './backoff.js'
import type { FrameHeaders, FrameRefusal, Link, OpenLink } from './link.js'

/**
 * The state of the page's one connection.
 *
 * ```
 *              opened                 closed
 * connecting ---------> online ------------------> waiting | offline
 *     ^  \______________________closed____________/      |
 *     |___________ time is up, online, page shown ________|
 * ```
 *
 * `offline` is `waiting` while the browser says that it has no network. Attempts go on even then: a server on this
 * machine needs no network.
 */
export type ConnectionState =
  | { readonly kind: 'connecting' | 'online' }
  | { readonly kind: 'waiting' | 'offline'; readonly retryAt: number }

/** What a session can do for those who use it. */
export type Session = Pick<Link, 'subscribe' | 'publish'>

/** A part of the page that needs sessions: it is told of each one, and has to subscribe again in each. */
export interface SessionUser {
  opened(session: Session): void
  closed(): void
  refused(refusal: FrameRefusal): void
  receipt(id: string, headers: FrameHeaders): void
}

export interface Surroundings {
  readonly openLink: OpenLink
  readonly hasNetwork: () => boolean
  readonly random?: () => number
}

/** A session that lasted this long ends the row of failures. */
const STEADY_MS = 15_000
/** Nothing heard for this long: the session did not survive a sleep. Heart-beats come every ten seconds. */
const SILENT_MS = 25_000

export class Connection {
  readonly #surroundings: Surroundings
  readonly #users = new Set<SessionUser>()
  readonly #state = createStore<ConnectionState, ConnectionState>((_, next) => next, { kind: 'connecting' })
  #link: Link | undefined
  #open = false
  #failures = 0
  #openedAt = 0
  #heardAt = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  get state(): Store<ConnectionState> {
    return this.#state
  }

  /** Tells `user` of sessions, the present one included, until the returned function is called. */
  use(user: SessionUser): () => void {
    this.#users.add(user)
    if (this.#open && this.#link !== undefined) user.opened(this.#link)
    return () => this.#users.delete(user)
  }

  /** Connects now, unless there is a session or an attempt at one. */
  connect(): void {
    if (this.#link !== undefined) return
    clearTimeout(this.#timer)
    this.#state.dispatch({ kind: 'connecting' })
    let current = true
    const ifCurrent = (event: () => void) => () => {
      if (current) event()
    }
    const link: Link = this.#surroundings.openLink({
      opened: ifCurrent(() => this.#opened(link)),
      closed: ifCurrent(() => this.#lost()),
      refused: (refusal) => current && this.#users.forEach((user) => user.refused(refusal)),
      receipt: (id, headers) => current && this.#users.forEach((user) => user.receipt(id, headers)),
      alive: () => (this.#heardAt = Date.now()),
    })
    this.#link = {
      ...link,
      close(options) {
        current = false
        link.close(options)
      },
    }
  }

  /** Ends the session and begins another at once: a new name needs one. */
  renew(): void {
    this.#drop({ now: false })
    this.connect()
  }

  /** The page was shown, or the network is back: a wait ends, and a session that has fallen silent is given up. */
  wake(): void {
    if (this.#open && Date.now() - this.#heardAt > SILENT_MS) this.#drop({ now: true })
    this.connect()
  }

  /** The browser says that the network is gone. Heart-beats would notice only after twenty seconds. */
  networkLost(): void {
    this.#drop({ now: true })
    this.#wait()
  }

  #opened(link: Link): void {
    this.#open = true
    this.#openedAt = this.#heardAt = Date.now()
    this.#state.dispatch({ kind: 'online' })
    this.#users.forEach((user) => user.opened(link))
  }

  #lost(): void {
    this.#drop({ now: true })
    this.#wait()
  }

  #drop(how: { readonly now: boolean }): void {
    const wasOpen = this.#open
    this.#open = false
    this.#link?.close(how)
    this.#link = undefined
    clearTimeout(this.#timer)
    if (!wasOpen) return
    if (Date.now() - this.#openedAt > STEADY_MS) this.#failures = 0
    this.#users.forEach((user) => user.closed())
  }

  #wait(): void {
    const delay = backoffMs(this.#failures++, this.#surroundings.random)
    const kind = this.#surroundings.hasNetwork() ? 'waiting' : 'offline'
    this.#state.dispatch({ kind, retryAt: Date.now() + delay })
    this.#timer = setTimeout(() => this.connect(), delay)
  }
}
