import type { Awaitable } from '../../awaitable.js'
import { next } from '../../awaitable.js'
import type { Clock } from '../../clock.js'
import type { Message } from '../../message.js'
import type { Broker, BrokerLink, BrokerObserver, Subscriber } from '../broker.js'
import { Topics } from '../topics/topics.js'
import { Appends, unavailable } from './appends.js'
import { Availability } from './availability.js'
import { asked, stamped } from './feed.js'
import type { FeedSettings } from './feed.js'
import { Feeds } from './feeds.js'
import { HistoryLink } from './link.js'
import { keptCopy, spread } from './publish.js'
import { Retentions } from './retention.js'
import type { Retain } from './retention.js'
import type { Appended, HistoryStore, StoredMessage } from './store.js'
import { Trimmer } from './trimmer.js'

/** Which destinations keep their messages, and where. */
export interface HistoryOptions {
  /** Started and stopped by the server. */
  readonly store: HistoryStore
  /** The first pattern that matches a destination counts. */
  readonly retain: readonly Retain[]
  /** Newest messages of a destination kept at hand while somebody is subscribed. Default 1,024. */
  readonly recentMessages?: number
  /** Their bytes, of all destinations together. Default 64 MiB. */
  readonly recentBytes?: number
  /** Bytes of messages that wait for the store, all together. Default 64 MiB. */
  readonly waitingBytes?: number
  /** Messages in one page of a replay. Default 1,000. */
  readonly pageMessages?: number
  /** Their bytes. Default 256 KiB. */
  readonly pageBytes?: number
  /** How often what need not be kept is trimmed. Default 10 s. */
  readonly trimMs?: number
}

/** What a history tells of itself. */
export interface HistoryObserver {
  /** It works again, or does not: then with what the store threw. */
  available(available: boolean, error?: unknown): void
  appended(count: number, repeated: number): void
  replayed(count: number): void
  trimFailed(error: unknown): void
}

/** Which part of a destination's history is wanted: `from` an offset on, or what stands `before` one. */
export interface PageRequest {
  readonly from?: number
  /** Default: after the newest. */
  readonly before?: number
  /** At most 1,000. */
  readonly count: number
}

/** A part of a destination's history, oldest first. */
export interface HistoryPage {
  /** What the destination holds: `first` is `last + 1` where that is nothing. */
  readonly first: number
  readonly last: number
  readonly epoch: string
  readonly messages: readonly StoredMessage[]
}

/** History as applications see it. */
export interface History {
  /** Whether the store did what it was asked for last. */
  readonly available: boolean
  /**
   * Reads a part of what a destination keeps.
   *
   * @throws RangeError when the request is malformed; StompError `history-unavailable` as a rejection
   */
  page(destination: string, request: PageRequest): Promise<HistoryPage>
}

const MOST_OF_A_PAGE = 1_000
const PAGE_BYTES = 16_777_216

/** What links use of the broker. */
export interface HistoryParts {
  readonly feeds: Feeds
  readonly topics: Topics
  readonly retentions: Retentions
  readonly appends: Appends
  readonly observer: HistoryObserver
  readonly store: HistoryStore
  /** The messages with the places they got; nothing where one was there already. */
  kept(messages: readonly Message[], appended: readonly Appended[]): (Message | undefined)[]
}

/**
 * Gives a broker history: what is sent to a retained destination is kept first and then published with its place, and
 * who subscribes may begin in the past. Everything else goes to the broker as before.
 */
export class HistoryBroker implements Broker, HistoryParts, History {
  readonly topics = new Topics()
  readonly feeds: Feeds
  readonly retentions: Retentions
  readonly appends: Appends
  readonly observer: HistoryObserver
  readonly store: HistoryStore
  readonly #inner: Broker
  readonly #trimmer: Trimmer
  readonly #availability: Availability

