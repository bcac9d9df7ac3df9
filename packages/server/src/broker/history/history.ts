import type { Awaitable } from '../../awaitable.js'
import { next } from '../../awaitable.js'
import type { Clock } from '../../clock.js'
import type { Address } from '../../contract.js'
import type { Message } from '../../message.js'
import type { Broker, BrokerLink, BrokerObserver, Subscriber } from '../broker.js'
import { Topics } from '../topics/topics.js'
import { Appends, unavailable } from './appends.js'
import type { Taken } from './appends.js'
import { Availability } from './availability.js'
import { asked, stamped } from './feed.js'
import type { FeedSettings } from './feed.js'
import { Feeds } from './feeds.js'
import { HistoryLink } from './link.js'
import { readPage } from './page.js'
import type { HistoryPage, PageRequest } from './page.js'
import { keptCopy, spread } from './publish.js'
import { Retentions } from './retention.js'
import type { Retain } from './retention.js'
import type { Appended, Content, HistoryStore } from './store.js'
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
  /**
   * Puts another message in the place of one that a destination keeps; its offset, its time and its id stay. Whoever subscribes
   * or reads a page from then on gets the new one, in other processes with the same store as soon as they hear of it. Who has
   * got the old one is told nothing: publish that yourself, to a destination of its own. Payloads travel as by `messaging.send`.
   *
   * @returns whether the message is still there: false where it has been trimmed, or the destination keeps nothing
   * @throws RangeError for an offset that is none; StompError `history-unavailable`, after which it may be either; TypeError
   *   when the payload has no JSON form: all as rejections
   */
  replace<Body>(to: Address<Body>, offset: number, payload: Body, options?: ReplaceOptions): Promise<boolean>
  replace(to: string, offset: number, payload: unknown, options?: ReplaceOptions): Promise<boolean>
}

/** Headers of the application's own, as of `messaging.send`. Those of the replaced message are gone. */
export interface ReplaceOptions {
  readonly headers?: Readonly<Record<string, string>>
}

/** What a history is given by the server around it. */
export interface HistorySurroundings {
  readonly clock: Clock
  readonly observer: HistoryObserver
  /** A payload as a message holds it: as JSON in any case, or by its type. */
  readonly encode: (payload: unknown, json: boolean, headers: ReplaceOptions['headers']) => Content
}

/** What links use of the broker. */
export interface HistoryParts {
  readonly feeds: Feeds
  readonly topics: Topics
  readonly retentions: Retentions
  readonly appends: Appends
  readonly observer: HistoryObserver
  readonly store: HistoryStore
  /** The messages with the places they got; nothing where one was there already. */
  kept(taken: readonly Taken[], appended: readonly Appended[]): (Message | undefined)[]
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
  readonly #encode: HistorySurroundings['encode']

  /** @throws TypeError or RangeError naming what is wrong in the options */
  constructor(inner: Broker, options: HistoryOptions, { clock, observer, encode }: HistorySurroundings) {
    const bound = (name: keyof HistoryOptions, byDefault: number): number => {
      const value = (options[name] as number | undefined) ?? byDefault
      if (Number.isSafeInteger(value) && value > 0) return value
      throw new RangeError(`history.${name} has to be a positive integer, not ${value}`)
    }
    const { store } = options
    this.#inner = inner
    this.store = store
    this.observer = observer
    this.#encode = encode
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
    const taken = [this.appends.take(keptCopy(message))]
    return this.appends.append(taken, (appended) => {
      const [placed] = this.kept(taken, appended)
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

  page(destination: string, request: PageRequest): Promise<HistoryPage> {
    return readPage(this, destination, request)
  }

  async replace(
    to: Address<unknown> | string,
    offset: number,
    payload: unknown,
    { headers }: ReplaceOptions = {},
  ): Promise<boolean> {
    const destination = typeof to === 'string' ? to : to.destination
    if (!Number.isSafeInteger(offset)) throw new RangeError(`There is no offset ${offset}`)
    if (this.retentions.of(destination) === undefined) return false
    const encoded = this.#encode(payload, typeof to !== 'string', headers)
    const content = { headers: encoded.headers, body: Buffer.from(encoded.body) }
    const replaced = await this.read(() => this.store.replace(destination, offset, content))
    this.#availability.kept()
    if (replaced) await this.feeds.replaced(destination, offset, content)
    return replaced
  }

  // What links use.

  kept(taken: readonly Taken[], appended: readonly Appended[]): (Message | undefined)[] {
    let repeated = 0
    const placed = taken.map(({ message }, i) => {
      const { offset, repeated: known } = appended[i]!
      if (known) {
        repeated++
        return undefined
      }
      this.#trimmer.appended(message.destination)
      return { ...message, headers: stamped(message.headers, offset, this.store.epoch) }
    })
    this.#availability.kept()
    this.observer.appended(taken.length - repeated, repeated)
    return placed
  }

  async read<T>(ask: () => Awaitable<T>): Promise<T> {
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
