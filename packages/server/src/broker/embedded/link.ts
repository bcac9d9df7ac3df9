import { StompHeaders } from '@stomping-ground/codec'
import { StompError } from '../../errors.js'
import type { Message } from '../../message.js'
import { isWildcard } from '../../path-pattern.js'
import type { Acknowledgement, BrokerLink, Operation, SubscribeRequest, Subscriber } from '../broker.js'
import { Unacked, unknownAck } from './acks.js'
import { isQueue, isTempQueue, isTopic } from './destinations.js'
import { sizeOf, wholeNumber } from './queue.js'
import type { QueueConsumer, QueuedMessage } from './queue.js'
import type { Queues } from './queues.js'
import type { ReplyQueues } from './reply-queues.js'
import type { TopicSubscription, Topics } from './topics.js'

/** What a link uses of its broker. */
export interface EmbeddedParts {
  readonly topics: Topics
  readonly queues: Queues
  readonly replies: ReplyQueues
  readonly prefetch: number
  /** @throws StompError when this message could not be published, whatever room there is */
  check(message: Message): void
  publish(message: Message): void
}

/** Where a subscription stands, and what it has not settled. */
interface Place<Held> {
  readonly id: string
  readonly subscriber: Subscriber
  readonly unacked: Unacked<Held> | undefined
  readonly prefetch: number
}

/** Reply queues of one session. */
const MOST_REPLY_QUEUES = 100

/** One session's side of the embedded broker. */
export class EmbeddedLink implements BrokerLink {
  readonly #broker: EmbeddedParts
  readonly #subscriber: Subscriber
  readonly #topics = new Map<string, TopicSubscription>()
  readonly #consumers = new Map<string, QueueConsumer>()
  /** The addresses of this session's reply queues, by the names it gave them. */
  #replyQueues: Map<string, string> | undefined

  constructor(broker: EmbeddedParts, subscriber: Subscriber) {
    this.#broker = broker
    this.#subscriber = subscriber
  }

  send(message: Message): void {
    this.#broker.publish(this.#withReplyTo(message))
  }

  subscribe(request: SubscribeRequest, active: () => void): void {
    const { id, destination } = request
    if (isTopic(destination)) {
      this.#topics.set(id, this.#broker.topics.subscribe(destination, this.#place(request)))
      active()
      return
    }
    if (isWildcard(destination) || !(isQueue(destination) || isTempQueue(destination))) {
      throw new StompError(
        'destination-invalid',
        `The broker has no destination ${destination} to subscribe to.`,
      )
    }
    const name = isTempQueue(destination) ? this.#replyQueue(destination) : destination
    const consumer = this.#consume(name, id, this.#place(request))
    active()
    consumer.queue.dispatch()
  }

  unsubscribe(subscriptionId: string): void {
    const subscription = this.#topics.get(subscriptionId)
    const consumer = this.#consumers.get(subscriptionId)
    this.#topics.delete(subscriptionId)
    this.#consumers.delete(subscriptionId)
    if (subscription !== undefined) this.#broker.topics.unsubscribe(subscription)
    if (consumer !== undefined) consumer.queue.remove(consumer)
  }

  ack(acknowledgement: Acknowledgement): void {
    this.#settle(acknowledgement, ({ queue }, messages) => queue.settled(messages))
  }

  nack(acknowledgement: Acknowledgement): void {
    this.#settle(acknowledgement, ({ queue }, messages) => queue.giveBack(messages))
  }

  awaits(acknowledgement: Acknowledgement): boolean {
    return this.#holder(acknowledgement) !== undefined
  }

