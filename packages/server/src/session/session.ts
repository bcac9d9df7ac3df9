import { FrameError, StompHeaders, encodeHead } from '@stomping-ground/codec'
import type { ClientCommand, Frame, ServerCommand } from '@stomping-ground/codec'
import { randomUUID } from 'node:crypto'
import type { Awaitable } from '../awaitable.js'
import type { IncomingMessage } from 'node:http'
import type { PeerCertificate } from 'node:tls'
import type { BrokerLink, Subscriber } from '../broker/broker.js'
import type { Timer } from '../clock.js'
import { frameTail } from '../delivery.js'
import { DISCONNECTS, StompError } from '../errors.js'
import type { DisconnectReason } from '../errors.js'
import { count } from '../observe/metrics.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import type { Connection, ConnectionHandler } from '../transport/connection.js'
import { formatOf } from '../wire.js'
import type { Format, Wire } from '../wire.js'
import { errorFrame } from './error-frame.js'
import { FRAME_TABLE } from './frame-table.js'
import { Heartbeat } from './heartbeat.js'
import type { HeartbeatHost, HeartbeatSettings } from './heartbeat.js'
import { Inbox } from './inbox.js'
import type { InboxHost } from './inbox.js'
import type { SessionServices } from './services.js'
import type { Watched } from './silence-watch.js'
import { SubscriberOutbox } from './subscriber-outbox.js'
import type { SubscriberHost } from './subscriber-outbox.js'
import { Transactions } from './transactions.js'

/**
 * The states of a session; `FRAME_TABLE` says which frames each takes.
 *
 *     connecting ──CONNECT──> authenticating ──CONNECTED──> connected
 *          │                        │                           │
 *          └────────────────────────┴──── ERROR, DISCONNECT, ───┘
 *                                         silence, shutdown
 *                                                ▼
 *                                             closing ──the connection is gone──> closed
 */
export type SessionState = 'connecting' | 'authenticating' | 'connected' | 'closing' | 'closed'

/** What CONNECT settled. */
export interface Agreement<User> {
  readonly user: User
  readonly link: BrokerLink
  /** The client asked with `x-error-mode: keep` to stay connected after an ERROR, where the frame boundary is sound. */
  readonly keepOnError: boolean
}

const NO_BODY = new Uint8Array(0)

