import type { Clock } from '../clock.js'
import { Fifo } from '../fifo.js'
import { Strangers } from './strangers.js'

/** A socket, or a response, whose connection has not been served yet. */
export interface Candidate {
  readonly destroyed: boolean
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
}

/** How many wait at this moment. */
export interface AdmissionCounts {
  /** New connections. */
  handshakesWaiting: number
  /** Connections that were let in: with what they bring first, or with their leaving. */
  turnsWaiting: number
}

export interface AdmissionOptions {
  readonly clock: Clock
  /** How much of one turn of the event loop may be taken by those who come and go. */
  readonly handshakeMs: number
  /** How many new connections may wait for their turn. */
  readonly handshakesWaiting: number
  /** Where it is counted who waits. */
  readonly counts?: AdmissionCounts
  /** Writes what has been published: called within turns of the event loop that take long. */
  readonly flush?: () => void
}

interface Waiting {
  readonly candidate: Candidate
  readonly serve: () => void
}

/** Who waits has been parsed already: no more than fill some turns have to be. */
const CROWD = 128

const ignore = (): void => {}

/**
 * Lets new connections in no faster than the process can serve them beside those that are there. Coming and going has a part of
 * each turn of the event loop; what does not fit waits, in order, for the next turns. Between two of them the loop reads
 * and writes for everyone else, so a storm of clients that come back costs live sessions a bounded delay.
 *
 *     enter ──this turn has time left, nobody waits──> served at once
 *       ├──> waiting ──its turn, the connection is still there──> served
 *       └──full──> false: the caller tells the client to come again
 *
 * What those that have been let in do until they are connected, and when they leave, comes before those that are new.
 */
export class Admission {
  /** Those that have not asked for anything yet. */
  readonly strangers: Strangers
  readonly #options: AdmissionOptions
  readonly #begun = new Fifo<() => void>()
  readonly #new = new Fifo<Waiting>()
  /** What coming and going has taken of this turn. */
  #spentMs = 0
  #scheduled = false
  /** When this turn began, or what had been published in it was written. */
  #sinceMs = 0

  constructor(options: AdmissionOptions) {
    this.#options = options
    this.strangers = new Strangers({ clock: options.clock, crowded: () => this.waiting >= CROWD })
  }

  /** Connections that wait for their handshake. */
  get waiting(): number {
    return this.#new.length
  }

  /**
   * Serves a new connection, now or in its turn; not at all where it is gone by then.
   *
   * @returns false where too many wait: it will not be served
   */
  enter(candidate: Candidate, serve: () => void): boolean {
    if (this.#mayNow && this.waiting === 0) this.#run(serve)
    else if (this.waiting >= this.#options.handshakesWaiting) return false
    else {
      // Nobody else listens meanwhile, and an error without a listener ends the process.
      candidate.on('error', ignore)
      this.#new.push({ candidate, serve })
      this.#count()
    }
    this.passes()
    return true
  }

  /** Goes on with a connection that was let in, now or in its turn; in the order of the calls. */
  goOn(run: () => void): void {
    if (this.#mayNow) this.#run(run)
    else {
      this.#begun.push(run)
      this.#count()
    }
    this.passes()
  }

  /**
   * Node has brought something of which it may bring thousands in one turn, whoever waits. All that goes on meanwhile is read in
   * its order among them; so that it is written too, a turn that takes long writes on its way.
   */
  passes(): void {
    if (!this.#scheduled) return this.#schedule()
    const now = this.#options.clock.now()
    if (now - this.#sinceMs < this.#options.handshakeMs) return
    this.#sinceMs = now
    this.#options.flush?.()
  }

  /**
   * The same for who goes on behind it.
   *
   * @returns nothing where it is done already; otherwise a promise, which fails with what `run` throws
   */
  inTurn(run: () => void): Promise<void> | undefined {
    if (this.#mayNow) {
      this.goOn(run)
      return undefined
    }
    return new Promise((resolve, reject) => {
      this.goOn(() => {
        try {
          resolve(run())
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  get #mayNow(): boolean {
    return this.#begun.length === 0 && this.#hasTime
  }

  get #hasTime(): boolean {
    return this.#spentMs < this.#options.handshakeMs
  }

  #run(run: () => void): void {
    const { clock } = this.#options
    const before = this.#spentMs
    const begun = clock.now()
    try {
      run()
    } finally {
      // What was served within it is not counted twice.
      this.#spentMs = before + clock.now() - begun
    }
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#sinceMs = this.#options.clock.now()
    setImmediate(() => this.#turn())
  }

  #turn(): void {
    const idle = this.#spentMs === 0
    this.#scheduled = false
    this.#spentMs = 0
    try {
      while (this.#begun.length > 0 && this.#hasTime) this.#run(this.#begun.shift()!)
      while (this.waiting > 0 && this.#hasTime) this.#serve(this.#new.shift()!)
    } finally {
      if (this.#begun.length > 0 || this.waiting > 0 || !idle) this.#schedule()
      this.#count()
      this.strangers.readOn()
    }
  }

  #count(): void {
    const { counts } = this.#options
    if (counts === undefined) return
    counts.handshakesWaiting = this.waiting
    counts.turnsWaiting = this.#begun.length
  }

  #serve({ candidate, serve }: Waiting): void {
    candidate.off('error', ignore)
    if (!candidate.destroyed) this.#run(serve)
  }
}
