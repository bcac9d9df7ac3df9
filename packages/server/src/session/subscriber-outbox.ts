import type { Subscriber } from '../broker/broker.js'
import type { Delivery } from '../delivery.js'
import type { DisconnectReason } from '../errors.js'
import type { Message } from '../message.js'
import type { Metrics } from '../observe/metrics.js'
import type { Format } from '../wire.js'
import type { Congestion } from './congestion.js'
import { Detours, GONE } from './detours.js'
import type { Detour, Outbound } from './detours.js'
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
 * A session as the broker sees it. What a delivery costs is the memory that it touches: a topic delivers at its seat, and
 * comes here where something is in the way; a queue always does.
 */
export class SubscriberOutbox extends Outbox implements Subscriber {
  #format: Format
  /** Where deliveries go first. */
  #detour: Detour | undefined
  readonly #host: SubscriberHost
  readonly #metrics: Metrics
  readonly #slowConsumers: SlowConsumers
  readonly #outbound: Outbound | undefined
  /** The destination of the message that found it full. */
  #refused: string | undefined

  constructor(
    host: SubscriberHost,
    sink: OutboxSink,
    settings: SubscriberSettings,
    format: Format,
    outbound?: Outbound,
  ) {
    super(host, sink, settings)
    this.#format = format
    this.#host = host
    this.#metrics = settings.metrics
    this.#slowConsumers = settings.slowConsumers
    this.#outbound = outbound
    this.#detour = outbound === undefined ? undefined : this.#newDetours()
  }

  /** What the session's frames have to look like. */
  get format(): Format {
    return this.#format
  }

  set format(format: Format) {
    this.#format = format
    this.changed()
  }

  get sessionId(): string {
    return this.#host.id
  }

  /** The destination of the message that found it full. */
  get refused(): string | undefined {
    return this.#refused
  }

  deliver(delivery: Delivery, subscriptionId: string): boolean {
    const detour = this.#detour
    return detour === undefined
      ? this.#take(delivery, subscriptionId)
      : detour.deliver(delivery, subscriptionId)
  }

  protected override get straight(): Format | undefined {
    const free = this.#detour === undefined && this.congestion === undefined && !this.closed
    return free ? this.#format : undefined
  }

  /** The connection is gone: nothing is taken any more. */
  leave(): void {
    this.#detour = GONE
    this.changed()
  }

  /** What comes for a subscription waits until `release`, within so many bytes: see `Detours`. */
  hold(subscriptionId: string, heldBytes: number): void {
    if (this.#detour === undefined) {
      this.#detour = this.#newDetours()
      this.changed()
    }
    if (this.#detour instanceof Detours) this.#detour.hold(subscriptionId, heldBytes)
  }

  /** More has come for it than could be held. */
  overflowed(subscriptionId: string): boolean {
    return this.#detour instanceof Detours && this.#detour.overflowed(subscriptionId)
  }

  /**
   * Delivers the snapshot, then what was held.
   *
   * @returns false when the outbox is full
   */
  release(
    subscriptionId: string,
    isIn: ((message: Message) => boolean | undefined) | undefined,
    first: Delivery | undefined,
  ): boolean {
    const detour = this.#detour
    if (!(detour instanceof Detours)) return first === undefined || this.deliver(first, subscriptionId)
    const taken = detour.release(subscriptionId, isIn, first)
    this.#straighten()
    return taken
  }

  /** What was held for a subscription is gone, and nothing is held back from it any more. */
  forgetHeld(subscriptionId: string): void {
    if (!(this.#detour instanceof Detours)) return
    this.#detour.forget(subscriptionId)
    this.#straighten()
  }

  #straighten(): void {
    if (!(this.#detour instanceof Detours && this.#detour.idle)) return
    this.#detour = undefined
    this.changed()
  }

  #newDetours(): Detours {
    return new Detours((delivery, subscriptionId) => this.#take(delivery, subscriptionId), this.#outbound)
  }

  #take(delivery: Delivery, subscriptionId: string): boolean {
    const { congestion } = this
    if (congestion !== undefined) return this.#deliverSlowly(congestion, delivery, subscriptionId)
    this.pushShared(delivery.element(this.#format, subscriptionId))
    this.#metrics.deliveries++
    return true
  }

  lost(reason: DisconnectReason): void {
    this.#host.lost(reason)
  }

  #deliverSlowly(congestion: Congestion, delivery: Delivery, subscriptionId: string): boolean {
    const { message } = delivery
    const element = delivery.element(this.#format, subscriptionId)
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
