import type { Clock, Timer } from '../clock.js'
import type { Limits } from '../limits.js'
import type { Wire } from '../wire.js'
import { Link } from './chain.js'

/** Past this a session's part of the chain is written before the tick ends, so that what a tick holds is bounded. */
const FLUSH_BYTES = 262_144

/** All outboxes of a server: those with something to write are written together, once a tick. */
export class OutboxTick {
  readonly root = Link.root()
  #dirty: Outbox[] = []
  #scheduled = false

  add(outbox: Outbox): void {
    this.#dirty.push(outbox)
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#flush())
  }

  #flush(): void {
    this.#scheduled = false
    const dirty = this.#dirty
    this.#dirty = []
    for (const outbox of dirty) {
      try {
        outbox.flush()
      } catch (error) {
        // A connection that fails to write, which no transport here does, must not silence the others of its tick.
        outbox.broke(error)
      }
    }
    this.root.clear()
  }
}

/** The session that an outbox writes for. */
export interface OutboxHost {
  readonly wire: Wire
  /** Writes to the connection; false when it is congested. */
  write(bytes: Uint8Array): boolean
  /** The connection has been congested for `outboxStallMs`. */
  stalled(): void
  /** The connection threw. */
  broke(error: unknown): void
}

/** What all outboxes of a server have in common. */
export interface OutboxSettings {
  readonly tick: OutboxTick
  readonly clock: Clock
  readonly limits: Limits
}

/**
 * What one session has to write, in order.
 *
 *     idle ──push──> chained ──end of tick: write──> idle
 *                                   └─ write says congested ──> congested ──drained──> idle
 *
 * While congested it leaves the shared chain for a bounded queue of its own.
 */
export class Outbox {
  readonly #host: OutboxHost
  readonly #settings: OutboxSettings
  #link: Link
  #congested: { queue: Uint8Array[]; bytes: number; stall: Timer } | undefined
  #closed = false

  constructor(host: OutboxHost, settings: OutboxSettings) {
    this.#host = host
    this.#settings = settings
    this.#link = settings.tick.root
  }

  /**
   * Takes an element that other sessions get too.
   *
   * @returns false when the outbox is full and the element was not taken
   */
  pushShared(element: Uint8Array): boolean {
    if (this.#congested !== undefined) return this.#queue(element)
    const link = this.#link
    if (link === this.#settings.tick.root) {
      if (this.#closed) return true
      this.#settings.tick.add(this)
    }
    this.#link = link.next(element)
    if (this.#link.length > FLUSH_BYTES) this.flush()
    return true
  }

  /** Takes an element that is this session's alone; false when the outbox is full. */
  push(element: Uint8Array): boolean {
    if (this.#congested !== undefined) return this.#queue(element)
    if (this.#link === this.#settings.tick.root) {
      if (this.#closed) return true
      this.#settings.tick.add(this)
    }
    this.#link = this.#link.own(element)
    if (this.#link.length > FLUSH_BYTES) this.flush()
    return true
  }

  /** Writes what is chained. */
  flush(): void {
    const link = this.#link
    const { root } = this.#settings.tick
    if (link === root) return
    this.#link = root
    if (!this.#host.write(link.joined(this.#host.wire))) this.#congest()
  }

  broke(error: unknown): void {
    this.discard()
    this.#host.broke(error)
  }

  /** The connection can be written to again. */
  drained(): void {
    const congested = this.#congested
    if (congested === undefined) return
    this.#leaveCongestion()
    if (congested.queue.length === 0) return
    if (!this.#host.write(this.#host.wire.batch(congested.queue, congested.bytes))) this.#congest()
  }

  /** Writes what it holds, congested or not, and takes nothing more. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.flush()
    const queue = this.#congested?.queue ?? []
    const bytes = this.#congested?.bytes ?? 0
    this.#leaveCongestion()
    if (queue.length > 0) this.#host.write(this.#host.wire.batch(queue, bytes))
  }

  /** Lets go of what it holds and takes nothing more. Idempotent. */
  discard(): void {
    this.#closed = true
    this.#link = this.#settings.tick.root
    this.#leaveCongestion()
  }

  #congest(): void {
    const { clock, limits } = this.#settings
    const stall = clock.after(limits.outboxStallMs, () => this.#host.stalled())
    this.#congested = { queue: [], bytes: 0, stall }
  }

  #leaveCongestion(): void {
    this.#congested?.stall.cancel()
    this.#congested = undefined
  }

  #queue(element: Uint8Array): boolean {
    const congested = this.#congested!
    // One element is always taken: the frame limit bounds it, and a full outbox must not refuse what was never tried.
    if (congested.bytes + element.length > this.#settings.limits.outboxBytes && congested.bytes > 0)
      return false
    congested.queue.push(element)
    congested.bytes += element.length
    return true
  }
}
