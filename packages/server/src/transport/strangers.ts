import type { Socket } from 'node:net'
import type { Clock, Timer } from '../clock.js'

/** How many are read at a time: what they ask for together takes some milliseconds to parse. */
const AT_ONCE = 128

/** How many more are read each time that most of those keep silent: a line of such clients holds nobody up for long. */
const GROWTH = 1.5

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
  #atOnce = AT_ONCE
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
    if (this.#read.size >= this.#atOnce) this.#forgetSilent()
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

  /**
   * It is no stranger any more.
   *
   * @param upgraded it is another's now to read
   */
  asked(socket: Socket, upgraded: boolean): void {
    if (this.#read.delete(socket)) this.readOn()
    // TLS may bring a request with the end of the handshake, whether its socket is read or not.
    else if (this.#waiting.delete(socket) && !upgraded) socket.resume()
  }

  /** Reads those that wait, as far as there is room. */
  readOn(): void {
    while (this.#waiting.size > 0 && this.#hasRoom) {
      const [socket] = this.#waiting as Iterable<Socket> as [Socket]
      this.#waiting.delete(socket)
      if (socket.destroyed) continue
      this.#read.set(socket, this.#options.clock.now())
      socket.resume()
    }
  }

  get #hasRoom(): boolean {
    return this.#read.size < this.#atOnce && !this.#options.crowded()
  }

  /** While others wait, those that do not ask lose their place. */
  #watch(): void {
    if (this.#patience !== undefined) return
    this.#patience = this.#options.clock.after(PATIENCE_MS, () => {
      this.#patience = undefined
      const most = this.#forgetSilent() > this.#atOnce / 2
      this.#atOnce = most ? this.#atOnce * GROWTH : AT_ONCE
      this.readOn()
      if (this.#waiting.size > 0) this.#watch()
      else this.#atOnce = AT_ONCE
    })
  }

  /** Takes their place from those that have not asked in time, or are gone. @returns how many these were */
  #forgetSilent(): number {
    const before = this.#read.size
    const latest = this.#options.clock.now() - PATIENCE_MS
    for (const [socket, since] of this.#read)
      if (since <= latest || socket.destroyed) this.#read.delete(socket)
    return before - this.#read.size
  }
}
