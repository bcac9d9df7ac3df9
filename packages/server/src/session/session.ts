import type { ClientCommand, Frame } from '@stomping-ground/codec'
import { StompHeaders } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import { next } from '../awaitable.js'
import type { BrokerLink } from '../broker/broker.js'
import { LONGEST_TIMER_MS } from '../clock.js'
import type { Timer } from '../clock.js'
import { DISCONNECTS, StompError } from '../errors.js'
import type { DisconnectReason } from '../errors.js'
import { count } from '../observe/metrics.js'
import type { SessionAttributes, StompSession, StompUser } from '../stomp-session.js'
import type { Connection, ConnectionHandler } from '../transport/connection.js'
import type { Format } from '../wire.js'
import { FRAME_TABLE } from './frame-table.js'
import type { HeartbeatSettings } from './heartbeat.js'
import { Inbox } from './inbox.js'
import type { InboxHost } from './inbox.js'
import { SessionRate } from './rate-limiter.js'
import type { RateLimiter } from './rate-limiter.js'
import { asRefusal, tellRefusal, told } from './refusals.js'
import type { SessionServices } from './services.js'
import { SessionConnection } from './session-connection.js'
import type { DropPolicy } from './slow-consumers.js'
import { Subscribed } from './subscribed.js'
import { ended } from './subscriptions.js'
import type { SubscribeAttempt } from './subscriptions.js'
import { Transactions } from './transactions.js'

/**
 * The states of a session; `FRAME_TABLE` says which frames each takes.
 *
 *     connecting ──CONNECT──> authenticating ──CONNECTED──> connected ──the connection goes while──> outliving
 *          │                        │                        │    │        a frame is carried out      │ ^
 *          │                        │                        │    └DISCONNECT has to wait─> leaving ───┼─┘
 *          └────────────────────────┴──── ERROR, DISCONNECT, ┘    for its turn                │        │
 *                                         silence, shutdown                                   │        │
 *                                                ▼                                            │        │
 *                                             closing <──────────its turn has come────────────┘        │
 *                                                │          all that it brought is done, or            │
 *                                                │          closeMs went by                            │
 *                                                └──the connection is gone──> closed <─────────────────┘
 */
export type SessionState =
  'connecting' | 'authenticating' | 'connected' | 'leaving' | 'outliving' | 'closing' | 'closed'

/** What CONNECT settled. */
export interface Agreement<User> {
  readonly user: User
  readonly link: BrokerLink
  /** The client asked with `x-error-mode: keep` to stay connected after an ERROR, where the frame boundary is sound. */
  readonly keepOnError: boolean
}

