import { createHash } from 'node:crypto'
import { StompHeaders } from '@stomping-ground/codec'
import { next } from '../../awaitable.js'
import type { Awaitable } from '../../awaitable.js'
import type { Clock, Timer } from '../../clock.js'
import type { Message } from '../../message.js'
import type { Topics } from '../topics/topics.js'
import type { Cursor } from './cursor.js'
import { Recent, Ring } from './ring.js'
import type { RingBounds } from './ring.js'
import type { Head, HistoryStore, PageBounds, StoredMessage } from './store.js'
import { STREAM_EPOCH, STREAM_OFFSET, offsetOf } from './stream-offset.js'

/** What the feeds of a broker have in common. */
export interface FeedSettings {
  readonly store: HistoryStore
  readonly topics: Topics
  readonly rings: RingBounds
  readonly page: PageBounds
  readonly clock: Clock
  /** The store could not do what it was asked for. */
  readonly failed: (error: unknown) => void
}

/** After the store has failed, when a reader asks again. */
const AGAIN_MS = 1_000
/** Replaced messages that are remembered while others of their destination are on their way; past it the oldest are not. */
const MOST_REPLACED = 1_024

/**
 * The live flow of one retained destination, while somebody is subscribed to it: brings what arrives to the subscriptions in
 * order of the offsets, and fetches from the store what is missing between.
 */
export class Feed {
  readonly destination: string
  readonly settings: FeedSettings
  readonly ring: Ring
  /** Subscriptions that are not part of the fan-out: they replay, or acknowledge. */
  readonly cursors = new Set<Cursor>()
  /** Subscriptions of both kinds. */
  members = 0
  readonly #idPrefix: string
  /** The offset of the newest message that has come; `undefined` while nobody knows it. */
  #last: number | undefined
  /** The highest offset that is known to exist. */
  #seen = 0
  #filling = false
  #retry: Timer | undefined
  #closed = false
  /** Pages that are being read, by their first offset: all who want one wait for the same. */
  readonly #reading = new Map<number, Promise<readonly Recent[]>>()
  /** What was replaced while pages were being read, or before it has come: what comes may be what it was. */
  readonly #replaced = new Map<number, Recent>()
  /** Counts up when anything may have been replaced. */
  #generation = 0

  constructor(destination: string, settings: FeedSettings) {
    this.destination = destination
    this.settings = settings
    this.ring = new Ring(settings.rings)
    const hash = createHash('sha1').update(destination).digest('base64url').slice(0, 8)
    this.#idPrefix = `${settings.store.epoch}.${hash}.`
  }

  /** The offset of the newest message that has come, once `synced` is done. */
  get last(): number {
    return this.#last ?? 0
  }

  /** Whether all messages from this offset on are at hand, or none is missing. */
  hasFrom(offset: number): boolean {
    return offset <= this.last + 1 && this.ring.placeOf(offset, this.last) !== undefined
  }

  /** Learns from the store where the destination stands, unless that is known. */
  synced(): Awaitable<void> {
    if (this.#last !== undefined) return undefined
    return next(this.head(), ({ last }) => {
      // What has come meanwhile is newer, or the same.
      this.#last ??= last
    })
  }

  head(): Awaitable<Head> {
    return this.#asked(
      () => this.settings.store.heads([this.destination]),
      ([head]) => head!,
    )
  }

