import type { Admission } from './admission.js'

/** A connection that was let in and is new. */
export interface NewcomerHost {
  read(bytes: Buffer): void
  pause(): void
  resume(): void
  /** It is new no more: what comes from now on is read as it comes. */
  noLongerNew(): void
}

/**
 * What a connection sends while it is new, which is read in its turn: all that comes before it is connected, and the first that
 * comes after that, its subscriptions mostly. Where it has to wait, no more is taken of it than what waits.
 */
export class Newcomer {
  readonly #host: NewcomerHost
  readonly #admission: Admission
  #connected = false
  #waiting = 0

  constructor(host: NewcomerHost, admission: Admission) {
    this.#host = host
    this.#admission = admission
  }

  /** CONNECT has succeeded. */
  connected(): void {
    this.#connected = true
  }

  brings(bytes: Buffer): void {
    this.#waiting++
    this.#admission.goOn(() => this.#read(bytes))
    // One that waits is mostly all that there is.
    if (this.#waiting === 2) this.#host.pause()
  }

  #read(bytes: Buffer): void {
    if (this.#waiting-- === 2) this.#host.resume()
    if (this.#connected && this.#waiting === 0) this.#host.noLongerNew()
    this.#host.read(bytes)
  }
}