  commit(operations: readonly Operation[]): void {
    const addressed = operations.map((operation) =>
      operation.kind === 'send' ? { ...operation, message: this.#withReplyTo(operation.message) } : operation,
    )
    this.#check(addressed)
    for (const operation of addressed) {
      if (operation.kind === 'send') this.#broker.publish(operation.message)
      // A cumulative one before it in this transaction may have settled it already.
      else if (this.awaits(operation.acknowledgement)) this[operation.kind](operation.acknowledgement)
    }
  }

  ready(): void {
    for (const consumer of this.#consumers.values()) {
      if (!consumer.blocked) continue
      consumer.blocked = false
      consumer.queue.dispatch()
    }
  }

  close(): void {
    for (const subscription of this.#topics.values()) this.#broker.topics.unsubscribe(subscription)
    for (const consumer of this.#consumers.values()) consumer.queue.remove(consumer)
    for (const address of this.#replyQueues?.values() ?? []) {
      this.#broker.replies.close(address)
      this.#broker.queues.delete(address)
    }
    this.#topics.clear()
    this.#consumers.clear()
    this.#replyQueues = undefined
  }

  #place<Held>({ id, ack, headers }: SubscribeRequest): Place<Held> {
    const asked = wholeNumber('prefetch-count', headers.get('prefetch-count')) ?? 0
    const unacked = ack === 'auto' ? undefined : new Unacked<Held>(ack)
    // RabbitMQ: prefetch-count 0 means as many as there may be
    const prefetch = asked === 0 ? this.#broker.prefetch : Math.min(asked, this.#broker.prefetch)
    return { id, subscriber: this.#subscriber, unacked, prefetch }
  }

  #consume(name: string, id: string, place: Place<QueuedMessage>): QueueConsumer {
    const consumer = this.#broker.queues.subscribe(name, place)
    this.#consumers.set(id, consumer)
    return consumer
  }

  #holder({ subscriptionId, messageId }: Acknowledgement): TopicSubscription | QueueConsumer | undefined {
    if (subscriptionId !== undefined) {
      const holder = this.#consumers.get(subscriptionId) ?? this.#topics.get(subscriptionId)
      return holder?.unacked?.has(messageId) === true ? holder : undefined
    }
    // STOMP 1.0 "ACK" names no subscription.
    for (const holder of [...this.#consumers.values(), ...this.#topics.values()]) {
      if (holder.unacked?.has(messageId) === true) return holder
    }
    return undefined
  }

  #settle(
    acknowledgement: Acknowledgement,
    settled: (consumer: QueueConsumer, messages: readonly QueuedMessage[]) => void,
  ): void {
    const holder = this.#holder(acknowledgement)
    if (holder === undefined) throw unknownAck(acknowledgement)
    const messages = holder.unacked!.settle(acknowledgement.messageId)
    // A topic keeps nothing: there is nothing to forget or to give to others.
    if ('queue' in holder) settled(holder, messages as QueuedMessage[])
  }

  /** Whether all of it can be carried out now: what follows cannot fail then. */
  #check(operations: readonly Operation[]): void {
    const sums = new Map<string, { messages: number; bytes: number }>()
    for (const operation of operations) {
      if (operation.kind !== 'send') {
        if (!this.awaits(operation.acknowledgement)) throw unknownAck(operation.acknowledgement)
        continue
      }
      const { destination } = operation.message
      this.#broker.check(operation.message)
      if (isTopic(destination)) continue
      const sum = sums.get(destination) ?? { messages: 0, bytes: 0 }
      sums.set(destination, { messages: sum.messages + 1, bytes: sum.bytes + sizeOf(operation.message) })
    }
    for (const [name, { messages, bytes }] of sums) this.#broker.queues.reserve(name, messages, bytes)
  }

  /** The session's own name in `reply-to` becomes an address that the receiver can send to. */
  #withReplyTo(message: Message): Message {
    const replyTo = message.headers.get('reply-to')
    if (replyTo === undefined || !isTempQueue(replyTo)) return message
    const address = this.#replyQueue(replyTo)
    // As in RabbitMQ: asking for a reply subscribes to it, under the queue's own name.
    if (![...this.#consumers.values()].some((consumer) => consumer.queue.name === address)) {
      this.#consume(address, replyTo, {
        id: replyTo,
        subscriber: this.#subscriber,
        unacked: undefined,
        prefetch: 1,
      })
    }
    const flat = [...message.headers].flatMap(([name, value]) => [
      name,
      name === 'reply-to' ? address : value,
    ])
    return { ...message, headers: new StompHeaders(flat) }
  }

  #replyQueue(name: string): string {
    this.#replyQueues ??= new Map()
    let address = this.#replyQueues.get(name)
    if (address === undefined) {
      if (this.#replyQueues.size >= MOST_REPLY_QUEUES) throw new StompError('too-many-queues')
      this.#replyQueues.set(name, (address = this.#broker.replies.open()))
    }
    return address
  }
}
