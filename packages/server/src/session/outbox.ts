import { NO_SEAT } from '../broker/broker.js'
import type { Seat } from '../broker/broker.js'
import type { Delivery } from '../delivery.js'
import type { Format, Wire } from '../wire.js'
import { Congestion } from './congestion.js'
import type { CongestionHost, CongestionSettings } from './congestion.js'
import type { OutboxTick, Seated } from './outbox-tick.js'
import type { DropPolicy } from './slow-consumers.js'

/** What an outbox writes to: a connection. */
export type OutboxSink = Pick<CongestionHost, 'wire' | 'write'>

/** The session that an outbox writes for. */
export interface OutboxHost extends Omit<CongestionHost, keyof OutboxSink> {
  /** The connection threw. */
  broke(error: unknown): void
}

/** What all outboxes of a server have in common. */
export interface OutboxSettings extends CongestionSettings {
  readonly tick: OutboxTick
}

/**
 * What one session has to write, in order.
 *
 *     idle ──push──> chained ──end of tick: write──> idle
 *                                   └─ write says congested ──> congested ──drained, nothing waits──> idle
 *
 * While congested it leaves the shared chain for a bounded backlog of its own.
 */
export abstract class Outbox implements CongestionHost, Seated {
  // A write touches these, and nothing of the session: with thousands of them, memory is what a fan-out costs.
  readonly wire: Wire
  /** When it last wrote: the `nowMs` of the tick. */
  writtenMs: number
  readonly #sink: OutboxSink
  readonly #host: OutboxHost
  readonly #settings: OutboxSettings
  #seat: number
  #congestion: Congestion | undefined
  #closed = false

  constructor(host: OutboxHost, sink: OutboxSink, settings: OutboxSettings) {
    this.wire = sink.wire
    this.writtenMs = settings.tick.nowMs
    this.#sink = sink
    this.#host = host
    this.#settings = settings
    this.#seat = settings.tick.enter(this)
  }

  abstract deliver(delivery: Delivery, subscriptionId: string): boolean

  /** The format in which deliveries are chained; `undefined`: something is in the way, and `deliver` is asked about each. */
  protected abstract get straight(): Format | undefined

  /** Where deliveries find it without touching it. */
  get seat(): Seat | undefined {
    return this.#seat === NO_SEAT ? undefined : { audience: this.#settings.tick, number: this.#seat }
  }

  /** What `straight` is made of has changed. */
  protected changed(): void {
    this.#settings.tick.deliverAs(this.#seat, this.straight)
  }

  /** Where the connection takes no more for the moment. */
  get congestion(): Congestion | undefined {
    return this.#congestion
  }

  /**
   * Takes an element that other sessions get too.
   *
   * @returns false when the outbox is full and the element was not taken
   */
  pushShared(element: Uint8Array): boolean {
    if (this.#congestion !== undefined) return this.#congestion.push(element, false)
    if (!this.#closed) this.#settings.tick.chain(this.#seat, element)
    return true
  }

  /** Takes an element that is this session's alone; false when the outbox is full. */
  push(element: Uint8Array): boolean {
    if (this.#congestion !== undefined) return this.#congestion.push(element, false)
    if (!this.#closed) this.#settings.tick.chainOwn(this.#seat, element)
    return true
  }

  /** It is closed or discarded: it takes nothing more. */
  get closed(): boolean {
    return this.#closed
  }

  /** The connection took no more when it was written to last. */
  get congested(): boolean {
    return this.#congestion !== undefined
  }

  /** Writes what is chained. */
  flush(): void {
    const link = this.#settings.tick.unchain(this.#seat)
    if (link === undefined || this.write(link.joined(this.wire))) return
    this.#congestion ??= new Congestion(this, this.#settings)
    this.changed()
  }

  /** Writes to the connection; false when it takes no more. */
  write(bytes: Uint8Array): boolean {
    const { tick, metrics } = this.#settings
    metrics.bytesWritten += bytes.length
    this.writtenMs = tick.nowMs
    return this.#sink.write(bytes)
  }

  stalled(): void {
    this.#host.stalled()
  }

  dropped(policy: DropPolicy): void {
    this.#host.dropped(policy)
  }

  broke(error: unknown): void {
    this.discard()
    this.#host.broke(error)
  }

  /** The connection can be written to again. */
  drained(): void {
    if (this.#congestion?.drained() !== true) return
    this.#congestion = undefined
    this.changed()
  }

  /** Writes what it holds, congested or not, and takes nothing more. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.flush()
    this.#congestion?.writeAll()
    this.#leaveCongestion()
  }

  /** Lets go of what it holds and takes nothing more. Idempotent. */
  discard(): void {
    this.#closed = true
    this.#settings.tick.unchain(this.#seat)
    this.#leaveCongestion()
  }

  /** No broker delivers to its seat any more: it can be another's. For one that is closed or discarded. Idempotent. */
  leaveSeat(): void {
    this.#settings.tick.leave(this.#seat)
    this.#seat = NO_SEAT
  }

  #leaveCongestion(): void {
    this.#congestion?.end()
    this.#congestion = undefined
    this.changed()
  }
}