/** One STOMP conversation on one connection. */
export class Session<User extends StompUser>
  extends SessionConnection<User>
  implements StompSession<User>, ConnectionHandler, InboxHost
{
  /** Destinations by subscription id. */
  readonly subscriptions = new Subscribed()
  /** The SUBSCRIBE that is being carried out. */
  attempt: SubscribeAttempt | undefined
  /** Ids of subscriptions that the server has cut, and of which the client may still speak. */
  cutSubscriptions: Set<string> | undefined
  readonly #inbox: Inbox
  /** Whether it counts among the connections of its address. */
  readonly #counted: boolean
  #state: SessionState = 'connecting'
  #agreement: Agreement<User> | undefined
  /**
   * Until `connected`, the time to CONNECT; then, until the credentials expire; when the client sends nothing more, the
   * time to carry out what it has sent.
   */
  #deadline: Timer | undefined
  #reason: DisconnectReason | undefined
  #abort: AbortController | undefined
  #attributes: SessionAttributes | undefined
  #transactions: Transactions | undefined
  #rate: SessionRate | undefined
  #onEnded: (() => void)[] | undefined

  constructor(connection: Connection, services: SessionServices<User>) {
    super(connection, services)
    const { limits, clock } = services
    this.#inbox = new Inbox(this, limits, services.turns)
    this.#deadline = clock.after(limits.connectMs, () => this.refuse(new StompError('connect-timeout')))
    services.sessions.add(this)
    services.metrics.connections++
    this.#counted = services.addresses.enter(connection.remoteAddress)
    if (!this.#counted) this.refuse(new StompError('too-many-connections'))
    else this.#admit()
  }

  #admit(): void {
    try {
      this.services.rates?.connects(this.remoteAddress)
    } catch (error) {
      this.refuse(error)
    }
  }

  // What applications see.

  get user(): User {
    return this.#agreed().user
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (!this.open || this.#state === 'outliving') this.#abort.abort()
    return this.#abort.signal
  }

  get attributes(): SessionAttributes {
    return (this.#attributes ??= new Map() as SessionAttributes)
  }

  disconnect(why?: StompError): void {
    if (why === undefined) this.close(DISCONNECTS.application)
    else this.refuse(why, undefined, DISCONNECTS.application)
  }

  // What the frame table uses.

  get state(): SessionState {
    return this.#state
  }

  /** Whether CONNECT has succeeded, whatever came after. */
  get agreed(): boolean {
    return this.#agreement !== undefined
  }

  get transactions(): Transactions {
    return (this.#transactions ??= new Transactions(this.services.limits))
  }

  get link(): BrokerLink {
    return this.#agreed().link
  }

  /**
   * The version is settled. No frame is handled while the credentials are looked at; the connection's time to CONNECT
   * goes on.
   */
  authenticating(format: Format): void {
    this.#state = 'authenticating'
    this.outbox.format = format
  }

  /** CONNECT has succeeded. */
  connected(agreement: Agreement<User>, heartbeat: HeartbeatSettings): void {
    const { metrics, sessions } = this.services
    this.#agreement = agreement
    this.#inbox.connected(this.version)
    this.#deadline?.cancel()
    this.#deadline = undefined
    this.connection.settle?.()
    this.#state = 'connected'
    sessions.named(this)
    this.startHeartbeat(heartbeat)
    metrics.sessions++
    metrics.openSessions++
  }

  /** The client has shown new credentials. */
  renewed(user: User, expiresAt: number | undefined): void {
    this.#agreement = { ...this.#agreed(), user }
    this.expireAt(expiresAt)
  }

  /**
   * The credentials hold until then.
   *
   * @param at milliseconds since 1970; `undefined` for good
   */
  expireAt(at: number | undefined): void {
    const { clock } = this.services
    // A client that sends nothing more has less time than that.
    if (this.#state !== 'connected' || this.#inbox.finishing) return
    this.#deadline?.cancel()
    this.#deadline = undefined
    if (at === undefined) return
    const leftMs = at - clock.date()
    if (leftMs <= 0) return this.refuse(new StompError('token-expired'), undefined, DISCONNECTS.expired)
    // Asked again then: timers have a longest wait, and dates may have been set.
    this.#deadline = clock.after(Math.min(leftMs, LONGEST_TIMER_MS), () => this.expireAt(at))
  }

  /** Sends the receipt that a frame asks for, with these headers besides. */
  acknowledge(frame: Frame, besides: readonly string[] = []): void {
    const receipt = frame.headers.get('receipt')
    // STOMP 1.2 "RECEIPT": receipt-id is the value of the receipt header of the frame
    if (receipt !== undefined && (this.#state === 'connected' || this.#state === 'leaving')) {
      this.send('RECEIPT', new StompHeaders(['receipt-id', receipt, ...besides]))
    }
  }

  /** Resolves when the connection is gone. */
  get ended(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve()
    return new Promise((resolve) => (this.#onEnded ??= []).push(resolve))
  }

  // Bytes in: the transport calls.

  received(bytes: Uint8Array): void {
    if (!this.open) return
    this.heard()
    if (bytes.length === 0) return
    this.services.metrics.bytesReceived += bytes.length
    this.#inbox.push(bytes)
  }

  drained(): void {
    this.outbox.drained()
    if (this.#state === 'connected') this.link.ready()
  }

  /** The client has closed its side: it gets the answers to what it has sent. */
  finished(): void {
    if (this.open) this.#finish(DISCONNECTS.lost)
  }

  closed(reason: DisconnectReason): void {
    // STOMP 1.2 "RECEIPT": if the client disconnects, previously received frames SHOULD continue to get processed
    if ((this.#state === 'connected' || this.#state === 'leaving') && this.#inbox.busy) this.#outlive(reason)
    else this.#bury(reason)
  }

  // The inbox calls.

  get open(): boolean {
    return this.#state !== 'closing' && this.#state !== 'closed'
  }

  get reading(): boolean {
    return !this.#inbox.paused
  }

  handle(frame: Frame<ClientCommand>): Awaitable<void> {
    this.services.metrics.framesReceived++
    const { takenIn, refusal, run } = FRAME_TABLE[frame.command]
    const state = this.#state
    if (state !== takenIn && !(state === 'outliving' && takenIn === 'connected')) {
      throw new StompError(refusal)
    }
    const { inbound, rates } = this.services
    if (takenIn === 'connecting' || (inbound === undefined && rates === undefined)) return run(this, frame)
    return next(rates && this.#withinRate(rates, frame), () => {
      if (inbound === undefined) return this.open ? run(this, frame) : undefined
      return next(this.open ? inbound(this, frame) : frame, (passed) => {
        // It may have ended meanwhile.
        if (this.open) return run(this, passed)
      })
    })
  }

  get gathered(): number {
    return this.#agreement?.link.gathered ?? 0
  }

  joins(frame: Frame<ClientCommand>): boolean {
    if (frame.command !== 'SEND' || frame.headers.has('transaction')) return false
    const destination = frame.headers.get('destination')
    const { services } = this
    // An application that looks at frames may expect that those before are done.
    if (destination === undefined || services.inbound !== undefined) return false
    return !services.isApplication(destination) && this.link.gathers?.(destination) === true
  }

  #withinRate(rates: RateLimiter, frame: Frame<ClientCommand>): Promise<void> | undefined {
    return (this.#rate ??= new SessionRate(rates)).admit(this, frame)
  }

  pauseReading(): void {
    this.services.metrics.inboxPauses++
    this.connection.pause()
  }

  resumeReading(): void {
    // What the client sent meanwhile is only read from now on.
    this.heard()
    this.connection.resume()
  }

  // How it goes wrong.

  /** Tells the client with an ERROR what it did, and ends the session, unless it may and wants to go on. */
  refuse(error: unknown, frame?: Frame, reason: DisconnectReason = DISCONNECTS.refused): void {
    if (this.#stopped(error)) return
    const refusal = asRefusal(this, error, frame)
    if (!this.open) return
    tellRefusal(this, refusal, { frame })
    const goesOn = this.#state === 'connected' && frame !== undefined && this.#agreed().keepOnError
    // STOMP 1.2 "ERROR": the server MUST then close the connection just after sending the ERROR frame
    if (!goesOn) this.close(reason)
  }

  /** Tells the client that a subscription was taken from it: the same, though no frame was wrong. */
  revoked(refusal: StompError, subscriptionId: string, destination: string): void {
    if (this.#state !== 'connected') return
    tellRefusal(this, refusal, { subscriptionId, destination })
    if (!this.#agreed().keepOnError) this.close(DISCONNECTS.revoked)
  }

  lost(reason: DisconnectReason): void {
    if (this.#state === 'outliving' || this.#state === 'leaving') return
    if (reason === DISCONNECTS.slow) this.#tooSlow()
    this.close(reason)
  }

  #tooSlow(): void {
    const { refused, congestion } = this.outbox
    const dropped = congestion?.size ?? 0
    this.outbox.discard()
    if (!this.open || this.#agreement === undefined) return
    const event = { session: this, destination: refused, policy: 'disconnect', dropped } as const
    this.services.events.emit('slow', event)
  }

  slow({ name, destination }: DropPolicy, dropped: number): void {
    this.services.events.emit('slow', { session: this, destination, policy: name, dropped })
  }

  broke(error: unknown): void {
    this.services.events.emit('failed', { session: told(this), error, during: 'writing' })
    this.cut()
  }

  /** Whether somebody stopped because the session's signal told it to: that is no failure. */
  #stopped(error: unknown): boolean {
    const told = this.#reason !== undefined || this.#state === 'outliving'
    return told && error instanceof Error && error.name === 'AbortError'
  }

  // How it ends.

  /**
   * The client takes its leave, which it does in its turn; nothing is delivered to it until then.
   *
   * @param end carries out the DISCONNECT
   */
  leave(end: () => void): Promise<void> | undefined {
    const waits = this.services.inTurn(end)
    if (waits === undefined || this.#state !== 'connected') return waits
    this.#state = 'leaving'
    this.outbox.leave()
    return waits
  }

  /** Ends the session: the transport first, after what was queued. Idempotent. */
  close(reason: DisconnectReason): void {
    if (!this.open) return
    const outliving = this.#state === 'outliving'
    this.#state = 'closing'
    this.outbox.close()
    this.connection.close(reason)
    this.#end(reason)
    if (outliving) this.#bury(reason)
  }

  /** Carries out what waits behind the frame at work. Nothing is delivered meanwhile, and the signal is aborted. */
  #outlive(reason: DisconnectReason): void {
    this.#state = 'outliving'
    this.outbox.leave()
    this.stopHeartbeat()
    this.outbox.discard()
    this.#abort?.abort()
    this.#finish(reason)
  }

  /** Ends the session when all that has come is carried out, or after `closeMs`. */
  #finish(reason: DisconnectReason): void {
    const { clock, limits } = this.services
    this.#deadline?.cancel()
    this.#deadline = clock.after(limits.closeMs, () => this.close(reason))
    this.#inbox.finish(() => this.close(reason))
  }

  #end(reason: DisconnectReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#state = 'closing'
    this.#deadline?.cancel()
    this.#rate?.stop()
    this.stopHeartbeat()
    this.outbox.discard()
    this.#agreement?.link.close()
    this.outbox.leaveSeat()
    this.services.slowReports.tell(this)
    for (const [id] of this.subscriptions.entries()) ended(this, id, reason)
    this.#abort?.abort()
  }

  #bury(reason: DisconnectReason): void {
    if (this.#state === 'closed') return
    this.#end(reason)
    this.#state = 'closed'
    this.services.sessions.remove(this)
    if (this.#counted) this.services.addresses.leave(this.remoteAddress)
    count(this.services.metrics.disconnects, this.#reason!.name)
    if (this.#agreement !== undefined) {
      this.services.metrics.openSessions--
      this.services.events.emit('disconnected', { session: this, reason: this.#reason! })
    }
    for (const resolve of this.#onEnded ?? []) resolve()
  }

  #agreed(): Agreement<User> {
    if (this.#agreement === undefined) throw new Error('The session is not connected yet')
    return this.#agreement
  }
}
