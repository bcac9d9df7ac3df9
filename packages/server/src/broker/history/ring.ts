import { Delivery } from '../../delivery.js'
import { messageBytes } from '../../message.js'
import type { Message } from '../../message.js'

const ACKED = { acks: true, redeliveries: 0 } as const

/** One message of a destination, as all who replay it share it. */
export class Recent {
  readonly message: Message
  readonly messageId: string
  /** Its own offset; of a message that is not retained, that of the retained one before it. */
  readonly offset: number
  readonly retained: boolean
  readonly bytes: number
  #plain: Delivery | undefined
  #acked: Delivery | undefined

  constructor(message: Message, messageId: string, offset: number, retained: boolean) {
    this.message = message
    this.messageId = messageId
    this.offset = offset
    this.retained = retained
    this.bytes = messageBytes(message)
  }

  get plain(): Delivery {
    return (this.#plain ??= new Delivery(this.message, this.messageId))
  }

  get acked(): Delivery {
    return (this.#acked ??= new Delivery(this.message, this.messageId, ACKED))
  }
}

/** What the rings of all destinations hold together, and may hold. */
export interface RingBounds {
  readonly messages: number
  /** Of all rings; past it, each ring that grows gives up its own oldest. */
  readonly allBytes: number
  held: number
}

/**
 * The newest messages of one destination, in order, retained or not: where a replay meets the live flow. Each has a place
 * that counts up and stays (what is put in front counts down, below 0 too), so that a reader knows whether what it wants next is still there.
 */
export class Ring {
  readonly #bounds: RingBounds
  /** The entries, from the one in the place `begin`. */
  #entries: Recent[] = []
  #dropped = 0
  #begin = 0

  constructor(bounds: RingBounds) {
    this.#bounds = bounds
  }

  /** The place of the oldest one. */
  get begin(): number {
    return this.#begin
  }

  /** The place of the next one that comes. */
  get end(): number {
    return this.#begin + this.#entries.length - this.#dropped
  }

  at(place: number): Recent {
    return this.#entries[this.#dropped + place - this.#begin]!
  }

  push(entry: Recent): void {
    const bounds = this.#bounds
    this.#entries.push(entry)
    bounds.held += entry.bytes
    this.#shrink()
  }

  /** Puts a message in the place of the one with its offset, where that is here. */
  replace(entry: Recent): void {
    const place = this.placeOf(entry.offset, Infinity)
    if (place === undefined) return
    const at = this.#dropped + place - this.#begin
    this.#bounds.held += entry.bytes - this.#entries[at]!.bytes
    this.#entries[at] = entry
    this.#shrink()
  }

  /** Puts what the store had before the oldest one in front, as far as there is room. */
  extend(older: readonly Recent[]): void {
    const bounds = this.#bounds
    const room = bounds.messages - (this.end - this.#begin)
    let bytes = 0
    let taken = 0
    while (taken < Math.min(room, older.length)) {
      bytes += older[older.length - 1 - taken]!.bytes
      if (bounds.held + bytes > bounds.allBytes) break
      taken++
    }
    if (taken === 0) return
    this.#entries = [...older.slice(older.length - taken), ...this.#entries.slice(this.#dropped)]
    this.#dropped = 0
    this.#begin -= taken
    for (let i = 0; i < taken; i++) bounds.held += this.#entries[i]!.bytes
  }

  /** The place from which a reader goes on who wants what has this offset or a higher one; `undefined`: not here. */
  placeOf(offset: number, last: number): number | undefined {
    if (offset > last) return this.end
    // Offsets never fall from place to place, and a retained one stands before those that are not and follow it.
    let from = this.#begin
    let to = this.end
    while (from < to) {
      const middle = Math.floor((from + to) / 2)
      if (this.at(middle).offset >= offset) to = middle
      else from = middle + 1
    }
    if (from === this.end) return undefined
    const found = this.at(from)
    return found.retained && found.offset === offset ? from : undefined
  }

  clear(): void {
    for (let place = this.#begin; place < this.end; place++) this.#bounds.held -= this.at(place).bytes
    this.#begin = this.end
    this.#entries = []
    this.#dropped = 0
  }

  /** The newest one stays in any case. */
  #shrink(): void {
    const bounds = this.#bounds
    while (
      this.end - this.#begin > 1 &&
      (this.end - this.#begin > bounds.messages || bounds.held > bounds.allBytes)
    ) {
      this.#shift()
    }
  }

  #shift(): void {
    this.#bounds.held -= this.#entries[this.#dropped]!.bytes
    // Moved together now and then, so that dropping one costs the same at any length.
    this.#entries[this.#dropped] = undefined as never
    this.#dropped++
    this.#begin++
    if (this.#dropped > 1_024 && this.#dropped * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#dropped)
      this.#dropped = 0
    }
  }
}
