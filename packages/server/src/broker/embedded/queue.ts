import type { Clock } from '../../clock.js'
import { Delivery } from '../../delivery.js'
import { StompError } from '../../errors.js'
import type { Message } from '../../message.js'
import type { Subscriber } from '../broker.js'
import type { Unacked } from './acks.js'
import { Fifo } from './fifo.js'

/** One message in a queue, from SEND until it is settled. */
export interface QueuedMessage {
  readonly message: Message
  readonly messageId: string
  /** Its place: what was sent earlier has a lower one. */
  readonly sequence: number
  /** Milliseconds since 1970; `Infinity` where it never expires. */
  readonly expiresAt: number
  readonly bytes: number
  /** How often it has been delivered. */
  deliveries: number
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

export interface QueueSettings {
  readonly clock: Clock
  readonly queueMessages: number
  readonly queueBytes: number
  readonly maxDeliveries: number
  /** Takes a message that was delivered `maxDeliveries` times and never acked. */
  readonly deadLetter: (queue: Queue, message: QueuedMessage) => void
  readonly expired: (queue: Queue) => void
  /** It holds nothing and nobody consumes from it. */
  readonly idle: (queue: Queue) => void
}

/** Competing consumers: each message goes to one of them, in turn, and waits while there is none with room. */
export class Queue {
  readonly name: string
  readonly #settings: QueueSettings
  readonly #waiting = new Fifo<QueuedMessage>()
  /** Delivered before and given back, lowest sequence first: all of them come before anything that waits. */
  #returned: QueuedMessage[] = []
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

  /** @throws StompError `queue-full` unless it has room for so many messages of so many bytes in all */
  reserve(messages: number, bytes: number): void {
    if (this.#fits(messages, bytes)) return
    this.#dropExpired()
    if (!this.#fits(messages, bytes)) throw new StompError('queue-full', `The queue ${this.name} is full.`)
  }

  /** Takes a message for which there is room: see `reserve`. */
  push(message: Message, messageId: string): void {
    const bytes = sizeOf(message)
    this.#messages++
    this.#bytes += bytes
    this.#waiting.push({
      // The body is a view of what a transport read: keeping it would keep all of that.
      message: { ...message, body: message.body.slice() },
      messageId,
      sequence: this.#sequence++,
      expiresAt: expiry(message, this.#settings.clock),
      bytes,
      deliveries: 0,
    })
    this.dispatch()
  }

  add(consumer: QueueConsumer): void {
    this.#consumers.push(consumer)
  }

  /** Takes a consumer away and gives back what it has not acked. */
  remove(consumer: QueueConsumer): void {
    const index = this.#consumers.indexOf(consumer)
    if (index === -1) return
    this.#consumers.splice(index, 1)
    if (index < this.#turn) this.#turn--
    this.giveBack(consumer.unacked?.clear() ?? [])
  }

  /** These were acked. */
  settled(messages: readonly QueuedMessage[]): void {
    for (const one of messages) this.#forget(one)
    this.dispatch()
  }

  /** These were delivered and refused, or their session was lost: they go to another consumer, in their old order. */
  giveBack(messages: readonly QueuedMessage[]): void {
    for (const one of messages) {
      if (one.deliveries >= this.#settings.maxDeliveries) {
        this.#forget(one)
        this.#settings.deadLetter(this, one)
      } else insert(this.#returned, one)
    }
    this.dispatch()
  }

  /** Delivers what waits to the consumers that have room. */
  dispatch(): void {
    this.#deliverWaiting()
    if (this.#messages === 0 && this.#consumers.length === 0) this.#settings.idle(this)
  }

  #deliverWaiting(): void {
    for (;;) {
      const next = this.#returned[0] ?? this.#waiting.first()
      if (next === undefined) return
      if (next.expiresAt <= this.#settings.clock.date()) {
        this.#take(next)
        this.#forget(next)
        this.#settings.expired(this)
        continue
      }
      const consumer = this.#nextConsumer()
      if (consumer === undefined) return
      if (this.#deliver(next, consumer)) this.#take(next)
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

  #take(queued: QueuedMessage): void {
    if (this.#returned[0] === queued) this.#returned.shift()
    else this.#waiting.shift()
  }

  #nextConsumer(): QueueConsumer | undefined {
    const consumers = this.#consumers
    for (let i = 0; i < consumers.length; i++) {
      const index = (this.#turn + i) % consumers.length
      const consumer = consumers[index]!
      if (consumer.blocked || (consumer.unacked !== undefined && consumer.unacked.size >= consumer.prefetch))
        continue
      this.#turn = (index + 1) % consumers.length
      return consumer
    }
    return undefined
  }

  #forget(queued: QueuedMessage): void {
    this.#messages--
    this.#bytes -= queued.bytes
  }

  #fits(messages: number, bytes: number): boolean {
    return (
      this.#messages + messages <= this.#settings.queueMessages &&
      this.#bytes + bytes <= this.#settings.queueBytes
    )
  }

  #dropExpired(): void {
    const date = this.#settings.clock.date()
    const keep = (queued: QueuedMessage): boolean => {
      if (queued.expiresAt > date) return true
      this.#forget(queued)
      this.#settings.expired(this)
      return false
    }
    this.#returned = this.#returned.filter(keep)
    this.#waiting.filter(keep)
  }
}

/** What a message counts in a queue: its body, its headers, and a little for what holds them. */
export function sizeOf({ body, headers }: Message): number {
  let bytes = body.length + 64
  for (const text of headers.flat) bytes += text.length
  return bytes
}

/**
 * When a message expires: `expires` in milliseconds since 1970 as in ActiveMQ (0: never), or `message-ttl` in
 * milliseconds from now.
 *
 * @throws StompError `header-invalid` when one of them is no whole number
 */
export function expiry({ headers }: Message, clock: Clock): number {
  const expires = wholeNumber('expires', headers.get('expires'))
  if (expires !== undefined && expires > 0) return expires
  const ttl = wholeNumber('message-ttl', headers.get('message-ttl'))
  return ttl === undefined ? Infinity : clock.date() + ttl
}

export function wholeNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,15}$/.test(value)) throw new StompError('header-invalid', `${name} has to be a whole number.`)
  return Number(value)
}

/** Keeps the array sorted by sequence. What comes back is usually the newest of it: search from the end. */
function insert(returned: QueuedMessage[], queued: QueuedMessage): void {
  let i = returned.length
  while (i > 0 && returned[i - 1]!.sequence > queued.sequence) i--
  returned.splice(i, 0, queued)
}
