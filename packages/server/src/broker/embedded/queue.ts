import type { Clock } from '../../clock.js'
import { Delivery } from '../../delivery.js'
import { StompError } from '../../errors.js'
import { messageBytes } from '../../message.js'
import type { Message } from '../../message.js'
import type { Subscriber } from '../broker.js'
import type { Unacked } from '../topics/acks.js'
import { expiry } from './expiry.js'
import { Waiting } from './waiting.js'

/** One message in a queue, from SEND until it is settled. */
export interface QueuedMessage {
  readonly message: Message
  readonly messageId: string
  /** Its place: what was sent earlier has a lower one. */
  readonly sequence: number
  /** Milliseconds since 1970; `Infinity` where it never expires. */
  readonly expiresAt: number
  readonly bytes: number
  /** By which a store keeps it; left out where none does. */
  key: number | undefined
  /** How often it has been delivered. */
  deliveries: number
  /** What the consumer holds that refused it last: it goes to others first. */
  refusedBy: QueueConsumer['unacked']
}

/** One subscription's place in a queue. */
export interface QueueConsumer {
  readonly subscriber: Subscriber
  readonly id: string
  readonly queue: Queue
  /** Left out for `ack:auto`: delivered is settled. */
  readonly unacked: Unacked<QueuedMessage> | undefined
  /** How many unacked deliveries it may hold. */
  readonly prefetch: number
  /** Its outbox was full; nothing is tried until the session says that there is room. */
  blocked: boolean
}

/** A message that a store keeps. */
export interface Kept {
  readonly key: number
  readonly expiresAt: number
  /** It comes from the store, after a restart. */
  readonly restored?: boolean
}

export interface QueueSettings {
  readonly clock: Clock
  readonly queueMessages: number
  readonly queueBytes: number
  /** What all queues hold together: each adds its own. */
  readonly total: { bytes: number }
  readonly maxDeliveries: number
  /** Takes a message that was delivered `maxDeliveries` times and never acked. */
  readonly deadLetter: (queue: Queue, message: QueuedMessage) => void
  readonly expired: (queue: Queue) => void
  /** A message that a store keeps is gone for good. */
  readonly settled: (key: number) => void
  /** It holds nothing and nobody consumes from it. */
  readonly idle: (queue: Queue) => void
}

/**
 * Competing consumers: each message goes to one of them, in turn, and waits while there is none with room. Nothing is
 * delivered but by `dispatch`, so that several changes can be made as one.
 */
export class Queue {
  readonly name: string
  readonly #settings: QueueSettings
  readonly #waiting = new Waiting<QueuedMessage>()
  readonly #consumers: QueueConsumer[] = []
  #turn = 0
  #sequence = 0
  /** Of everything not settled: waiting, given back, or delivered and unacked. */
  #messages = 0
  #bytes = 0

  constructor(name: string, settings: QueueSettings) {
    this.name = name
    this.#settings = settings
  }

  get consumed(): boolean {
    return this.#consumers.length > 0
  }

