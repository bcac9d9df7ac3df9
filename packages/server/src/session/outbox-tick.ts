import { NO_SEAT } from '../broker/broker.js'
import type { Audience } from '../broker/broker.js'
import type { Clock } from '../clock.js'
import type { Delivery } from '../delivery.js'
import type { Metrics } from '../observe/metrics.js'
import type { Format } from '../wire.js'
import { Link } from './chain.js'

/**
 * Past this a session's part of the chain is written before the tick ends: what a tick holds is bounded by that, and what
 * a reader that is slow has before it that no policy can take back.
 */
const FLUSH_BYTES = 65_536

/** An outbox as the tick sees it. */
export interface Seated {
  /** As a `Subscriber` does. */
  deliver(delivery: Delivery, subscriptionId: string): boolean
  flush(): void
  /** The connection threw. */
  broke(error: unknown): void
}

/**
 * All outboxes of a server, by seats: those with something to write are written together, once a tick.
 *
 * What a delivery reads and writes of each lies side by side here, and not in the outboxes. Thousands of sessions do not
 * fit into a processor's caches, and a fan-out that touches an object of each waits for memory, once a message.
 */
export class OutboxTick implements Audience {
  readonly root = Link.root()
  /** When the last tick was written, by `wrappedMs`: the clock is read once for all that are written in it. */
  nowMs: number
  readonly #clock: Clock
  readonly #metrics: Metrics
  /** By seat: the link that it stands on. */
  readonly #stands: Link[] = [this.root]
  /** By seat: what deliveries are chained as; `undefined` where they have to go by the outbox. */
  readonly #formats: (Format | undefined)[] = [undefined]
  readonly #outboxes: (Seated | undefined)[] = [undefined]
  readonly #free: number[] = []
  /** Seats of those that have something to write; a seat may be here twice, or be somebody else's by now. */
  #due: number[] = []
  #scheduled = false
  #flushing = false

  constructor(clock: Clock, metrics: Metrics) {
    this.#clock = clock
    this.#metrics = metrics
    this.nowMs = wrappedMs(clock)
  }

  /** @returns its seat, until it leaves */
  enter(outbox: Seated): number {
    const seat = this.#free.pop() ?? this.#outboxes.length
    this.#stands[seat] = this.root
    this.#outboxes[seat] = outbox
    this.#formats[seat] = undefined
    return seat
  }

  /** Nothing may be delivered at this seat any more: it is the next one's. */
  leave(seat: number): void {
    if (seat === NO_SEAT) return
    this.unchain(seat)
    this.#outboxes[seat] = undefined
    this.#free.push(seat)
  }

  /** From now on deliveries at this seat are chained in this format; `undefined`: the outbox is asked about each. */
  deliverAs(seat: number, format: Format | undefined): void {
    this.#formats[seat] = format
  }

  deliver(seat: number, delivery: Delivery, subscriptionId: string): boolean {
    const format = this.#formats[seat]
    if (format === undefined) return this.#outboxes[seat]!.deliver(delivery, subscriptionId)
    this.chain(seat, delivery.element(format, subscriptionId))
    this.#metrics.deliveries++
    return true
  }

  /** Chains an element that others get too. */
  chain(seat: number, element: Uint8Array): void {
    this.#stand(seat, this.#stands[seat]!.next(element))
  }

  /** Chains an element that nobody else gets. */
  chainOwn(seat: number, element: Uint8Array): void {
    this.#stand(seat, this.#stands[seat]!.own(element))
  }

  /** @returns the link it stood on, or `undefined` where nothing was chained; it stands on the root now */
  unchain(seat: number): Link | undefined {
    const link = this.#stands[seat]!
    if (link === this.root) return undefined
    this.#stands[seat] = this.root
    return link
  }

  #stand(seat: number, link: Link): void {
    if (this.#stands[seat] === this.root) {
      this.#due.push(seat)
      if (!this.#scheduled) this.#schedule()
    }
    this.#stands[seat] = link
    if (link.length > FLUSH_BYTES) this.#outboxes[seat]!.flush()
  }

  #schedule(): void {
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.flush()
    })
  }

  /** Writes what there is: at the end of a tick, or while one takes long. Does nothing where it is called by a write of its own. */
  flush(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.nowMs = wrappedMs(this.#clock)
    // In the order of the seats, which is mostly that of their memory.
    const due = new Int32Array(this.#due).toSorted()
    this.#due = []
    try {
      for (const seat of due) writeOf(this.#outboxes[seat])
    } finally {
      this.root.clear()
      this.#flushing = false
    }
  }
}

function writeOf(outbox: Seated | undefined): void {
  try {
    outbox?.flush()
  } catch (error) {
    // A connection that fails to write, which no transport here does, must not silence the others of its tick.
    outbox!.broke(error)
  }
}

/**
 * The clock in whole milliseconds of 32 bits: a number that V8 keeps in the object itself. It wraps after 49 days; two of
 * them are compared by `(one - other) | 0`.
 */
export function wrappedMs(clock: Clock): number {
  return clock.now() | 0
}
