import { encodeBody } from './body.js'
import { backoffMs } from './backoff.js'
import { Budget } from './budget.js'
import type { Load } from './budget.js'
import type { RequestOptions, SendOptions } from './client.js'
import { Connection } from './connection.js'
import type { ConnectionState, SessionUser } from './connection.js'
import { Credentials } from './credentials.js'
import type { Token } from './credentials.js'
import { ClientError } from './errors.js'
import { newId } from './ids.js'
import type { Headers, Link, OpenLink, Refusal, SendFrame, SessionEnd } from './link.js'
import type { Observable } from './observable.js'
import { Outgoing } from './outgoing.js'
import { mayReconnect } from './reconnect.js'
import { Renewal } from './renewal.js'
import { Requests } from './requests.js'
import { handlerDestination } from './routes.js'
import type { Addressed } from './routes.js'
import type { Settings } from './settings.js'
import type { ReceivedMessage, SubscribeOptions, Subscription } from './subscription.js'
import { Subscriptions } from './subscriptions.js'
import { Unexplained } from './unexplained.js'

type Params = Readonly<Record<string, string>>
interface Payload {
  readonly params?: Params
  readonly body?: unknown
}
type Handler = (message: ReceivedMessage<unknown>) => void
type Greeting = (headers: Headers) => void | Promise<void>

/** A session that lasted this long ends the row of failures. */
const STEADY_MS = 15_000
/** So many heart-beats missed, and a session is given up when the page wakes. */
const SILENT_INTERVALS = 2.5
/** Where a server takes new credentials, below the application prefix. */
const RENEWAL = '/.renew'

/** The client with its types forgotten: `Client` says what each part promises. */
export class StompClient implements SessionUser {
  readonly #settings: Settings
  readonly #credentials: Credentials
  readonly #connection: Connection
  readonly #budget: Budget
  readonly #outgoing: Outgoing
  readonly #requests: Requests
  readonly #subscriptions: Subscriptions
  readonly #renewal: Renewal
  readonly #unexplained: Unexplained
  readonly #greetings = new Set<{ readonly greet: Greeting }>()
  #unwatch: (() => void) | undefined
  /** A message was given up that was too large: the session that ended for it may be followed by another. */
  #lightened = false