  /** @throws TypeError or RangeError naming what is wrong in the options */
  constructor(
    inner: Broker,
    options: HistoryOptions,
    { clock, observer }: { clock: Clock; observer: HistoryObserver },
  ) {
    const bound = (name: keyof HistoryOptions, byDefault: number): number => {
      const value = (options[name] as number | undefined) ?? byDefault
      if (Number.isSafeInteger(value) && value > 0) return value
      throw new RangeError(`history.${name} has to be a positive integer, not ${value}`)
    }
    const { store } = options
    this.#inner = inner
    this.store = store
    this.observer = observer
    this.retentions = new Retentions(options.retain)
    this.#availability = new Availability({
      clock,
      check: () => store.check(),
      changed: (available, error) => observer.available(available, error),
    })
    const failed = (error: unknown): void => this.#availability.failed(error)
    const settings: FeedSettings = {
      store,
      topics: this.topics,
      rings: {
        messages: bound('recentMessages', 1_024),
        allBytes: bound('recentBytes', 67_108_864),
        held: 0,
      },
      page: { count: bound('pageMessages', 1_000), bytes: bound('pageBytes', 262_144) },
      clock,
      failed,
    }
    this.feeds = new Feeds(inner, settings)
    this.#trimmer = new Trimmer(store, this.retentions, {
      clock,
      everyMs: bound('trimMs', 10_000),
      failed: (error) => observer.trimFailed(error),
    })
    this.appends = new Appends({
      append: (entries) =>
        asked(
          () => store.append(entries),
          (appended) => appended,
          failed,
        ),
      waitingBytes: bound('waitingBytes', 67_108_864),
      date: () => clock.date(),
    })
  }

  observe(observer: BrokerObserver): void {
    this.#inner.observe(observer)
  }

  async start(): Promise<void> {
    await this.store.start()
    await this.#inner.start()
    this.feeds.start()
    this.#trimmer.start()
  }

  connect(subscriber: Subscriber): BrokerLink | Promise<BrokerLink> {
    return next(this.#inner.connect(subscriber), (inner) => new HistoryLink(this, inner, subscriber))
  }

  publish(message: Message): void | Promise<void> {
    if (this.retentions.of(message.destination) === undefined) return this.#inner.publish(message)
    if (message.retain === false)
      return this.appends.after(() => this.#inner.publish(message)) as Promise<void>
    const copy = [keptCopy(message)]
    return this.appends.append(copy, (appended) => {
      const [placed] = this.kept(copy, appended)
      if (placed !== undefined) spread(this.feeds, placed, () => this.#inner.publish(placed))
    }) as Promise<void>
  }

  async stop(): Promise<void> {
    this.#availability.stop()
    await this.#trimmer.stop()
    await this.appends.settled()
    this.feeds.stop()
    await this.#inner.stop()
    await this.store.stop()
  }

  // What applications see.

  get available(): boolean {
    return this.#availability.available
  }

  async page(destination: string, { from, before, count }: PageRequest): Promise<HistoryPage> {
    for (const value of [from ?? 1, before ?? 1, count]) {
      if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`A page cannot have ${value}`)
    }
    if (count > MOST_OF_A_PAGE || (from !== undefined && before !== undefined)) {
      throw new RangeError(`A page has at most ${MOST_OF_A_PAGE} messages, from an offset or before one`)
    }
    const retention = this.retentions.of(destination)
    const { epoch } = this.store
    if (retention === undefined) return { first: 1, last: 0, epoch, messages: [] }
    const [head] = await this.#read(() => this.store.heads([destination]))
    const { last } = head!
    const first = Math.max(head!.first, last - retention.count + 1)
    const end = from === undefined ? Math.min(before ?? last + 1, last + 1) : Math.min(from + count, last + 1)
    const begin = Math.max(first, from ?? end - count)
    const messages: StoredMessage[] = []
    while (begin + messages.length < end) {
      const bounds = { count: end - begin - messages.length, bytes: PAGE_BYTES }
      const read = await this.#read(() => this.store.read(destination, begin + messages.length, bounds))
      // Trimmed meanwhile.
      if (read.length === 0 || read[0]!.offset !== begin + messages.length) break
      messages.push(...read)
    }
    return { first, last, epoch, messages }
  }

  // What links use.

  kept(messages: readonly Message[], appended: readonly Appended[]): (Message | undefined)[] {
    let repeated = 0
    const placed = messages.map((message, i) => {
      const { offset, repeated: known } = appended[i]!
      if (known) {
        repeated++
        return undefined
      }
      this.#trimmer.appended(message.destination)
      return { ...message, headers: stamped(message.headers, offset, this.store.epoch) }
    })
    this.#availability.kept()
    this.observer.appended(messages.length - repeated, repeated)
    return placed
  }

  async #read<T>(ask: () => Awaitable<T>): Promise<T> {
    try {
      return await asked(
        ask,
        (value) => value,
        (error) => this.#availability.failed(error),
      )
    } catch (cause) {
      throw unavailable(cause)
    }
  }
}
