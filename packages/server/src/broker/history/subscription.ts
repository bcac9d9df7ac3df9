import type { Awaitable } from '../../awaitable.js'
import { next } from '../../awaitable.js'
import type { Acknowledgement, SubscribeRequest, Subscriber, SubscriptionActive } from '../broker.js'
import { Unacked } from '../topics/acks.js'
import type { TopicSubscription } from '../topics/topics.js'
import { wholeNumber } from '../../whole-number.js'
import { unavailable } from './appends.js'
import { Cursor } from './cursor.js'
import type { Reader } from './cursor.js'
import type { Feed } from './feed.js'
import type { HistoryParts } from './history.js'
import type { Retention } from './retention.js'
import { STREAM_EPOCH } from './stream-offset.js'
import type { Position } from './stream-offset.js'

/** Unacked deliveries of a subscription that names no `prefetch-count`, and the most it can name. */
const PREFETCH = 10_000

export interface Beginning {
  /** Left out: with what comes next, and nobody wants to know where that is. */
  readonly position: Position | undefined
  readonly retention: Retention
  readonly active: SubscriptionActive
}

/** Where a replay begins, and whether everything that was asked for will come. */
interface Start {
  readonly offset: number
  readonly recovered: boolean
}

/** One subscription of a retained destination: it reads by a cursor until it has caught up, then it is in the fan-out. */
export class HistorySubscription implements Reader {
  readonly id: string
  readonly subscriber: Subscriber
  readonly unacked: Unacked<undefined> | undefined
  readonly prefetch: number
  readonly #broker: HistoryParts
  readonly #destination: string
  readonly #epoch: string | undefined
  #feed: Feed | undefined
  #cursor: Cursor | undefined
  #place: TopicSubscription | undefined
  #ended = false

  /**
   * @param shared what other subscriptions of this id have not settled: they are one to whoever acknowledges
   * @throws StompError `header-invalid`
   */
  constructor(
    broker: HistoryParts,
    subscriber: Subscriber,
    { id, destination, ack, headers }: SubscribeRequest,
    shared: Unacked<undefined> | undefined,
  ) {
    const asked = wholeNumber('prefetch-count', headers.get('prefetch-count')) ?? 0
    this.id = id
    this.subscriber = subscriber
    this.unacked = ack === 'auto' ? undefined : (shared ?? new Unacked(ack))
    // RabbitMQ: prefetch-count 0 means as many as there may be
    this.prefetch = asked === 0 ? PREFETCH : Math.min(asked, PREFETCH)
    this.#broker = broker
    this.#destination = destination
    this.#epoch = headers.get(STREAM_EPOCH)
  }

  /** @throws StompError `history-unavailable` where the store is needed and does not answer */
  begin({ position, retention, active }: Beginning): Awaitable<void> {
    return next(this.#broker.feeds.enter(this.#destination), (feed) => {
      this.#feed = feed
      // The session has ended meanwhile.
      if (this.#ended) return this.#broker.feeds.leave(feed)
      if (position === undefined && this.unacked === undefined) {
        this.#join(feed)
        return active()
      }
      const start = this.#failing(() =>
        next(feed.synced(), () => this.#start(feed, position ?? { from: 'next' }, retention)),
      )
      return next(start, (found) => {
        if (this.#ended) return
        this.#cursor = new Cursor(feed, this, found.offset)
        active(position === undefined ? undefined : this.#receipt(feed, found))
        this.pump()
      })
    })
  }

  pump(): void {
    this.#cursor?.pump()
  }

  /** Settles what an ACK or NACK says; there is room for more then. */
  settle({ messageId }: Acknowledgement): void {
    this.unacked?.settle(messageId)
  }

  caughtUp(): void {
    if (this.unacked !== undefined) return
    this.#cursor!.close()
    this.#cursor = undefined
    this.#join(this.#feed!)
  }

  replayed(count: number): void {
    this.#broker.observer.replayed(count)
  }

  /** Idempotent. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#cursor?.close()
    if (this.#place !== undefined) this.#broker.topics.unsubscribe(this.#place)
    if (this.#feed !== undefined) this.#broker.feeds.leave(this.#feed)
  }

  #join(feed: Feed): void {
    const { id, subscriber, unacked, prefetch } = this
    this.#place = this.#broker.topics.subscribe(feed.destination, { id, subscriber, unacked, prefetch })
  }

  #start(feed: Feed, position: Position, { count }: Retention): Awaitable<Start> {
    const end = feed.last + 1
    const known = this.#epoch === undefined || this.#epoch === this.#broker.store.epoch
    if (position.from === 'next') return { offset: end, recovered: known }
    if (
      position.from === 'offset' &&
      known &&
      position.offset >= end - count &&
      feed.hasFrom(position.offset)
    ) {
      return { offset: position.offset, recovered: true }
    }
    return next(feed.head(), (head) => {
      // Another process may have appended what has not come here yet.
      const last = Math.max(feed.last, head.last)
      const first = Math.max(head.first, last - count + 1)
      if (position.from === 'first') return { offset: first, recovered: known }
      if (position.from === 'newest')
        return { offset: Math.max(first, last - position.count + 1), recovered: known }
      if (position.from === 'offset') {
        const there = known && position.offset <= last + 1 && Math.max(position.offset, 1) >= first
        return there
          ? { offset: Math.max(position.offset, 1), recovered: true }
          : { offset: first, recovered: false }
      }
      return next(feed.offsetAt(position.time), (offset) => ({
        offset: Math.max(offset, first),
        // Older messages than the first are gone, and may have been young enough.
        recovered: known && (offset > first || first === 1),
      }))
    })
  }

  #receipt(feed: Feed, { offset, recovered }: Start): string[] {
    const last = Math.max(feed.last, offset - 1)
    const recoveredAll = ['x-stream-recovered', String(recovered)]
    const range = ['x-stream-first', String(offset), 'x-stream-last', String(last)]
    return [...recoveredAll, ...range, STREAM_EPOCH, this.#broker.store.epoch]
  }

  /** What the store throws becomes a refusal. */
  #failing<T>(run: () => Awaitable<T>): Awaitable<T> {
    const failed = (cause: unknown): never => {
      throw unavailable(cause)
    }
    try {
      const running = run()
      return running instanceof Promise ? running.catch(failed) : running
    } catch (cause) {
      return failed(cause)
    }
  }
}
