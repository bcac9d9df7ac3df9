import { randomUUID } from 'node:crypto'
import { StompHeaders } from '@stomping-ground/codec'
import { next } from '../../awaitable.js'
import type { Awaitable } from '../../awaitable.js'
import type { Timer } from '../../clock.js'
import type { Delivery } from '../../delivery.js'
import type { Message } from '../../message.js'
import type { Broker, BrokerLink, Subscriber } from '../broker.js'
import { Feed, stamped } from './feed.js'
import type { FeedSettings } from './feed.js'
import type { Content } from './store.js'

/** How often it is asked for what was missed, where several processes append. */
const RESYNC_MS = 5_000
/** After the broker gave the feeds' session up, when there is another one. */
const RECONNECT_MS = 1_000
/** Destinations asked about in one call. */
const AT_ONCE = 1_000

interface Open {
  readonly feed: Feed
  /** The subscription of the broker below. */
  readonly id: string
  opening: Awaitable<void>
}

/** The feeds of all retained destinations that somebody is subscribed to: one session of the broker below. */
export class Feeds implements Subscriber {
  readonly sessionId = randomUUID()
  /** Subscriptions to patterns: what other processes appended is published for them. */
  patterns = 0
  readonly #inner: Broker
  readonly #settings: FeedSettings
  readonly #open = new Map<string, Open>()
  readonly #byId = new Map<string, Feed>()
  /** Several processes append: what comes may be late, or another's. */
  readonly #several: boolean
  #nextId = 0
  #link: Awaitable<BrokerLink> | undefined
  #timer: Timer | undefined
  #stopped = false
  /** What other processes appended is published in its order. */
  #publishing: Promise<void> = Promise.resolve()
  /** What was replaced is read again, one after the other: so what is at hand ends as what the store has. */
  #rereading: Promise<void> = Promise.resolve()

  constructor(inner: Broker, settings: FeedSettings) {
    this.#inner = inner
    this.#settings = settings
    this.#several = inner.shared === true || settings.store.watch !== undefined
  }

