import { backoffMs } from './backoff.js'
import type { Backoff } from './backoff.js'
import type { Clock, Timer } from './clock.js'
import type { ClientError } from './errors.js'
import type { Headers, Link, OpenLink, Refusal, SessionEnd } from './link.js'
import { Observed } from './observable.js'
import type { Observable } from './observable.js'

/**
 * The state of a client's one connection.
 *
 * ```
 *             opened                 lost
 * connecting ---------> connected ---------> waiting
 *  ^  ^   \_______________not reached_______/  |   |
 *  |  |______ time is up, online, page shown __|   | the server wants no one to come back
 *  |                                               v
 *  |___________________connect()_______________ closed  <--- close(), from everywhere
 * ```
 */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly via: Link['via'] }
  | {
      readonly kind: 'waiting'
      /** When the next attempt begins, in milliseconds since 1970. */
      readonly retryAt: number
      /** Whether the browser says that it has no network. Attempts go on: a server on this machine needs none. */
      readonly offline: boolean
      /** Why there is no session. */
      readonly end: SessionEnd
    }
  | { readonly kind: 'closed'; readonly reason: 'not-started' | 'closed' }
  /** The server wants this client not to come back as it is. */
  | { readonly kind: 'closed'; readonly reason: 'refused'; readonly end: SessionEnd }

/** Whoever needs sessions: is told of each one. */
export interface SessionUser {
  opened(link: Link, headers: Headers): void
  /** The session is gone, or given up. */
  closed(end: SessionEnd): void
  /** No session comes any more, until `connect` is called again. */
  stopped(error: ClientError | undefined): void
  /** @returns whether it was about something that this client did, and that it will not do again */
  refused(refusal: Refusal): boolean
  receipt(id: string, headers: Headers): void
}

export interface ConnectionOptions {
  readonly openLink: OpenLink
  readonly user: SessionUser
  readonly clock: Clock
  readonly random: () => number
  readonly backoff: Backoff
  /** A session that lasted this long ends the row of failures. */
  readonly steadyMs: number
  /** Nothing heard for this long: the session did not survive a sleep. */
  readonly silentMs: number
  readonly hasNetwork: () => boolean
  /** Whether it makes sense to come back. `opened`: CONNECTED had come. */
  readonly mayReconnect: (end: SessionEnd, opened: boolean) => boolean
  readonly report: (error: unknown) => void
}

const GIVEN_UP = { code: 1000, error: undefined } as const

export class Connection {
  readonly #options: ConnectionOptions
  readonly #state: Observed<ConnectionState>
  #link: Link | undefined
  #open = false
  /** The last ERROR was about something that will not be done again. */
  #settled = false
  #failures = 0
  #openedAt = 0
  #timer: Timer | undefined

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#state = new Observed<ConnectionState>({ kind: 'closed', reason: 'not-started' }, options.report)
  }

  get state(): Observable<ConnectionState> {
    return this.#state
  }

  /** The present session. */
  get link(): Link | undefined {
    return this.#open ? this.#link : undefined
  }

  /** Connects now, unless there is a session or an attempt at one. */
  connect(): void {
    if (this.#link !== undefined) return
    this.#timer?.cancel()
    this.#settled = false
    this.#state.set({ kind: 'connecting' })
    const { openLink, user } = this.#options
    const link: Link = openLink({
      opened: (headers) => this.#opened(link, headers),
      closed: (end) => this.#lost(end),
      refused: (refusal) => (this.#settled = user.refused(refusal)),
      receipt: (id, headers) => user.receipt(id, headers),
    })
    this.#link = link
  }

  /** Ends the session and begins another at once: for new credentials, say. */
  reconnect(): void {
    void this.#drop({ ...GIVEN_UP, reason: 'reconnect' }, { now: false })
    this.connect()
  }

  /** The page was shown, or the network is back: a wait ends, and a session that has fallen silent is given up. */
  wake(): void {
    if (this.#state.getSnapshot().kind === 'closed') return
    const { clock, silentMs } = this.#options
    if (this.link !== undefined && clock.now() - this.link.heardAt > silentMs) {
      void this.#drop({ code: 1006, reason: 'silent', error: undefined }, { now: true })
    }
    this.connect()
  }

  /** The browser says that the network is gone. Heart-beats would notice only after two intervals. */
  networkLost(): void {
    if (this.#link === undefined) return
    const end = { code: 1006, reason: 'offline', error: undefined }
    void this.#drop(end, { now: true })
    this.#wait(end)
  }

  /** Ends it for good, with a goodbye. Idempotent. */
  async close(): Promise<void> {
    this.#timer?.cancel()
    const gone = this.#drop({ ...GIVEN_UP, reason: 'closed' }, { now: false })
    const state = this.#state.getSnapshot()
    // What was sent before the start waits for it.
    if (state.kind !== 'closed' || state.reason === 'not-started') {
      this.#stop({ kind: 'closed', reason: 'closed' }, undefined)
    }
    await gone
  }

  #opened(link: Link, headers: Headers): void {
    this.#open = true
    this.#openedAt = this.#options.clock.now()
    this.#state.set({ kind: 'connected', via: link.via })
    this.#options.user.opened(link, headers)
  }

  #lost(end: SessionEnd): void {
    const opened = this.#open
    const settled = this.#settled
    void this.#drop(end, { now: true })
    // Whoever was told of the end may have closed or connected.
    if (this.#state.getSnapshot().kind === 'closed' || this.#link !== undefined) return
    if (settled || this.#options.mayReconnect(end, opened)) this.#wait(end)
    else this.#stop({ kind: 'closed', reason: 'refused', end }, end.error)
  }

  #drop(end: SessionEnd, how: { readonly now: boolean }): Promise<void> {
    const opened = this.#open
    const link = this.#link
    this.#open = false
    this.#link = undefined
    this.#timer?.cancel()
    const gone = link?.close(how) ?? Promise.resolve()
    if (!opened) return gone
    const { clock, steadyMs, user } = this.#options
    if (clock.now() - this.#openedAt > steadyMs) this.#failures = 0
    user.closed(end)
    return gone
  }

  #wait(end: SessionEnd): void {
    const { backoff, random, clock, hasNetwork } = this.#options
    const delay = backoffMs(backoff, this.#failures++, random)
    this.#timer = clock.after(delay, () => this.connect())
    this.#state.set({ kind: 'waiting', retryAt: clock.date() + delay, offline: !hasNetwork(), end })
  }

  #stop(state: ConnectionState & { kind: 'closed' }, error: ClientError | undefined): void {
    this.#failures = 0
    this.#state.set(state)
    this.#options.user.stopped(error)
  }
}
