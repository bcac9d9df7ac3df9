import type { Clock } from '../clock.js'

/** A socket, or a response, whose connection has not been served yet. */
export interface Candidate {
  readonly destroyed: boolean
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

export interface AdmissionOptions {
  readonly clock: Clock
  /** How much of one turn of the event loop handshakes may take. */
  readonly handshakeMs: number
  /** How many may wait for their turn. */
  readonly handshakesWaiting: number
  /** Hears how many wait, whenever that changes. */
  readonly waiting?: (count: number) => void
}

interface Waiting {
  readonly candidate: Candidate
  readonly serve: () => void
}

const ignore = (): void => {}

/**
 * Lets new connections in no faster than the process can serve them beside those that are there. Handshakes have a part of
 * each turn of the event loop; what does not fit waits, in order, for the next turns. Between two of them the loop reads
 * and writes for everyone else, so a storm of clients that come back costs live sessions a bounded delay.
 *
 *     enter ──this turn has time left, nobody waits──> served at once
 *       ├──> waiting ──its turn, the connection is still there──> served
 *       └──full──> false: the caller tells the client to come again
 */
export class Admission {
  readonly #options: AdmissionOptions
  #waiting: Waiting[] = []
  /** Where the next one stands in `#waiting`. */
  #next = 0
  /** What handshakes have taken of this turn. */
  #spentMs = 0
  #scheduled = false

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /** Connections that wait. */
  get waiting(): number {
    return this.#waiting.length - this.#next
  }

  /**
   * Serves a new connection, now or in its turn; not at all where it is gone by then.
   *
   * @returns false where too many wait: it will not be served
   */
  enter(candidate: Candidate, serve: () => void): boolean {
    if (this.waiting === 0 && this.#spentMs < this.#options.handshakeMs) this.#serve(serve)
    else if (this.waiting >= this.#options.handshakesWaiting) return false
    else {
      // Nobody else listens meanwhile, and an error without a listener ends the process.
      candidate.on('error', ignore)
      this.#waiting.push({ candidate, serve })
      this.#options.waiting?.(this.waiting)
    }
    this.#schedule()
    return true
  }

  #serve(serve: () => void): void {
    const { clock } = this.#options
    const begun = clock.now()
    try {
      serve()
    } finally {
      this.#spentMs += clock.now() - begun
    }
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    const { waiting } = this
    const idle = this.#spentMs === 0
    this.#scheduled = false
    this.#spentMs = 0
    try {
      while (this.waiting > 0 && this.#spentMs < this.#options.handshakeMs) this.#serveNext()
    } finally {
      if (this.waiting > 0 || !idle) this.#schedule()
      if (this.waiting !== waiting) this.#options.waiting?.(this.waiting)
    }
  }

  #serveNext(): void {
    const { candidate, serve } = this.#waiting[this.#next++]!
    if (this.#next === this.#waiting.length) {
      this.#waiting = []
      this.#next = 0
    }
    candidate.off('error', ignore)
    if (!candidate.destroyed) this.#serve(serve)
  }
}
