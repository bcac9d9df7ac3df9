import { encodeHead } from '@stomping-ground/codec'
import type { ServerCommand, StompHeaders } from '@stomping-ground/codec'
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { PeerCertificate } from 'node:tls'
import type { Subscriber } from '../broker/broker.js'
import { frameTail } from '../delivery.js'
import { DISCONNECTS } from '../errors.js'
import type { DisconnectReason } from '../errors.js'
import { count } from '../observe/metrics.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import type { Connection } from '../transport/connection.js'
import { formatOf } from '../wire.js'
import type { Format, Wire } from '../wire.js'
import { Heartbeat } from './heartbeat.js'
import type { HeartbeatHost, HeartbeatSettings } from './heartbeat.js'
import type { SessionServices } from './services.js'
import type { Watched } from './silence-watch.js'
import type { DropPolicy } from './slow-consumers.js'
import type { SlowReader } from './slow-reports.js'
import { SubscriberOutbox } from './subscriber-outbox.js'
import type { SubscriberHost } from './subscriber-outbox.js'

const NO_BODY = new Uint8Array(0)

/** As Node makes them they are strings of twenty pieces, of half a kilobyte: copied, a string of one. */
function newId(): string {
  return Buffer.from(randomUUID(), 'latin1').toString('latin1')
}

/**
 * A session's side of its connection: what it writes, and the signs of life in both directions. A part of the session
 * and no object of its own, because sessions are many and most of them idle.
 */
export abstract class SessionConnection<User extends StompUser>
  implements SubscriberHost, HeartbeatHost, Watched, SlowReader
{
  readonly id = newId()
  readonly services: SessionServices<User>
  protected readonly connection: Connection
  readonly outbox: SubscriberOutbox
  #heartbeat: Heartbeat | undefined
  /** Probes in a row that had no answer. */
  #unanswered = 0

  constructor(connection: Connection, services: SessionServices<User>) {
    this.services = services
    this.connection = connection
    const { outbound } = services
    const format = formatOf(connection.wire, '1.2')
    this.outbox =
      outbound === undefined
        ? new SubscriberOutbox(this, connection, services, format)
        : new SubscriberOutbox(this, connection, services, format, (...delivery) =>
            // The one class that extends this is the session.
            outbound(this as unknown as StompSession<User>, ...delivery),
          )
  }

  /** Whether it reads what comes. */
  abstract readonly reading: boolean
  abstract close(reason: DisconnectReason): void
  /** The session is given up: by the broker, or because its client reads too slowly. */
  abstract lost(reason: DisconnectReason): void
  /** So many messages were dropped under a policy since it was told last. */
  abstract slow(policy: DropPolicy, dropped: number): void
  /** The connection threw. */
  abstract broke(error: unknown): void

  get version(): Format['version'] {
    return this.outbox.format.version
  }

  get remoteAddress(): string {
    return this.connection.remoteAddress
  }

  get request(): IncomingMessage | undefined {
    return this.connection.request
  }

  get certificate(): PeerCertificate | undefined {
    return this.connection.certificate
  }

  get wire(): Wire {
    return this.connection.wire
  }

  /** This session as the broker sees it. */
  get subscriber(): Subscriber {
    return this.outbox
  }

  /** Queues a frame of this session's own. */
  send(command: ServerCommand, headers: StompHeaders, body: Uint8Array = NO_BODY): void {
    const head = encodeHead(command, headers, this.version)
    const taken = this.outbox.push(this.wire.element(head, frameTail(body), true))
    if (!taken) this.lost(DISCONNECTS.slow)
  }

  stalled(): void {
    this.lost(DISCONNECTS.slow)
  }

  dropped(policy: DropPolicy): void {
    count(this.services.metrics.slowDrops, policy.destination)
    this.services.slowReports.add(this, policy)
  }

  /** A subscription has ended: what waits for it and may be dropped is not wanted any more. */
  forgetWaiting(subscriptionId: string): void {
    this.outbox.congestion?.forget(subscriptionId)
  }

  /** Cuts the connection without a goodbye. */
  cut(): void {
    this.connection.destroy()
  }

  // Signs of life.

  protected startHeartbeat(agreed: HeartbeatSettings): void {
    if (agreed.outgoingMs > 0 || agreed.incomingMs > 0) {
      this.#heartbeat = new Heartbeat(this, this.services.clock)
      this.#heartbeat.start(agreed)
      if (agreed.outgoingMs > 0) this.connection.stopHeartbeat?.()
    }
    if (agreed.incomingMs === 0 && this.connection.probe !== undefined) this.services.silence.add(this)
  }

  get writtenMs(): number {
    return this.outbox.writtenMs
  }

  protected stopHeartbeat(): void {
    this.#heartbeat?.stop()
    this.services.silence.remove(this)
  }

  /** Something came from the client. */
  protected heard(): void {
    this.#heartbeat?.received()
    this.#unanswered = 0
  }

  sendHeartbeat(): void {
    // What waits for a congested connection will be the sign of life: no more needs to.
    if ((this.outbox.congestion?.size ?? 0) === 0) this.outbox.pushShared(this.wire.heartbeat)
  }

  probe(): void {
    this.connection.probe?.()
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
}
