import { StompHeaders, utf8Encode } from '@stomping-ground/codec'
import { recover } from '../awaitable.js'
import type { Broker, BrokerLink, Subscriber } from '../broker/broker.js'
import type { Delivery } from '../delivery.js'
import { StompError } from '../errors.js'
import { ALL_NODES, read, toNode } from './wire.js'
import type { Envelope } from './wire.js'

export interface PostHooks {
  /** In the order in which they came, and not within the broker's turn. */
  message(envelope: Envelope): void
  /** The broker is there, and both topics are read: for the first time, or again. */
  opened(): void
  /** What was sent in vain may now be sent again. */
  drained(): void
  failed(error: unknown, during: string): void
}

const HEADERS = new StompHeaders(['content-type', 'application/json'])

/**
 * How a node's messages go by the broker.
 *
 *     idle ──start──> opening ──both topics are read──> open ──the broker is away──> opening ...
 */
export class Post implements Subscriber {
  readonly sessionId: string
  readonly #broker: Broker
  readonly #hooks: PostHooks
  readonly #topics: readonly string[]
  #link: BrokerLink | undefined
  #state: 'idle' | 'away' | 'opening' | 'open' | 'closed' = 'idle'
  /** The topics that are read; the broker keeps them, also while it is away. */
  readonly #subscribed = new Set<string>()
  #subscribing = false
  /** The broker reads slowly: until it does not, only what is needed is sent. */
  #full = false
  #arrived: Envelope[] = []

  constructor(broker: Broker, name: string, hooks: PostHooks) {
    this.sessionId = `node-${name}`
    this.#broker = broker
    this.#hooks = hooks
    this.#topics = [ALL_NODES, toNode(name)]
  }

  /** Whether what is sent now goes out. */
  get open(): boolean {
    return this.#state === 'open' && !this.#full
  }

  /** Resolves when the broker was asked for the first time, whatever came of it. */
  async start(): Promise<void> {
    if (this.#state !== 'idle') return
    this.#state = 'opening'
    await this.#subscribe()
  }

  /** The broker can be reached, or no more. */
  availability(available: boolean): void {
    if (this.#state === 'idle' || this.#state === 'closed') return
    if (!available) this.#state = 'away'
    else if (this.#state === 'away') {
      this.#state = 'opening'
      void this.#subscribe()
    }
  }

  /** Tries again where the broker would not let this node read. */
  retry(): void {
    if (this.#state === 'opening') void this.#subscribe()
  }

  /** @returns a promise where the broker needs time; nothing is sent where it is away */
  send(destination: string, json: string): void | Promise<void> {
    if (this.#state !== 'open') return undefined
    const message = { destination, headers: HEADERS, body: utf8Encode(json) }
    const sent = recover(
      () => this.#link!.send(message, false),
      // It went down with the connection: the numbers tell.
      () => {},
    )
    if (!(sent instanceof Promise)) return undefined
    this.#full = true
    return sent.then(() => {
      this.#full = false
      this.#hooks.drained()
    })
  }

  stop(): void {
    this.#state = 'closed'
    this.#link?.close()
  }

  // The broker calls.

  deliver(delivery: Delivery): boolean {
    try {
      this.#arrived.push(read(delivery.message.body))
      if (this.#arrived.length === 1) queueMicrotask(() => this.#handOver())
    } catch (error) {
      queueMicrotask(() => this.#hooks.failed(error, 'a message of another node'))
    }
    return true
  }

  lost(): void {
    this.#subscribed.clear()
    this.#link?.close()
    this.#link = undefined
    if (this.#state === 'open') this.#state = 'opening'
  }

  #handOver(): void {
    for (const envelope of this.#arrived.splice(0)) {
      if (this.#state !== 'closed') this.#hooks.message(envelope)
    }
  }

  /** One attempt at a time: two would read everything twice. */
  async #subscribe(): Promise<void> {
    if (this.#subscribing) return
    this.#subscribing = true
    try {
      const link = (this.#link ??= await this.#broker.connect(this))
      const missing = this.#topics.filter((topic) => !this.#subscribed.has(topic))
      const results = await Promise.allSettled(missing.map(async (topic) => this.#read(link, topic)))
      for (const result of results) if (result.status === 'rejected') throw result.reason
    } catch (error) {
      // That it is away is told already.
      const isAway = error instanceof StompError && error.code === 'broker-unavailable'
      if (!isAway) this.#hooks.failed(error, 'reading what other nodes tell')
      return
    } finally {
      this.#subscribing = false
    }
    if (this.#state !== 'opening' || this.#subscribed.size < this.#topics.length) return
    this.#state = 'open'
    this.#hooks.opened()
  }

  async #read(link: BrokerLink, destination: string): Promise<void> {
    const request = { id: destination, destination, ack: 'auto', headers: new StompHeaders() } as const
    await link.subscribe(request, () => {})
    if (link === this.#link) this.#subscribed.add(destination)
  }
}
