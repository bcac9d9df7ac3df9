import type { Clock, Timer } from '../../clock.js'
import { DISCONNECTS } from '../../errors.js'
import type { Subscriber } from '../broker.js'
import type { Unacked } from '../topics/acks.js'
import type { Feed } from './feed.js'
import type { Recent } from './ring.js'

/** What a cursor delivers before others have their turn, and before it is seen whether the connection keeps up. */
const TURN_MESSAGES = 512
const TURN_BYTES = 131_072
/** After the store has failed, when it is asked again. */
const AGAIN_MS = 1_000

/** The subscription that a cursor reads for. */
export interface Reader {
  readonly id: string
  readonly subscriber: Subscriber
  /** Left out for `ack:auto`. */
  readonly unacked: Unacked<undefined> | undefined
  readonly prefetch: number
  /** It has got all that has come: with `ack:auto` it can join the fan-out. */
  caughtUp(): void
  /** Messages were delivered. */
  replayed(count: number): void
}

/**
 * Reads a destination for one subscription, as fast as that takes it:
 *
 *     pages of the store ──> the ring of recent messages ──> the end: joins the fan-out, or waits for what comes
 *
 * It pauses where the connection is congested, the outbox full or `prefetch` deliveries are not settled, and goes on when
 * `pump` is called. Going from ring to fan-out is one synchronous step: nothing can come between.
 */
export class Cursor {
  readonly #feed: Feed
  readonly #reader: Reader
  readonly #clock: Clock
  /** The offset that it wants next. */
  #position: number
  /** Its place in the ring, while it reads there. */
  #place: number | undefined
  /** Messages that are not retained and came before are not for it. */
  readonly #since: number
  #page: readonly Recent[] = []
  #pageIndex = 0
  /** A page is on its way, or its turn was over. */
  #waits = false
  #retry: Timer | undefined
  #closed = false

  constructor(feed: Feed, reader: Reader, position: number) {
    this.#feed = feed
    this.#reader = reader
    this.#clock = feed.settings.clock
    this.#position = position
    this.#since = feed.ring.end
    feed.cursors.add(this)
  }

  close(): void {
    this.#closed = true
    this.#retry?.cancel()
    this.#feed.cursors.delete(this)
  }

  /** What stands between these offsets has never been, or is of no interest to whoever has all before. */
  jump(from: number, to: number): void {
    if (this.#position >= from && this.#position < to) this.#position = to
  }

  /** A message that it may be about to deliver has another content now. */
  replaced(recent: Recent): void {
    const at = this.#page.findIndex(({ offset }) => offset === recent.offset)
    if (at !== -1) this.#page = this.#page.with(at, recent)
  }

  /** Delivers what can be delivered now. */
  pump(): void {
    if (this.#closed || this.#waits) return
    let count = 0
    let bytes = 0
    while (this.#hasRoom()) {
      if (count >= TURN_MESSAGES || bytes >= TURN_BYTES) {
        this.#later()
        break
      }
      const recent = this.#next()
      if (recent === undefined) break
      if (!this.#deliver(recent)) break
      count++
      bytes += recent.bytes
    }
    if (count > 0) this.#reader.replayed(count)
  }

  #hasRoom(): boolean {
    const { subscriber, unacked, prefetch } = this.#reader
    return subscriber.congested !== true && (unacked === undefined || unacked.size < prefetch)
  }

  /** What is to be delivered next; `undefined` where there is none, or where it is being fetched. */
  #next(): Recent | undefined {
    const { ring } = this.#feed
    if (this.#pageIndex < this.#page.length) return this.#page[this.#pageIndex]
    if (this.#place === undefined || this.#place < ring.begin) this.#enter()
    if (this.#place === undefined) {
      this.#fetch()
      return undefined
    }
    for (; this.#place < ring.end; this.#place++) {
      const recent = ring.at(this.#place)
      if (recent.retained ? recent.offset >= this.#position : this.#place >= this.#since) return recent
    }
    // It may wait for a message that another process has told of, and that has not come here.
    if (this.#position <= this.#feed.last + 1) this.#reader.caughtUp()
    return undefined
  }

  /** Finds its place in the ring, where what it wants next is there. */
  #enter(): void {
    const { ring, last } = this.#feed
    const place = ring.placeOf(this.#position, last)
    // What is not retained and came during the pages: late, and not lost.
    this.#place = place === undefined ? undefined : Math.max(ring.begin, Math.min(this.#since, place))
  }

  #deliver(recent: Recent): boolean {
    const { subscriber, unacked, id } = this.#reader
    if (!subscriber.deliver(unacked === undefined ? recent.plain : recent.acked, id)) return false
    unacked?.add(recent.messageId, undefined)
    if (this.#pageIndex < this.#page.length) this.#pageIndex++
    else this.#place!++
    if (recent.retained) this.#position = recent.offset + 1
    return true
  }

  #fetch(): void {
    this.#waits = true
    this.#page = []
    this.#pageIndex = 0
    this.#feed.page(this.#position).then(
      (page) => {
        this.#waits = false
        if (this.#closed) return
        const [first] = page
        // Trimmed before it was delivered: what was promised cannot be kept, and is not passed over in silence.
        if (first === undefined || first.offset > this.#position) {
          return this.#reader.subscriber.lost(DISCONNECTS.slow)
        }
        this.#page = page
        this.pump()
      },
      () => {
        if (!this.#closed) this.#retry = this.#clock.after(AGAIN_MS, () => this.#goOn())
      },
    )
  }

  #later(): void {
    this.#waits = true
    setImmediate(() => this.#goOn())
  }

  #goOn(): void {
    this.#waits = false
    this.pump()
  }
}
