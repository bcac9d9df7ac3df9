import { StompHeaders } from '@stomping-ground/codec'
import { randomBytes } from 'node:crypto'
import { StompError } from '../../errors.js'
import { REPLY_QUEUE } from '../../message.js'
import type { Message } from '../../message.js'
import type { Subscriber } from '../broker.js'
import { isTempQueue } from '../destinations.js'
import type { QueueConsumer } from './queue.js'
import type { Queues } from './queues.js'

/**
 * Queues for replies. A session calls one `/temp-queue/{name}`; others know it by an address that cannot be guessed,
 * which they got in a `reply-to` header: knowing it is the permission to send to it.
 */
export class ReplyAddresses {
  readonly #addresses = new Set<string>()

  get size(): number {
    return this.#addresses.size
  }

  has(address: string): boolean {
    return this.#addresses.has(address)
  }

  open(): string {
    const address = REPLY_QUEUE + randomBytes(16).toString('base64url')
    this.#addresses.add(address)
    return address
  }

  close(address: string): void {
    this.#addresses.delete(address)
  }
}

/** Reply queues of one session. */
const MOST_REPLY_QUEUES = 100

/** The reply queues of one session, by its own names for them. */
export class ReplyQueues {
  readonly #addresses: ReplyAddresses
  readonly #queues: Queues
  readonly #subscriber: Subscriber
  readonly #named = new Map<string, { readonly address: string; implied: QueueConsumer | undefined }>()

  constructor(addresses: ReplyAddresses, queues: Queues, subscriber: Subscriber) {
    this.#addresses = addresses
    this.#queues = queues
    this.#subscriber = subscriber
  }

  /**
   * The queue that this name stands for, from now on read by a subscription of the session's own.
   *
   * @throws StompError `too-many-queues`
   */
  queueFor(name: string): string {
    const reply = this.#named.get(name) ?? this.#open(name)
    if (reply.implied !== undefined) reply.implied.queue.remove(reply.implied)
    reply.implied = undefined
    return reply.address
  }

  /**
   * The session's own name in `reply-to` becomes the address that the receiver can send to. As in RabbitMQ, asking for a
   * reply subscribes to it, under the queue's own name, unless the session has subscribed to it already.
   *
   * @throws StompError `too-many-queues`
   */
  addressed(message: Message): Message {
    const name = message.headers.get('reply-to')
    if (name === undefined || !isTempQueue(name)) return message
    const reply = this.#named.get(name) ?? this.#open(name)
    const { address } = reply
    if (!this.#queues.consumed(address)) {
      reply.implied = this.#queues.subscribe(address, {
        id: name,
        subscriber: this.#subscriber,
        unacked: undefined,
        prefetch: 1,
      })
      reply.implied.queue.dispatch()
    }
    const flat = [...message.headers].flatMap(([header, value]) => [
      header,
      header === 'reply-to' ? address : value,
    ])
    return { ...message, headers: new StompHeaders(flat) }
  }

  /** The consumers that asking for a reply has made. */
  *implied(): Iterable<QueueConsumer> {
    for (const { implied } of this.#named.values()) if (implied !== undefined) yield implied
  }

  /** The queues are gone with what they hold. */
  close(): void {
    for (const { address, implied } of this.#named.values()) {
      implied?.queue.remove(implied)
      this.#addresses.close(address)
      this.#queues.delete(address)
    }
    this.#named.clear()
  }

  #open(name: string): { readonly address: string; implied: QueueConsumer | undefined } {
    if (this.#named.size >= MOST_REPLY_QUEUES) throw new StompError('too-many-queues')
    const reply = { address: this.#addresses.open(), implied: undefined }
    this.#named.set(name, reply)
    return reply
  }
}
