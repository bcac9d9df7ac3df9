import type { Clock } from '../../clock.js'

/** Up to this nothing is won by waiting. */
const CHEAP_MS = 2
/** What is waited at most, and which part of what the last batch cost. */
const MOST_MS = 4
const PART = 4

/**
 * Brokers write message by message, so of a burst the first message comes alone, and the others while that one is written to
 * everybody here. A batch costs many sessions hardly more than one message does, so where the last batch cost milliseconds
 * and was more than one message, the next is waited for: at most a quarter of what it will cost.
 */
export class Gathering {
  readonly #clock: Clock
  readonly #take: () => number
  #isBurst = false
  #costMs = 0
  #waits = false

  /** @param take carries out all that has arrived, and tells how many messages that was */
  constructor(clock: Clock, take: () => number) {
    this.#clock = clock
    this.#take = take
  }

  /** Something has arrived: it is carried out now, or a moment later together with what follows. */
  arrived(): void {
    if (this.#waits) return
    if (!this.#isBurst || this.#costMs < CHEAP_MS) return this.#takeAll()
    this.#waits = true
    this.#clock.after(Math.min(this.#costMs / PART, MOST_MS), () => {
      this.#waits = false
      this.#takeAll()
    })
  }

  #takeAll(): void {
    const began = this.#clock.now()
    this.#isBurst = this.#take() > 1
    // The outboxes are written in the immediates that the messages have just asked for.
    setImmediate(() => (this.#costMs = this.#clock.now() - began))
  }
}
