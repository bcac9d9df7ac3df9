import type { Subscriber } from '../broker/broker.js'
import type { Delivery } from '../delivery.js'
import type { DisconnectReason } from '../errors.js'
import type { Metrics } from '../observe/metrics.js'
import type { Format } from '../wire.js'
import { Outbox } from './outbox.js'
import type { OutboxHost, OutboxSettings } from './outbox.js'

/** The session behind it. */
export interface SubscriberHost extends OutboxHost {
  readonly id: string
  lost(reason: DisconnectReason): void
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

  constructor(
    host: SubscriberHost,
    settings: OutboxSettings & { readonly metrics: Metrics },
    format: Format,
  ) {
    super(host, settings)
    this.format = format
    this.#host = host
    this.#metrics = settings.metrics
  }

  get sessionId(): string {
    return this.#host.id
  }

  deliver(delivery: Delivery, subscriptionId: string): boolean {
    if (this.gone) return false
    const taken = this.pushShared(delivery.element(this.format, subscriptionId))
    if (taken) this.#metrics.deliveries++
    return taken
  }

  lost(reason: DisconnectReason): void {
    this.#host.lost(reason)
  }
}
