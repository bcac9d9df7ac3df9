import type { Clock, Timer } from '../clock.js'

/** A session whose client agreed to no heart-beats. */
export interface Watched {
  /** Asks for a sign of life, or gives up where the last two questions had no answer. */
  sweep(): void
}

/**
 * Finds the dead among the sessions whose clients send no heart-beats: a cut cable says nothing. One timer serves all
 * of them, and runs only while there are any.
 */
export class SilenceWatch {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #watched = new Set<Watched>()
  #timer: Timer | undefined

  constructor(clock: Clock, everyMs: number) {
    this.#clock = clock
    this.#everyMs = everyMs
  }

  add(session: Watched): void {
    this.#watched.add(session)
    this.#timer ??= this.#clock.after(this.#everyMs, () => this.#sweep())
  }

  remove(session: Watched): void {
    this.#watched.delete(session)
    if (this.#watched.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #sweep(): void {
    this.#timer = this.#clock.after(this.#everyMs, () => this.#sweep())
    for (const session of this.#watched) session.sweep()
  }
}