  /** @throws StompError `queue-full` unless it has room for so many messages of so many bytes in all */
  reserve(messages: number, bytes: number): void {
    if (this.#fits(messages, bytes)) return
    this.dropExpired()
    if (!this.#fits(messages, bytes)) throw new StompError('queue-full', `The queue ${this.name} is full.`)
  }

  /** Takes a message for which there is room: see `reserve`. `kept`: as a store keeps it. */
  push(message: Message, messageId: string, kept?: Kept): void {
    const bytes = messageBytes(message)
    this.#messages++
    this.#bytes += bytes
    this.#settings.total.bytes += bytes
    this.#waiting.push({
      // The body is a view of what a transport read, or the application's own: keep neither.
      message: { ...message, body: Buffer.from(message.body) },
      messageId,
      sequence: this.#sequence++,
      expiresAt: kept?.expiresAt ?? expiry(message, this.#settings.clock),
      bytes,
      key: kept?.key,
      // It may have been delivered before.
      deliveries: kept?.restored === true ? 1 : 0,
      refusedBy: undefined,
    })
  }

  add(consumer: QueueConsumer): void {
    this.#consumers.push(consumer)
  }

  /** Takes a consumer away. @returns what it has not settled, for `giveBack` once all that shall leave have left */
  remove(consumer: QueueConsumer): readonly QueuedMessage[] {
    const index = this.#consumers.indexOf(consumer)
    if (index === -1) return []
    this.#consumers.splice(index, 1)
    if (index < this.#turn) this.#turn--
    return consumer.unacked?.clear() ?? []
  }

  /** These were acked. */
  settled(messages: readonly QueuedMessage[]): void {
    for (const one of messages) this.#forget(one)
  }

  /** These were delivered to this consumer and refused. */
  refused(messages: readonly QueuedMessage[], by: QueueConsumer): void {
    for (const one of messages) one.refusedBy = by.unacked
    this.giveBack(messages)
  }

  /** These were delivered and not settled: they will be again, before what is new and in their old order. */
  giveBack(messages: readonly QueuedMessage[]): void {
    const { maxDeliveries, deadLetter } = this.#settings
    this.#waiting.giveBack(messages.filter((one) => one.deliveries < maxDeliveries))
    for (const one of messages) {
      if (one.deliveries < maxDeliveries) continue
      this.#forget(one)
      deadLetter(this, one)
    }
  }

  /** Delivers what waits to the consumers that have room. */
  dispatch(): void {
    this.#deliverWaiting()
    this.rest()
  }

  /** Holds nothing any more; it is not to be used again. */
  discard(): void {
    this.#settings.total.bytes -= this.#bytes
    this.#bytes = 0
  }

  /** Drops what has expired, also where nobody asks for it. */
  dropExpired(): void {
    const gone = this.#waiting.dropExpired(this.#settings.clock.date())
    for (const one of gone) this.#forget(one)
    for (const _ of gone) this.#settings.expired(this)
    this.rest()
  }

  /** Says so where it holds nothing and nobody consumes from it any more. */
  rest(): void {
    if (this.#messages === 0 && this.#consumers.length === 0) this.#settings.idle(this)
  }

  #deliverWaiting(): void {
    for (;;) {
      const next = this.#waiting.first()
      if (next === undefined) return
      if (next.expiresAt <= this.#settings.clock.date()) {
        this.#waiting.shift()
        this.#forget(next)
        this.#settings.expired(this)
        continue
      }
      const consumer = this.#nextConsumer(next.refusedBy)
      if (consumer === undefined) return
      if (this.#deliver(next, consumer)) this.#waiting.shift()
      else consumer.blocked = true
    }
  }

  #deliver(queued: QueuedMessage, consumer: QueueConsumer): boolean {
    const { subscriber, unacked, id } = consumer
    const delivery = new Delivery(queued.message, queued.messageId, {
      acks: unacked !== undefined,
      redeliveries: queued.deliveries,
    })
    if (!subscriber.deliver(delivery, id)) return false
    queued.deliveries++
    if (unacked === undefined) this.#forget(queued)
    else unacked.add(queued.messageId, queued)
    return true
  }

  /** The next one in turn that has room; the one that refused it only where no other has. */
  #nextConsumer(refusedBy: QueueConsumer['unacked']): QueueConsumer | undefined {
    const consumers = this.#consumers
    let found = -1
    for (let i = 0; i < consumers.length; i++) {
      const index = (this.#turn + i) % consumers.length
      if (!hasRoom(consumers[index]!)) continue
      found = index
      if (refusedBy === undefined || consumers[index]!.unacked !== refusedBy) break
    }
    if (found === -1) return undefined
    this.#turn = (found + 1) % consumers.length
    return consumers[found]
  }

  #forget(queued: QueuedMessage): void {
    this.#messages--
    this.#bytes -= queued.bytes
    this.#settings.total.bytes -= queued.bytes
    if (queued.key !== undefined) this.#settings.settled(queued.key)
  }

  #fits(messages: number, bytes: number): boolean {
    return (
      this.#messages + messages <= this.#settings.queueMessages &&
      this.#bytes + bytes <= this.#settings.queueBytes
    )
  }
}

function hasRoom({ blocked, unacked, prefetch }: QueueConsumer): boolean {
  return !blocked && (unacked === undefined || unacked.size < prefetch)
}
