import type { Socket } from 'node:net'
import type { Clock, Timer } from '../clock.js'

/** How many are read at a time: what they ask for together takes some milliseconds to parse. */
const AT_ONCE = 128

/** Who has not asked for anything by then is read on, and does not count any more: browsers connect long before they ask. */
const PATIENCE_MS = 100

export interface StrangersOptions {
  readonly clock: Clock
  /** Whether those that have asked are served so slowly that no more should ask. */
  readonly crowded: () => boolean
}

/**
 * Connections of an HTTP server that have not asked for anything yet. Thousands that come at once ask at once, and Node parses
 * all that it has read before anybody else is served; so only some of them are read, the others in order when those have asked.
 *
 *     came ──fewer than AT_ONCE are read──> read ──a request, or gone, or PATIENCE_MS──> no stranger any more
 *       └──> waits, unread ──in its turn──^
 */
export class Strangers {
  readonly #options: StrangersOptions
  /** Since when each is read, the longest first. */
  readonly #read = new Map<Socket, number>()
  readonly #waiting = new Set<Socket>()
  #patience: Timer | undefined

  constructor(options: StrangersOptions) {
    this.#options = options
  }

  /** How many wait to be read. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** A connection that an HTTP server has just begun to read. */
  came(socket: Socket): void {
    if (this.#read.has(socket) || this.#waiting.has(socket)) return
    if (this.#read.size === AT_ONCE) this.#forget((one) => one.destroyed)
    if (this.#waiting.size === 0 && this.#hasRoom) {
      this.#read.set(socket, this.#options.clock.now())
      return
    }
    this.#waiting.add(socket)
    // The server has asked for the bytes already, and gets them in the next tick unless that comes later.
    process.nextTick(() => {
      if (this.#waiting.has(socket)) socket.pause()
    })
    this.#watch()
  }

  /** It is no stranger any more. */
  asked(socket: Socket): void {
    this.#waiting.delete(socket)
    if (this.#read.delete(socket)) this.readOn()
  }

  /** Reads those that wait, as far as there is room. */
  readOn(): void {
    while (this.#waiting.size > 0 && this.#hasRoom) {
      const [socket] = this.#waiting as Iterable<Socket> as [Socket]
      this.#waiting.delete(socket)
      this.#read.set(socket, this.#options.clock.now())
      socket.resume()
    }
  }

  get #hasRoom(): boolean {
    return this.#read.size < AT_ONCE && !this.#options.crowded()
  }

  /** While others wait, those that do not ask lose their place. */
  #watch(): void {
    if (this.#patience !== undefined) return
    const { clock } = this.#options
    this.#patience = clock.after(PATIENCE_MS, () => {
      this.#patience = undefined
      const latest = clock.now() - PATIENCE_MS
      this.#forget((_, since) => since <= latest)
      this.readOn()
      if (this.#waiting.size > 0) this.#watch()
    })
  }

  #forget(which: (socket: Socket, since: number) => boolean): void {
    for (const [socket, since] of this.#read) if (which(socket, since)) this.#read.delete(socket)
  }
}
