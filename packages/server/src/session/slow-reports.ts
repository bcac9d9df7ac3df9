import type { Clock, Timer } from '../clock.js'
import type { DropPolicy } from './slow-consumers.js'

const EVERY_MS = 1_000

/** A session that has lost messages under a policy. */
export interface SlowReader {
  slow(policy: DropPolicy, dropped: number): void
}

/**
 * What slow readers have lost, told once a second and not once a message. One timer serves all of them, and runs only while
 * there is something to tell.
 */
export class SlowReports {
  readonly #clock: Clock
  #lost = new Map<SlowReader, Map<DropPolicy, number>>()
  #timer: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** It has lost one message more. */
  add(reader: SlowReader, policy: DropPolicy): void {
    const lost = this.#lost.get(reader)
    if (lost === undefined) this.#lost.set(reader, new Map([[policy, 1]]))
    else lost.set(policy, (lost.get(policy) ?? 0) + 1)
    this.#timer ??= this.#clock.after(EVERY_MS, () => this.#tellAll())
  }

  /** Tells at once what is left to tell of a session that ends. */
  tell(reader: SlowReader): void {
    const lost = this.#lost.get(reader)
    if (lost === undefined) return
    this.#lost.delete(reader)
    if (this.#lost.size === 0) {
      this.#timer?.cancel()
      this.#timer = undefined
    }
    tellOf(reader, lost)
  }

  #tellAll(): void {
    this.#timer = undefined
    const all = this.#lost
    // Whoever hears of it may publish, and so add to it.
    this.#lost = new Map()
    for (const [reader, lost] of all) tellOf(reader, lost)
  }
}

function tellOf(reader: SlowReader, lost: ReadonlyMap<DropPolicy, number>): void {
  for (const [policy, dropped] of lost) reader.slow(policy, dropped)
}