  offsetAt(time: number): Awaitable<number> {
    return this.#asked(
      () => this.settings.store.offsetAt(this.destination, time),
      (offset) => offset,
    )
  }

  /** Takes a message as the broker below brings it. */
  arrived(message: Message, messageId: string): void {
    const offset = offsetOf(message.headers, this.settings.store.epoch)
    if (offset === undefined) return this.#publish(new Recent(message, messageId, this.last, false))
    // Known already: this process published it, or the store had it.
    if (this.#last !== undefined && offset <= this.#last) return
    if (this.#last === undefined || offset === this.#last + 1) return this.#take(message, offset)
    this.expect(offset)
  }

  /** A message of this offset exists: it comes by itself or from the store, with all before it. */
  expect(offset: number): void {
    if (this.#last === undefined || offset <= this.#last || offset <= this.#seen) return
    this.#seen = offset
    if (!this.#filling) this.#fill()
  }

  /** A message has another content from now on: in what is at hand, and in what is on its way. */
  replaced(message: Pick<StoredMessage, 'offset' | 'headers' | 'body'>): void {
    const recent = this.#recent(message)
    const { offset } = recent
    this.#replaced.delete(offset)
    this.#replaced.set(offset, recent)
    if (this.#replaced.size > MOST_REPLACED) this.#replaced.delete(this.#replaced.keys().next().value!)
    this.#forgetReplaced()
    this.ring.replace(recent)
    for (const cursor of this.cursors) cursor.replaced(recent)
  }

  /** Messages may have been replaced unheard: whoever wants them has to ask the store. */
  distrust(): void {
    this.#generation++
    this.ring.clear()
  }

  /** Messages from this offset on, from the store; shared by all who want the same. */
  page(from: number): Promise<readonly Recent[]> {
    let page = this.#reading.get(from)
    if (page === undefined) {
      page = this.#read(from).finally(() => {
        this.#reading.delete(from)
        this.#forgetReplaced()
      })
      this.#reading.set(from, page)
    }
    return page
  }

  close(): void {
    this.#closed = true
    this.#retry?.cancel()
    this.ring.clear()
  }

  async #read(from: number): Promise<readonly Recent[]> {
    const { store, page } = this.settings
    let messages: readonly StoredMessage[]
    let generation: number
    do {
      generation = this.#generation
      messages = await this.#asked(
        () => store.read(this.destination, from, page),
        (found) => found,
      )
    } while (generation !== this.#generation)
    const recents = messages.map((one) => this.#replaced.get(one.offset) ?? this.#recent(one))
    if (!this.#closed) this.#extend(recents)
    return recents
  }

  /** What has come, or is read from now on, is what it is. */
  #forgetReplaced(): void {
    if (this.#replaced.size === 0 || this.#reading.size > 0 || this.#last === undefined) return
    for (const offset of this.#replaced.keys()) if (offset <= this.#last) this.#replaced.delete(offset)
  }

  #recent({ headers, body, offset }: Pick<StoredMessage, 'offset' | 'headers' | 'body'>): Recent {
    const { epoch } = this.settings.store
    const message = { destination: this.destination, headers: stamped(headers, offset, epoch), body }
    return new Recent(message, this.#idPrefix + offset, offset, true)
  }

  /** A page that reaches what the ring has is worth keeping: whoever comes back now wants much the same. */
  #extend(page: readonly Recent[]): void {
    const { ring } = this
    if (ring.begin === ring.end) {
      if (page.at(-1)?.offset === this.#last) ring.extend(page)
      return
    }
    const oldest = ring.at(ring.begin)
    const before = oldest.retained ? oldest.offset - 1 : oldest.offset
    const end = page.findIndex((one) => one.offset === before)
    if (end !== -1) ring.extend(page.slice(0, end + 1))
  }

  #take(message: Message, offset: number): void {
    this.#last = offset
    this.#publish(this.#replaced.get(offset) ?? new Recent(message, this.#idPrefix + offset, offset, true))
    this.#forgetReplaced()
  }

  #publish(recent: Recent): void {
    this.ring.push(recent)
    this.settings.topics.publish(recent.message, recent.messageId)
    for (const cursor of this.cursors) cursor.pump()
  }

  /** Publishes what is missing between what has come and what is known to exist. */
  #fill(): void {
    this.#filling = true
    this.page(this.#last! + 1).then(
      (page) => {
        this.#filling = false
        if (this.#closed) return
        for (const { message, offset } of page) {
          if (offset <= this.#last!) continue
          if (offset > this.#last! + 1) this.#jump(offset)
          this.#take(message, offset)
        }
        // Nothing there: what is not there any more needs no filling.
        if (page.length === 0) this.#jump(this.#seen + 1)
        if (this.#seen > this.#last!) this.#fill()
      },
      () => {
        if (this.#closed) return
        this.#retry = this.settings.clock.after(AGAIN_MS, () => this.#fill())
      },
    )
  }

  /** The messages before this one are trimmed, or never were: those who have all that came have not missed any. */
  #jump(offset: number): void {
    for (const cursor of this.cursors) cursor.jump(this.#last! + 1, offset)
    this.#last = offset - 1
  }

  #asked<T, R>(ask: () => Awaitable<T>, then: (value: T) => R): Awaitable<R> {
    return asked(ask, then, this.settings.failed)
  }
}

/** Asks a store, and tells where it fails. What it throws is given on. */
export function asked<T, R>(
  ask: () => Awaitable<T>,
  then: (value: T) => R,
  failed: (error: unknown) => void,
): Awaitable<R> {
  const fails = (error: unknown): never => {
    failed(error)
    throw error
  }
  let asking: Awaitable<T>
  try {
    asking = ask()
  } catch (error) {
    return fails(error)
  }
  return asking instanceof Promise
    ? asking.then(then, fails)
    : next(asking, then as (value: T) => Awaitable<R>)
}

/** The headers of a message with its place. */
export function stamped({ flat }: StompHeaders, offset: number, epoch: string): StompHeaders {
  return new StompHeaders([STREAM_OFFSET, String(offset), STREAM_EPOCH, epoch, ...flat])
}