/** One STOMP conversation on one connection. */
export class Session<User extends StompUser>
  implements StompSession<User>, ConnectionHandler, InboxHost, SubscriberHost, HeartbeatHost, Watched
{
  readonly id = randomUUID()
  readonly services: SessionServices<User>
  /** Destinations by subscription id. */
  readonly subscriptions = new Map<string, string>()
  readonly #connection: Connection
  readonly #inbox: Inbox
  readonly #outbox: SubscriberOutbox
  /** Whether it counts among the connections of its address. */
  readonly #counted: boolean
  #state: SessionState = 'connecting'
  #agreement: Agreement<User> | undefined
  #heartbeat: Heartbeat | undefined
  /** Until `connected`, the time to CONNECT; when the connection is gone, the time to carry out what it brought. */
  #deadline: Timer | undefined
  /** Why the connection went, where frames that it brought are still to be carried out. */
  #gone: DisconnectReason | undefined
  /** Probes in a row that had no answer. */
  #unanswered = 0
  #reason: DisconnectReason | undefined
  #abort: AbortController | undefined
  #attributes: Map<string | symbol, unknown> | undefined
  #transactions: Transactions | undefined
  #onEnded: (() => void)[] | undefined

  constructor(connection: Connection, services: SessionServices<User>) {
    const { limits, clock } = services
    this.services = services
    this.#connection = connection
    this.#inbox = new Inbox(this, limits)
    this.#outbox = new SubscriberOutbox(this, services, formatOf(connection.wire, '1.2'))
    this.#deadline = clock.after(limits.connectMs, () => this.refuse(new StompError('connect-timeout')))
    services.sessions.add(this)
    services.metrics.connections++
    this.#counted = services.addresses.enter(connection.remoteAddress)
    if (!this.#counted) this.refuse(new StompError('too-many-connections'))
  }

  // What applications see.

  get user(): User {
    return this.#agreed().user
  }

  get version(): Format['version'] {
    return this.#outbox.format.version
  }

  get remoteAddress(): string {
    return this.#connection.remoteAddress
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (!this.open || this.#gone !== undefined) this.#abort.abort()
    return this.#abort.signal
  }

  get attributes(): Map<string | symbol, unknown> {
    return (this.#attributes ??= new Map())
  }

  disconnect(): void {
    this.close(DISCONNECTS.application)
  }

  // What the frame table uses.

  get state(): SessionState {
    return this.#state
  }

  get request(): IncomingMessage | undefined {
    return this.#connection.request
  }

  get certificate(): PeerCertificate | undefined {
    return this.#connection.certificate
  }

  get wire(): Wire {
    return this.#connection.wire
  }

  get transactions(): Transactions {
    return (this.#transactions ??= new Transactions(this.services.limits))
  }

  /** This session as the broker sees it. */
  get subscriber(): Subscriber {
    return this.#outbox
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
    this.#outbox.format = format
  }

  /** CONNECT has succeeded. */
  connected(agreement: Agreement<User>, heartbeat: HeartbeatSettings): void {
    const { limits, clock, metrics } = this.services
    this.#agreement = agreement
    this.#inbox.connected(this.version, limits)
    this.#deadline?.cancel()
    this.#deadline = undefined
    this.#connection.forgetRequest?.()
    this.#state = 'connected'
    if (heartbeat.outgoingMs > 0 || heartbeat.incomingMs > 0) {
      this.#heartbeat = new Heartbeat(this, clock)
      this.#heartbeat.start(heartbeat)
      if (heartbeat.outgoingMs > 0) this.#connection.stopHeartbeat?.()
    }
    if (heartbeat.incomingMs === 0 && this.#connection.probe !== undefined) this.services.silence.add(this)
    metrics.sessions++
    metrics.openSessions++
  }

  /** Queues a frame of this session's own. */
  send(command: ServerCommand, headers: StompHeaders, body: Uint8Array = NO_BODY): void {
    const head = encodeHead(command, headers, this.version)
    const taken = this.#outbox.push(this.wire.element(head, frameTail(body), true))
    if (!taken) this.lost(DISCONNECTS.slow)
  }

  /** Sends the receipt that a frame asks for, with these headers besides. */
  acknowledge(frame: Frame, besides: readonly string[] = []): void {
    const receipt = frame.headers.get('receipt')
    // STOMP 1.2 "RECEIPT": receipt-id is the value of the receipt header of the frame
    if (receipt !== undefined && this.#state === 'connected') {
      this.send('RECEIPT', new StompHeaders(['receipt-id', receipt, ...besides]))
    }
  }

  /** Resolves when the connection is gone. */
  get ended(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve()
    return new Promise((resolve) => (this.#onEnded ??= []).push(resolve))
  }

  /** Cuts the connection without a goodbye. */
  cut(): void {
    this.#connection.destroy()
  }

  // Bytes in: the transport calls.

  received(bytes: Uint8Array): void {
    if (!this.open) return
    this.#heartbeat?.received()
    this.#unanswered = 0
    if (bytes.length === 0) return
    this.services.metrics.bytesReceived += bytes.length
    this.#inbox.push(bytes)
  }

  drained(): void {
    this.#outbox.drained()
    if (this.#state === 'connected') this.link.ready()
  }

  /** The client has closed its side: it gets the answers to what it has sent. */
  finished(): void {
    if (this.open) this.#finish(DISCONNECTS.lost)
  }

  closed(reason: DisconnectReason): void {
    // STOMP 1.2 "RECEIPT": if the client disconnects, previously received frames SHOULD continue to get processed
    if (this.#state === 'connected' && this.#inbox.busy) this.#outlive(reason)
    else this.#bury(reason)
  }

  /** Carries out what waits behind the frame at work. Nothing is delivered meanwhile, and the signal is aborted. */
  #outlive(reason: DisconnectReason): void {
    this.#gone = reason
    this.#outbox.gone = true
    this.#heartbeat?.stop()
    this.services.silence.remove(this)
    this.#outbox.discard()
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

  #bury(reason: DisconnectReason): void {
    if (this.#state === 'closed') return
    this.#end(reason)
    this.#state = 'closed'
    this.services.sessions.delete(this)
    if (this.#counted) this.services.addresses.leave(this.remoteAddress)
    count(this.services.metrics.disconnects, this.#reason!.name)
    if (this.#agreement !== undefined) {
      this.services.metrics.openSessions--
      this.services.events.emit('disconnected', { session: this, reason: this.#reason! })
    }
    for (const resolve of this.#onEnded ?? []) resolve()
  }

  // Messages out: the broker calls.

  lost(reason: DisconnectReason): void {
    if (this.#gone !== undefined) return
    if (reason === DISCONNECTS.slow) this.#outbox.discard()
    this.close(reason)
  }

  // The inbox calls.

  get open(): boolean {
    return this.#state !== 'closing' && this.#state !== 'closed'
  }

  handle(frame: Frame<ClientCommand>): Awaitable<void> {
    this.services.metrics.framesReceived++
    const { takenIn, refusal, run } = FRAME_TABLE[frame.command]
    if (this.#state !== takenIn) throw new StompError(refusal)
    return run(this, frame)
  }

  pauseReading(): void {
    this.services.metrics.inboxPauses++
    this.#connection.pause()
  }

  resumeReading(): void {
    // What the client sent meanwhile is only read from now on.
    this.#heartbeat?.received()
    this.#connection.resume()
  }

  // The outbox and the heart-beat call.

  write(bytes: Uint8Array): boolean {
    this.services.metrics.bytesWritten += bytes.length
    this.#heartbeat?.wrote()
    return this.#connection.write(bytes)
  }

  broke(error: unknown): void {
    this.services.events.emit('failed', {
      session: this.#agreement === undefined ? undefined : this,
      error,
      during: 'writing',
    })
    this.cut()
  }

  stalled(): void {
    this.lost(DISCONNECTS.slow)
  }

  get reading(): boolean {
    return !this.#inbox.paused
  }

  sendHeartbeat(): void {
    this.#outbox.pushShared(this.wire.heartbeat)
  }

  probe(): void {
    this.#connection.probe?.()
  }

  sweep(): void {
    if (!this.reading) return
    if (this.#unanswered === 2) return this.silent()
    this.#unanswered++
    this.probe()
  }

  silent(): void {
    this.close(DISCONNECTS.heartbeat)
  }

  /** Tells the client with an ERROR what it did, and ends the session, unless it may and wants to go on. */
  refuse(error: unknown, frame?: Frame, reason: DisconnectReason = DISCONNECTS.refused): void {
    if (this.#stopped(error)) return
    const refusal = this.#asRefusal(error, frame)
    if (!this.open) return
    const { code, message } = refusal
    const destination = frame?.headers.get('destination')
    count(this.services.metrics.refusals, code)
    this.services.events.emit('refused', {
      session: this.#agreement === undefined ? undefined : this,
      remoteAddress: this.remoteAddress,
      code,
      message,
      command: frame?.command,
      destination,
    })
    const receipt = error instanceof FrameError ? error.receiptId : frame?.headers.get('receipt')
    this.send('ERROR', ...errorFrame(refusal, receipt))
    const goesOn = this.#state === 'connected' && frame !== undefined && this.#agreed().keepOnError
    // STOMP 1.2 "ERROR": the server MUST then close the connection just after sending the ERROR frame
    if (!goesOn) this.close(reason)
  }

  /** Ends the session: the transport first, after what was queued. Idempotent. */
  close(reason: DisconnectReason): void {
    if (!this.open) return
    this.#state = 'closing'
    this.#outbox.close()
    this.#connection.close(reason)
    this.#end(reason)
    if (this.#gone !== undefined) this.#bury(this.#gone)
  }

  #end(reason: DisconnectReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#state = 'closing'
    this.#deadline?.cancel()
    this.#heartbeat?.stop()
    this.services.silence.remove(this)
    this.#outbox.discard()
    this.#agreement?.link.close()
    for (const [subscriptionId, destination] of this.subscriptions) {
      this.services.metrics.openSubscriptions--
      this.services.events.emit('unsubscribed', { session: this, subscriptionId, destination, reason })
    }
    this.subscriptions.clear()
    this.#abort?.abort()
  }

  #agreed(): Agreement<User> {
    if (this.#agreement === undefined) throw new Error('The session is not connected yet')
    return this.#agreement
  }

  /** Whether somebody stopped because the session's signal told it to: that is no failure. */
  #stopped(error: unknown): boolean {
    const told = this.#reason !== undefined || this.#gone !== undefined
    return told && error instanceof Error && error.name === 'AbortError'
  }

  #asRefusal(error: unknown, frame: Frame | undefined): StompError {
    if (error instanceof StompError) return error
    if (error instanceof FrameError) return new StompError(error.code, error.message, { cause: error })
    this.services.events.emit('failed', {
      session: this.#agreement === undefined ? undefined : this,
      error,
      during: `${frame?.command ?? 'reading'} ${frame?.headers.get('destination') ?? ''}`.trimEnd(),
    })
    return new StompError('handler-failed', undefined, { cause: error })
  }
}