  /** @param linksFor makes sessions from the headers of CONNECT */
  constructor(settings: Settings, linksFor: (connectHeaders: () => Promise<Headers>) => OpenLink) {
    const { clock, random, backoff, surroundings, outgoing, onError: report, heartbeat } = settings
    this.#settings = settings
    this.#credentials = new Credentials(settings.connectHeaders, settings.token, clock)
    this.#renewal = new Renewal({ clock, renew: () => this.#renew(), report })
    this.#unexplained = new Unexplained(clock, report)
    this.#budget = new Budget(outgoing, report)
    this.#outgoing = new Outgoing(this.#budget, outgoing.attempts)
    this.#requests = new Requests(this.#outgoing, clock, newId)
    this.#subscriptions = new Subscriptions({
      most: settings.subscriptions,
      later: (failures, callback) => clock.after(backoffMs(backoff, failures, random), callback),
    })
    this.#connection = new Connection({
      openLink: linksFor(this.#credentials.headers),
      user: this,
      clock,
      random,
      backoff,
      steadyMs: STEADY_MS,
      silentMs: heartbeat.incomingMs === 0 ? Infinity : heartbeat.incomingMs * SILENT_INTERVALS,
      hasNetwork: surroundings.hasNetwork,
      mayReconnect: (end, opened) => this.#mayReconnect(end, opened),
      report,
    })
    const { onSession } = settings
    if (onSession !== undefined)
      this.onSession((headers) => onSession(this as Parameters<typeof onSession>[0], headers))
  }

  get connection(): Observable<ConnectionState> {
    return this.#connection.state
  }

  get outgoing(): Observable<Load> {
    return this.#budget.load
  }

  connect(): Promise<void> {
    this.#outgoing.restarted()
    this.#unwatch ??= this.#settings.surroundings.watch({
      wake: () => this.#connection.wake(),
      networkLost: () => this.#connection.networkLost(),
    })
    this.#connection.connect()
    const begun = this.#begun()
    // It need not be awaited: the state tells the same.
    begun.catch(() => {})
    return begun
  }

  reconnect(): void {
    this.#connection.reconnect()
  }

  wake(): void {
    this.#connection.wake()
  }

  async close({ flushMs = 0 }: { readonly flushMs?: number } = {}): Promise<void> {
    if (flushMs > 0) await this.#flushed(flushMs)
    await this.#connection.close()
  }

  onSession(greet: Greeting): () => void {
    const greeting = { greet }
    this.#greetings.add(greeting)
    return () => void this.#greetings.delete(greeting)
  }

  async send(to: Addressed<unknown> | string, message: Payload & SendOptions = {}): Promise<void> {
    const { id = newId(), signal, wait = true } = message
    const frame = this.#frame(to, message, { ...message.headers, 'x-message-id': id })
    await this.#outgoing.send({ frame, signal, waits: wait, repeats: wait })
  }

  async request(to: Addressed<unknown> | string, message: Payload & RequestOptions = {}): Promise<unknown> {
    const { timeoutMs = this.#settings.requestTimeoutMs, signal } = message
    return this.#requests.ask({ frame: this.#frame(to, message, message.headers), timeoutMs, signal })
  }

  subscribe(to: Addressed<unknown> | string, handle: Handler, options: SubscribeOptions = {}): Subscription {
    const destination = typeof to === 'string' ? to : to.destination
    const resumes = !isPattern(destination)
    return this.#subscriptions.add({ destination, options, resumes, handle, report: this.#settings.onError })
  }

  subscribeTo(
    pattern: string,
    options: SubscribeOptions & { params?: Params },
    handle: Handler,
  ): Subscription {
    const destination = handlerDestination(this.#settings.applicationPrefix, pattern, options.params)
    const report = this.#settings.onError
    return this.#subscriptions.add({ destination, options, resumes: false, handle, report })
  }

  opened(link: Link, headers: Headers): void {
    this.#credentials.accepted()
    this.#renewal.schedule(this.#credentials.token)
    this.#lightened = false
    this.#subscriptions.opened(link)
    this.#outgoing.opened(link)
    if (this.#greetings.size === 0) return this.#outgoing.flow()
    const greetings = [...this.#greetings].map(async ({ greet }) => greet(headers))
    void Promise.all(greetings.map((greeted) => greeted.catch(this.#settings.onError))).then(() => {
      if (this.#connection.link === link) this.#outgoing.flow()
    })
  }

  closed(end: SessionEnd): void {
    // RFC 6455 section 7.4.1: 1009, the message was too big to be read, so that no ERROR could name it.
    this.#lightened = end.code === 1009 && this.#outgoing.tooLarge()
    this.#renewal.stop()
    this.#unexplained.sessionEnded(end.error)
    this.#requests.closed()
    this.#outgoing.closed()
    this.#subscriptions.closed()
  }

  stopped(error: ClientError | undefined): void {
    this.#unwatch?.()
    this.#unwatch = undefined
    this.#outgoing.stopped(error)
  }

  receipt(id: string, headers: Headers): void {
    if (!this.#subscriptions.receipt(id, headers)) this.#outgoing.receipt(id)
  }

  refused(refusal: Refusal): boolean {
    if (this.#subscriptions.refused(refusal)) return true
    if (refusal.receiptId !== undefined && this.#outgoing.refused(refusal.receiptId, refusal.error))
      return true
    // Before there is a session, the state of the connection tells of it.
    if (this.#connection.link !== undefined) this.#unexplained.came(refusal.error)
    return false
  }

  async #renew(): Promise<Token> {
    const headers = await this.#credentials.tokenHeaders()
    const destination = this.#settings.applicationPrefix + RENEWAL
    const frame = { destination, headers, body: '' }
    try {
      await this.#outgoing.send({ frame, signal: undefined, waits: false, repeats: false })
      this.#credentials.accepted()
    } catch (error) {
      this.#credentials.refused((error as ClientError).code)
      throw error
    }
    return this.#credentials.token!
  }

  #mayReconnect(end: SessionEnd, opened: boolean): boolean {
    const { mayReconnect: decide } = this.#settings
    const byDefault = this.#lightened || this.#credentials.mayBeRefreshed(end) || mayReconnect(end, opened)
    return decide === undefined ? byDefault : decide(end, byDefault)
  }

  #frame(
    to: Addressed<unknown> | string,
    { params, body: given }: Payload,
    headers: Headers = {},
  ): SendFrame {
    const { applicationPrefix } = this.#settings
    const destination =
      typeof to === 'string' ? handlerDestination(applicationPrefix, to, params) : to.destination
    const { body, contentType } = encodeBody(given)
    const typed = contentType === undefined ? headers : { 'content-type': contentType, ...headers }
    return { destination, headers: typed, body }
  }

  /** Resolves with the next session. */
  #begun(): Promise<void> {
    const { state } = this.#connection
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const now = state.getSnapshot()
        if (now.kind !== 'connected' && now.kind !== 'closed') return
        stop()
        if (now.kind === 'connected') resolve()
        else
          reject(new ClientError('closed', { cause: now.reason === 'refused' ? now.end.error : undefined }))
      }
      const stop = state.subscribe(look)
      look()
    })
  }

  /** Resolves when nothing waits any more, or in time, or when the connection is closed by others. */
  #flushed(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        const { messages } = this.outgoing.getSnapshot()
        if (messages > 0 && this.connection.getSnapshot().kind !== 'closed') return
        end()
      }
      const end = (): void => {
        timer.cancel()
        for (const stop of stops) stop()
        resolve()
      }
      const timer = this.#settings.clock.after(withinMs, end)
      const stops = [this.outgoing.subscribe(look), this.connection.subscribe(look)]
      look()
    })
  }
}

function isPattern(destination: string): boolean {
  return destination.split('/').some((segment) => segment === '*' || segment === '**')
}
