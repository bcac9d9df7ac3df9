import { Client, Versions } from '@stomp/stompjs'
import type { IFrame, IMessage } from '@stomp/stompjs'
import type { Clock } from './clock.js'
import { ClientError } from './errors.js'
import type { Headers, Link, LinkEvents, MessageFrame, OpenLink, SessionEnd } from './link.js'
import { serverError } from './server-error.js'
import { LOST, Tap } from './socket.js'
import type { ClientSocket } from './socket.js'

export interface Dial {
  readonly via: Link['via']
  /** A socket that is about to open: nothing of it has happened when the promise is kept. */
  readonly open: () => ClientSocket | Promise<ClientSocket>
  /** The headers of CONNECT. */
  readonly connectHeaders: () => Headers | Promise<Headers>
  /** From the first step to CONNECTED. */
  readonly connectTimeoutMs: number
  readonly heartbeat: { readonly outgoingMs: number; readonly incomingMs: number }
  readonly clock: Clock
  /** Takes what a listener threw. */
  readonly report: (error: unknown) => void
}

/** How long a goodbye may take. */
const GOODBYE_MS = 2_000
/** The versions that escape headers and have NACK and heart-beats. */
const VERSIONS = new Versions([Versions.V1_2, Versions.V1_1])

/** The subprotocols to offer to a server over WebSocket. */
export const SUBPROTOCOLS: readonly string[] = VERSIONS.protocolVersions()

/** Sessions over `@stomp/stompjs`: a client of it for each, which never opens a second one by itself. */
export function stompLinks(dial: Dial): OpenLink {
  return (events) => new StompLink(dial, events)
}

class StompLink implements Link {
  readonly via: Link['via']
  readonly #dial: Dial
  readonly #events: LinkEvents
  readonly #client: Client
  readonly #startedAt: number
  readonly #deadline: { cancel(): void }
  readonly #gone: Promise<void>
  #resolveGone: () => void = () => {}
  #tap: Tap | undefined
  #opened = false
  #over = false
  /** The ERROR that came last, if nothing came after it: the end that follows is its doing. */
  #error: ClientError | undefined

  constructor(dial: Dial, events: LinkEvents) {
    this.#dial = dial
    this.#events = events
    this.via = dial.via
    this.#startedAt = dial.clock.now()
    this.#gone = new Promise((resolve) => (this.#resolveGone = resolve))
    this.#client = new Client({
      stompVersions: VERSIONS,
      beforeConnect: (client) => this.#prepare(client),
      webSocketFactory: () => this.#tap!,
      heartbeatIncoming: dial.heartbeat.incomingMs,
      heartbeatOutgoing: dial.heartbeat.outgoingMs,
      discardWebsocketOnCommFailure: true,
      reconnectDelay: 0,
      onConnect: (frame) => this.#connected(frame),
      onStompError: (frame) => this.#refused(frame),
      onUnhandledReceipt: (frame) => this.#receipt(frame),
    })
    this.#deadline = dial.clock.after(dial.connectTimeoutMs, () => {
      this.#fail(new ClientError('timeout', { message: 'No CONNECTED came in time.' }))
    })
    this.#client.activate()
  }

  get heardAt(): number {
    return this.#tap?.heardAt ?? this.#startedAt
  }

  send({ destination, headers, body }: Parameters<Link['send']>[0]): void {
    const payload = typeof body === 'string' ? { body } : { binaryBody: body }
    if (this.#usable) this.#client.publish({ destination, headers: { ...headers }, ...payload })
  }

  subscribe(...[id, destination, headers, onMessage]: Parameters<Link['subscribe']>): void {
    if (!this.#usable) return
    const received = (message: IMessage): void => this.#tell(() => onMessage(this.#frame(message)))
    this.#client.subscribe(destination, received, { ...headers, id })
  }

  unsubscribe(id: string, headers: Headers): void {
    if (this.#usable) this.#client.unsubscribe(id, { ...headers })
  }

  close({ now }: { readonly now: boolean }): Promise<void> {
    this.#over = true
    this.#deadline.cancel()
    const cut = (): void => this.#cut(LOST, 'given up')
    if (now || !this.#client.connected) cut()
    else {
      const deadline = this.#dial.clock.after(GOODBYE_MS, cut)
      void this.#client.deactivate()
      void this.#gone.then(() => deadline.cancel())
    }
    return this.#gone
  }

  get #usable(): boolean {
    return !this.#over && this.#client.connected
  }

  async #prepare(client: Client): Promise<void> {
    const { connectHeaders, open, clock } = this.#dial
    const headers = await this.#attempt('credentials-unavailable', connectHeaders)
    if (headers === undefined) return
    client.connectHeaders = { ...headers }
    const socket = await this.#attempt('socket-unavailable', open)
    if (socket === undefined) return
    this.#tap = new Tap(socket, clock, (code, reason) => this.#ended(code, reason))
    // It was given up meanwhile.
    if (this.#over) this.#tap.give(LOST, 'given up')
  }

  async #attempt<T>(code: ClientError['code'], get: () => T | Promise<T>): Promise<T | undefined> {
    if (this.#over) return undefined
    try {
      return await get()
    } catch (cause) {
      this.#fail(cause instanceof ClientError ? cause : new ClientError(code, { cause }))
      return undefined
    }
  }

  #connected({ headers }: IFrame): void {
    this.#opened = true
    this.#deadline.cancel()
    const [, wanted = '0'] = (headers['heart-beat'] ?? '').split(',')
    const { outgoingMs } = this.#dial.heartbeat
    const intervalMs = Number(wanted) === 0 || outgoingMs === 0 ? 0 : Math.max(outgoingMs, Number(wanted))
    this.#tap!.answerHeartbeats(intervalMs)
    this.#tell(() => this.#events.opened(headers))
  }

  #refused(frame: IFrame): void {
    const { 'receipt-id': receiptId, subscription: subscriptionId } = frame.headers
    const error = serverError(frame.headers, frame.binaryBody)
    this.#error = error
    this.#tell(() => this.#events.refused({ error, receiptId, subscriptionId }))
  }

  #receipt({ headers }: IFrame): void {
    this.#error = undefined
    this.#tell(() => this.#events.receipt(headers['receipt-id'] ?? '', headers))
  }

  #frame(message: IMessage): MessageFrame {
    this.#error = undefined
    return {
      headers: message.headers,
      body: message.binaryBody,
      ack: () => this.#usable && message.ack(),
      nack: () => this.#usable && message.nack(),
    }
  }

  /** What a listener throws is its own affair; `@stomp/stompjs` would write it to the console. */
  #tell(event: () => void): void {
    if (this.#over) return
    try {
      event()
    } catch (error) {
      this.#dial.report(error)
    }
  }

  #fail(error: ClientError): void {
    if (this.#over) return
    this.#error = error
    this.#cut(LOST, error.message)
  }

  #cut(code: number, reason: string): void {
    if (this.#tap === undefined) this.#ended(code, reason)
    else this.#tap.give(code, reason)
  }

  #ended(code: number, reason: string): void {
    this.#deadline.cancel()
    // A connection that just went away, went away: an ERROR that ends a session is followed by a close.
    const error = this.#opened && code === LOST ? undefined : this.#error
    const end: SessionEnd = { code, reason, error }
    this.#tell(() => this.#events.closed(end))
    this.#over = true
    void this.#client.deactivate({ force: true })
    this.#resolveGone()
  }
}
