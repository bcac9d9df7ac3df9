import type { Clock, Timer } from '../clock.js'
import type { Limits } from '../limits.js'
import type { Message } from '../message.js'
import type { Metrics } from '../observe/metrics.js'
import type { Wire } from '../wire.js'
import { Backlog } from './backlog.js'
import type { DropPolicy } from './slow-consumers.js'

/**
 * So much of what waits is written at once. What is written is out of reach: the more of it lies in the process before a
 * connection that takes little, the older is what its client reads.
 */
const PART_BYTES = 65_536

export interface CongestionSettings {
  readonly clock: Clock
  readonly limits: Limits
  readonly metrics: Metrics
}

/** Whose connection it is. */
export interface CongestionHost {
  readonly wire: Wire
  /** Writes to the connection; false when it takes no more. */
  write(bytes: Uint8Array): boolean
  /** The connection has taken nothing for as long as it may. */
  stalled(): void
  /** An element was lost, or replaced by a newer one. */
  dropped(policy: DropPolicy): void
}

/**
 * The time from a write that a connection did not take whole until it has taken all that waits since.
 *
 *     strict ──outboxStallMs without a drain──> stalled
 *        │  only what may be dropped has waited: once more, up to outboxStandstillMs
 *        └──> patient ──outboxStandstillMs, or outboxStallMs with something strict──> stalled
 */
export class Congestion {
  readonly #host: CongestionHost
  readonly #settings: CongestionSettings
  readonly #backlog: Backlog
  #stall: Timer
  /** Since when the connection has taken nothing. */
  #since: number
  #patient = false
  /** Whether anything that may be dropped has waited. */
  #lenient = false

  constructor(host: CongestionHost, settings: CongestionSettings) {
    this.#host = host
    this.#settings = settings
    this.#backlog = new Backlog(settings.limits.outboxBytes, (policy) => host.dropped(policy))
    this.#since = settings.clock.now()
    this.#stall = this.#watch(settings.limits.outboxStallMs)
  }

  /** Elements that wait. */
  get size(): number {
    return this.#backlog.size
  }

  /** Takes an element that must not be lost; false when what waits is full. */
  push(element: Uint8Array, strict: boolean): boolean {
    const before = this.#backlog.bytes
    const taken = this.#backlog.push(element, strict)
    this.#account(before)
    if (taken && strict && this.#patient) this.#beStrict()
    return taken
  }

  /** Takes an element that may be dropped, or drops it. */
  offer(element: Uint8Array, policy: DropPolicy, subscriptionId: string, message: Message): void {
    const before = this.#backlog.bytes
    this.#lenient = true
    this.#backlog.offer(element, policy, subscriptionId, message, this.#settings.clock.now())
    this.#account(before)
  }

  /** A subscription has ended. */
  forget(subscriptionId: string): void {
    const before = this.#backlog.bytes
    this.#backlog.forget(subscriptionId)
    this.#account(before)
  }

  /**
   * The connection can be written to: writes what waits, as much as it takes.
   *
   * @returns whether it is over: it has taken all, and takes more
   */
  drained(): boolean {
    this.#stall.cancel()
    this.#patient = false
    this.#since = this.#settings.clock.now()
    this.#stall = this.#watch(this.#settings.limits.outboxStallMs)
    while (this.#backlog.size > 0) if (!this.#write(PART_BYTES)) return false
    this.end()
    return true
  }

  /** Writes all that waits, whether the connection takes it or not. */
  writeAll(): void {
    if (this.#backlog.size > 0) this.#write(Infinity)
  }

  /** Lets go of what waits. Idempotent. */
  end(): void {
    const before = this.#backlog.bytes
    this.#stall.cancel()
    this.#backlog.clear()
    this.#account(before)
  }

  #write(mostBytes: number): boolean {
    const before = this.#backlog.bytes
    const { elements, bytes } = this.#backlog.take(mostBytes, this.#settings.clock.now())
    this.#account(before)
    return elements.length === 0 || this.#host.write(this.#host.wire.batch(elements, bytes))
  }

  #account(before: number): void {
    this.#settings.metrics.waitingBytes += this.#backlog.bytes - before
  }

  #watch(ms: number): Timer {
    return this.#settings.clock.after(ms, () => {
      const rest = this.#settings.limits.outboxStandstillMs - this.#stillMs
      if (this.#patient || !this.#lenient || this.#backlog.strict > 0 || rest <= 0) this.#host.stalled()
      else {
        this.#patient = true
        this.#stall = this.#watch(rest)
      }
    })
  }

  /** Something has come for which the client may not let us wait that long. */
  #beStrict(): void {
    const { outboxStallMs, outboxStandstillMs } = this.#settings.limits
    this.#stall.cancel()
    this.#stall = this.#watch(Math.max(1, Math.min(outboxStallMs, outboxStandstillMs - this.#stillMs)))
  }

  get #stillMs(): number {
    return this.#settings.clock.now() - this.#since
  }
}
