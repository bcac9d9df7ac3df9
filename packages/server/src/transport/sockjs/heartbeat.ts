import type { Clock, Timer } from '../../clock.js'

/** Calls back when nothing was written for an interval: proxies cut connections on which nothing moves. */
export class IdleWatch {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #idle: () => void
  #timer: Timer | undefined
  #lastWritten = 0
  #off: boolean

  /** @param intervalMs 0: it never calls back */
  constructor(clock: Clock, intervalMs: number, idle: () => void) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#idle = idle
    this.#off = intervalMs === 0
  }

  /** Begins an interval. */
  start(): void {
    if (this.#off) return
    this.#lastWritten = this.#clock.now()
    this.#timer?.cancel()
    this.#wait(this.#intervalMs)
  }

  wrote(): void {
    if (!this.#off) this.#lastWritten = this.#clock.now()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Stops for good. */
  disable(): void {
    this.#off = true
    this.stop()
  }

  // A write only notes the time: there is one timer for each interval, not for each write.
  #wait(ms: number): void {
    this.#timer = this.#clock.after(ms, () => {
      const left = this.#lastWritten + this.#intervalMs - this.#clock.now()
      if (left > 0) return this.#wait(left)
      this.#lastWritten = this.#clock.now()
      this.#wait(this.#intervalMs)
      this.#idle()
    })
  }
}
