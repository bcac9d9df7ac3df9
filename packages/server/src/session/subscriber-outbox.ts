import type { Subscriber } from '../broker/broker.js'
import type { Delivery } from '../delivery.js'
import type { DisconnectReason } from '../errors.js'
import type { Metrics } from '../observe/metrics.js'
import type { Format } from '../wire.js'
import type { Congestion } from './congestion.js'
import { Outbox } from './outbox.js'
import type { OutboxHost, OutboxSettings, OutboxSink } from './outbox.js'
import type { SlowConsumers } from './slow-consumers.js'

/** The session behind it. */
export interface SubscriberHost extends OutboxHost {
  readonly id: string
  lost(reason: DisconnectReason): void
}

/** What the outboxes of a server's sessions have in common. */
export interface SubscriberSettings extends OutboxSettings {
  readonly slowConsumers: SlowConsumers
}

/**
 * A session as the broker sees it. A fan-out touches each of its subscribers, and what it costs is the memory that it
 * touches: so the broker is given this, which holds all that a delivery needs, and not the session.
 */
export class SubscriberOutbox extends Outbox implements Subscriber {
  /** What the session's frames have to look like. */
  format: Format
  /** The connection is gone: nothing is taken any more. */
  gone = false
  readonly #host: SubscriberHost
  readonly #metrics: Metrics
  readonly #slowConsumers: SlowConsumers
  /** The destination of the message that found it full. */
  #refused: string | undefined

  constructor(host: SubscriberHost, sink: OutboxSink, settings: SubscriberSettings, format: Format) {
    super(host, sink, settings)
    this.format = format
    this.#host = host
    this.#metrics = settings.metrics
    this.#slowConsumers = settings.slowConsumers
  }

  get sessionId(): string {
    return this.#host.id
  }

  /** The destination of the message that found it full. */
  get refused(): string | undefined {
    return this.#refused
  }

  deliver(delivery: Delivery, subscriptionId: string): boolean {
    if (this.gone) return false
    const { congestion } = this
    if (congestion !== undefined) return this.#deliverSlowly(congestion, delivery, subscriptionId)
    this.pushShared(delivery.element(this.format, subscriptionId))
    this.#metrics.deliveries++
    return true
  }

  lost(reason: DisconnectReason): void {
    this.#host.lost(reason)
  }

  #deliverSlowly(congestion: Congestion, delivery: Delivery, subscriptionId: string): boolean {
    const { message } = delivery
    const element = delivery.element(this.format, subscriptionId)
    // One that has to be acknowledged is waited for: dropped, it would hold its place among the unacked for ever.
    const policy = delivery.acks ? undefined : this.#slowConsumers.policyOf(message.destination)
    if (policy !== undefined) congestion.offer(element, policy, subscriptionId, message)
    else if (!congestion.push(element, true)) {
      this.#refused = message.destination
      return false
    }
    this.#metrics.deliveries++
    return true
  }
}
