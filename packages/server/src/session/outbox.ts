import type { Clock } from '../clock.js'
import type { Wire } from '../wire.js'
import { Link } from './chain.js'
import { Congestion } from './congestion.js'
import type { CongestionHost, CongestionSettings } from './congestion.js'
import type { DropPolicy } from './slow-consumers.js'

/**
 * Past this a session's part of the chain is written before the tick ends: what a tick holds is bounded by that, and what
 * a reader that is slow has before it that no policy can take back.
 */
const FLUSH_BYTES = 65_536

/** All outboxes of a server: those with something to write are written together, once a tick. */
export class OutboxTick {
  readonly root = Link.root()
  /** When the last tick was written, by `wrappedMs`: the clock is read once for all that are written in it. */
  nowMs: number
  readonly #clock: Clock
  #dirty: Outbox[] = []
  #scheduled = false
  #flushing = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.nowMs = wrappedMs(clock)
  }

  add(outbox: Outbox): void {
    this.#dirty.push(outbox)
    if (this.#scheduled) return
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
    const dirty = this.#dirty
    this.#dirty = []
    try {
      for (const outbox of dirty) writeOf(outbox)
    } finally {
      this.root.clear()
      this.#flushing = false
    }
  }
}

function writeOf(outbox: Outbox): void {
  try {
    outbox.flush()
  } catch (error) {
    // A connection that fails to write, which no transport here does, must not silence the others of its tick.
    outbox.broke(error)
  }
}

/**
 * The clock in whole milliseconds of 32 bits: a number that V8 keeps in the object itself. It wraps after 49 days; two of
 * them are compared by `(one - other) | 0`.
 */
export function wrappedMs(clock: Clock): number {
  return clock.now() | 0
}

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
export class Outbox implements CongestionHost {
  // A write touches these, and nothing of the session: with thousands of them, memory is what a fan-out costs.
  readonly wire: Wire
  /** When it last wrote: the `nowMs` of the tick. */
  writtenMs: number
  readonly #sink: OutboxSink
  readonly #host: OutboxHost
  readonly #settings: OutboxSettings
  #link: Link
  #congestion: Congestion | undefined
  #closed = false

  constructor(host: OutboxHost, sink: OutboxSink, settings: OutboxSettings) {
    this.wire = sink.wire
    this.writtenMs = settings.tick.nowMs
    this.#sink = sink
    this.#host = host
    this.#settings = settings
    this.#link = settings.tick.root
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
    if (this.#congestion !== undefined) return this.#congestion.push(element, false)
    if (this.#link === this.#settings.tick.root) {
      if (this.#closed) return true
      this.#settings.tick.add(this)
    }
    this.#link = this.#link.own(element)
    if (this.#link.length > FLUSH_BYTES) this.flush()
    return true
  }

  /** The connection took no more when it was written to last. */
  get congested(): boolean {
    return this.#congestion !== undefined
  }

  /** Writes what is chained. */
  flush(): void {
    const link = this.#link
    const { root } = this.#settings.tick
    if (link === root) return
    this.#link = root
    if (this.write(link.joined(this.wire))) return
    this.#congestion ??= new Congestion(this, this.#settings)
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
    if (this.#congestion?.drained() === true) this.#congestion = undefined
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
    this.#link = this.#settings.tick.root
    this.#leaveCongestion()
  }

  #leaveCongestion(): void {
    this.#congestion?.end()
    this.#congestion = undefined
  }
}
