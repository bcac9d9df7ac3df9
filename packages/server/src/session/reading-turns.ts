import type { Clock } from '../clock.js'

/** So long one session's frames may take of one turn of the event loop, but for the last of them. */
const SLICE_MS = 10

/** Who reads frames. */
export interface TurnReader {
  /** The next turn has come. */
  goOn(): void
}

/**
 * Lets the frames of one session take no more than a part of each turn of the event loop. What a client sends in one go is
 * read in one go, thousands of frames of it; between two turns everybody else is read, and written to.
 *
 *     begin ──> reads ──its part is used up──> waits ──the next turn──> goOn
 */
export class ReadingTurns {
  readonly #clock: Clock
  /** Whose part of this turn runs: sockets are read several times in a row. */
  #reader: TurnReader | undefined
  #endsMs = 0
  #waiting: TurnReader[] = []
  #scheduled = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether frames may be read now: its part of this turn begins, or is not used up. */
  begin(reader: TurnReader): boolean {
    if (this.#reader === reader) return !this.over
    this.#reader = reader
    this.#endsMs = this.#clock.now() + SLICE_MS
    this.#schedule()
    return true
  }

  /** Whether the part of the one that reads is used up. */
  get over(): boolean {
    return this.#clock.now() >= this.#endsMs
  }

  /** It goes on in the next turn. */
  wait(reader: TurnReader): void {
    this.#waiting.push(reader)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    this.#scheduled = false
    this.#reader = undefined
    const waiting = this.#waiting
    this.#waiting = []
    for (const reader of waiting) reader.goOn()
  }
}