  start(): void {
    if (!this.#several) return
    this.#settings.store.watch?.({
      appended: (destination, first, last) => this.#appended(destination, first, last),
      replaced: (destination, offset) => void this.#reread(destination, offset),
      missed: () => {
        for (const { feed } of this.#open.values()) feed.distrust()
        void this.#resync()
      },
    })
    this.#resyncLater()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    for (const { feed } of this.#open.values()) feed.close()
    this.#open.clear()
    this.#byId.clear()
    if (this.#link !== undefined) void next(this.#link, (link) => link.close())
  }

  /** The feed of a destination, live; it is held until `leave`. */
  enter(destination: string): Awaitable<Feed> {
    const open = this.#open.get(destination) ?? this.#make(destination)
    open.feed.members++
    const entered = (): Feed => open.feed
    return open.opening === undefined
      ? open.feed
      : (open.opening as Promise<void>).then(entered, (error: unknown) => {
          this.leave(open.feed)
          throw error
        })
  }

  leave(feed: Feed): void {
    if (--feed.members > 0) return
    const open = this.#open.get(feed.destination)
    if (open?.feed !== feed) return
    this.#open.delete(feed.destination)
    this.#byId.delete(open.id)
    feed.close()
    const unsubscribe = (): unknown => next(this.#connected(), (link) => link.unsubscribe(open.id))
    // A feed that never opened needs no closing; one whose broker fails is closed by that.
    if (open.opening === undefined) ignoring(unsubscribe)
    else
      (open.opening as Promise<void>).then(
        () => ignoring(unsubscribe),
        () => {},
      )
  }

  /** Brings a message to the subscribers here that the broker below did not bring. */
  arrived(message: Message): void {
    this.#open.get(message.destination)?.feed.arrived(message, '')
  }

  /** This process has replaced a message. */
  replaced(destination: string, offset: number, content: Content): Awaitable<void> {
    // Another process may have replaced it too, before or after.
    if (this.#settings.store.watch !== undefined) return this.#reread(destination, offset)
    this.#open.get(destination)?.feed.replaced({ offset, ...content })
  }

  // The broker below calls.

  deliver(delivery: Delivery, subscriptionId: string): boolean {
    this.#byId.get(subscriptionId)?.arrived(delivery.message, delivery.messageId)
    return true
  }

  lost(): void {
    this.#link = undefined
    if (this.#stopped) return
    this.#settings.clock.after(RECONNECT_MS, () => {
      if (this.#stopped) return
      for (const open of this.#open.values()) ignoring(() => this.#subscribe(open))
      void this.#resync()
    })
  }

  #make(destination: string): Open {
    const open: Open = {
      feed: new Feed(destination, this.#settings),
      id: `history-${this.#nextId++}`,
      opening: undefined,
    }
    this.#open.set(destination, open)
    this.#byId.set(open.id, open.feed)
    try {
      open.opening = next(this.#subscribe(open), () => (this.#several ? withoutFail(open.feed) : undefined))
    } catch (error) {
      this.#open.delete(destination)
      this.#byId.delete(open.id)
      throw error
    }
    if (open.opening instanceof Promise) {
      open.opening.then(
        () => (open.opening = undefined),
        () => {},
      )
    }
    return open
  }

  #subscribe({ feed, id }: Open): Awaitable<void> {
    const { destination } = feed
    const request = { id, destination, ack: 'auto', headers: new StompHeaders() } as const
    return next(this.#connected(), (link) => link.subscribe(request, () => {}))
  }

  #connected(): Awaitable<BrokerLink> {
    if (this.#link === undefined) {
      this.#link = this.#inner.connect(this)
      if (this.#link instanceof Promise) {
        this.#link.then(
          (link) => (this.#link = link),
          () => (this.#link = undefined),
        )
      }
    }
    return this.#link
  }

  /** Another process has appended. Where the broker below is shared, it brings the messages itself. */
  #appended(destination: string, first: number, last: number): void {
    if (this.#inner.shared === true) return
    if (this.patterns === 0) return this.#open.get(destination)?.feed.expect(last)
    this.#publishing = this.#publishing.then(() => this.#publish(destination, first, last)).catch(() => {})
  }

  #reread(destination: string, offset: number): Awaitable<void> {
    const feed = this.#open.get(destination)?.feed
    if (feed === undefined) return undefined
    const { store, failed } = this.#settings
    this.#rereading = this.#rereading.then(async () => {
      try {
        const [found] = await store.read(destination, offset, { count: 1, bytes: 1 })
        if (found?.offset === offset) feed.replaced(found)
      } catch (error) {
        failed(error)
        feed.distrust()
      }
    })
    return this.#rereading
  }

  async #publish(destination: string, first: number, last: number): Promise<void> {
    const { store, page } = this.#settings
    for (let from = first; from <= last;) {
      const messages = await store.read(destination, from, page)
      for (const { offset, headers, body } of messages) {
        if (offset > last) return
        await this.#inner.publish({ destination, headers: stamped(headers, offset, store.epoch), body })
      }
      if (messages.length === 0) return
      from = messages.at(-1)!.offset + 1
    }
  }

  #resyncLater(): void {
    if (this.#stopped) return
    this.#timer = this.#settings.clock.after(
      RESYNC_MS,
      () => void this.#resync().then(() => this.#resyncLater()),
    )
  }

  /** Asks the store where the destinations stand: what has not come is fetched. */
  async #resync(): Promise<void> {
    const names = [...this.#open.keys()]
    try {
      for (let i = 0; i < names.length; i += AT_ONCE) {
        const some = names.slice(i, i + AT_ONCE)
        const heads = await this.#settings.store.heads(some)
        for (const [j, { last }] of heads.entries()) this.#open.get(some[j]!)?.feed.expect(last)
      }
    } catch (error) {
      this.#settings.failed(error)
    }
  }
}

/** Where the destination stands, so that what comes late is known to be; without a store the flow goes on without. */
function withoutFail(feed: Feed): Awaitable<void> {
  try {
    const synced = feed.synced()
    return synced instanceof Promise ? synced.catch(() => {}) : synced
  } catch {
    return undefined
  }
}

function ignoring(call: () => unknown): void {
  try {
    const called = call()
    if (called instanceof Promise) called.catch(() => {})
  } catch {
    // The session of the broker below is gone, and its subscriptions with it.
  }
}
