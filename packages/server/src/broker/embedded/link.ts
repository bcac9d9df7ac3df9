import { messageBytes } from '../../message.js'
import type { Message } from '../../message.js'
import { wholeNumber } from '../../whole-number.js'
import type {
  Acknowledgement,
  BrokerLink,
  Operation,
  SubscribeRequest,
  Subscriber,
  SubscriptionActive,
} from '../broker.js'
import { Unacked, unknownAck } from '../topics/acks.js'
import { checkedConsumption, isTempQueue, isTopic } from '../destinations.js'
import type { Durable } from './durable.js'
import type { KeptMessage, QueueChange } from './queue-store.js'
import type { Queue, QueueConsumer, QueuedMessage } from './queue.js'
import type { Load, Queues } from './queues.js'
import { ReplyQueues } from './reply-queues.js'
import type { ReplyAddresses } from './reply-queues.js'
import type { TopicSubscription, Topics } from '../topics/topics.js'

/** What a link uses of its broker. */
export interface EmbeddedParts {
  readonly topics: Topics
  readonly queues: Queues
  readonly replies: ReplyAddresses
  readonly prefetch: number
  /** @throws StompError when this message could not be published, whatever room there is */
  check(message: Message): void
  /**
   * Publishes a message that has been checked and has room.
   *
   * @returns the queue that has it, and delivers it when it is told to
   */
  put(message: Message, kept?: KeptMessage): Queue | undefined
  /** A message as a store has to keep it; `undefined` where none has to. */
  keep(message: Message): KeptMessage | undefined
  readonly durable: Durable | undefined
  /** @throws StompError */
  publish(message: Message): void | Promise<void>
}

/** Where a subscription stands, and what it has not settled. */
interface Place<Held> {
  readonly id: string
  readonly subscriber: Subscriber
  readonly unacked: Unacked<Held> | undefined
  readonly prefetch: number
}

/** What one acknowledgement settles in a queue. */
interface Taken {
  readonly consumer: QueueConsumer
  readonly messages: readonly QueuedMessage[]
}

/** What most links have, sessions of topics alone: shared, and never added to. */
const NO_CONSUMERS: QueueConsumer[] = []
const NO_TOPICS: TopicSubscription[] = []

/** One session's side of the embedded broker. */
export class EmbeddedLink implements BrokerLink {
  readonly #broker: EmbeddedParts
  readonly #subscriber: Subscriber
  /** An array, not a map: most links have one or two, and links are many. */
  #topics = NO_TOPICS
  #consumers = NO_CONSUMERS
  #replies: ReplyQueues | undefined
  #closed = false

  constructor(broker: EmbeddedParts, subscriber: Subscriber) {
    this.#broker = broker
    this.#subscriber = subscriber
  }

  send(message: Message): void | Promise<void> {
    return this.#broker.publish(this.#withReplyTo(message))
  }

  subscribe(request: SubscribeRequest, active: SubscriptionActive): void {
    const { id, destination } = request
    if (isTopic(destination)) {
      // STOMP 1.2 "ACK": client mode is cumulative on a subscription: one account for all topics of one id.
      const known = this.#topics.find((one) => one.id === id)
      const unacked = known === undefined ? newUnacked<undefined>(request) : known.unacked
      const subscription = this.#broker.topics.subscribe(destination, this.#place(request, unacked))
      // An array that is made with its one element has no room for more, and most never need it.
      if (this.#topics === NO_TOPICS) this.#topics = [subscription]
      else this.#topics.push(subscription)
      active()
      return
    }
    checkedConsumption(destination)
    const place = this.#place(request, newUnacked<QueuedMessage>(request))
    const name = isTempQueue(destination) ? this.#replyQueues().queueFor(destination) : destination
    const consumer = this.#broker.queues.subscribe(name, place)
    if (this.#consumers === NO_CONSUMERS) this.#consumers = []
    this.#consumers.push(consumer)
    active()
    consumer.queue.dispatch()
  }

  unsubscribe(subscriptionId: string): void {
    const stays = ({ id }: { readonly id: string }): boolean => id !== subscriptionId
    for (const one of this.#topics) if (!stays(one)) this.#broker.topics.unsubscribe(one)
    if (this.#topics !== NO_TOPICS) this.#topics = this.#topics.filter(stays)
    const left = this.#consumers.filter((one) => !stays(one))
    if (left.length === 0) return
    this.#consumers = this.#consumers.filter(stays)
    leave(left, this.#broker.queues)
  }

  ack(acknowledgement: Acknowledgement, confirm = true): void | Promise<void> {
    return this.#settle('ack', acknowledgement, confirm)
  }

  nack(acknowledgement: Acknowledgement, confirm = true): void | Promise<void> {
    return this.#settle('nack', acknowledgement, confirm)
  }

  awaits(acknowledgement: Acknowledgement): boolean {
    return this.#holder(acknowledgement) !== undefined
  }

  commit(operations: readonly Operation[]): void | Promise<void> {
    const addressed = operations.map((operation) =>
      operation.kind === 'send' ? { ...operation, message: this.#withReplyTo(operation.message) } : operation,
    )
    this.check(addressed)
    // Taken first: a message to a topic may end this very session, whose acks are to be carried out all the same.
    const taken = addressed.map((one) => (one.kind === 'send' ? undefined : this.#take(one.acknowledgement)))
    const kept = addressed.map((one) => (one.kind === 'send' ? this.#broker.keep(one.message) : undefined))
    const changes = changesOf(addressed, taken, kept)
    if (changes.length === 0) return this.#carryOut(addressed, taken, kept)
    return this.#broker.durable!.change(changes).then(
      () => this.#carryOut(addressed, taken, kept),
      (error: unknown) => {
        for (const one of taken) one?.consumer.queue.giveBack(one.messages)
        for (const one of taken) one?.consumer.queue.dispatch()
        throw error
      },
    )
  }

  /** Whether all of it can be carried out now: what follows cannot fail then. */
  check(operations: readonly Operation[]): void {
    const loads = new Map<string, Load>()
    for (const operation of operations) {
      if (operation.kind !== 'send') {
        if (!this.awaits(operation.acknowledgement)) throw unknownAck(operation.acknowledgement)
        continue
      }
      const { message } = operation
      this.#broker.check(message)
      if (isTopic(message.destination)) continue
      const { messages, bytes } = loads.get(message.destination) ?? { messages: 0, bytes: 0 }
      loads.set(message.destination, { messages: messages + 1, bytes: bytes + messageBytes(message) })
    }
    this.#broker.queues.reserve(loads)
  }

  ready(): void {
    for (const consumer of [...this.#consumers, ...(this.#replies?.implied() ?? [])]) {
      if (!consumer.blocked) continue
      consumer.blocked = false
      consumer.queue.dispatch()
    }
  }

  close(): void {
    this.#closed = true
    for (const subscription of this.#topics) this.#broker.topics.unsubscribe(subscription)
    this.#topics = NO_TOPICS
    leave(this.#consumers, this.#broker.queues)
    this.#consumers = NO_CONSUMERS
    this.#replies?.close()
    this.#replies = undefined
  }

  #place<Held>({ id, headers }: SubscribeRequest, unacked: Unacked<Held> | undefined): Place<Held> {
    const asked = wholeNumber('prefetch-count', headers.get('prefetch-count')) ?? 0
    // RabbitMQ: prefetch-count 0 means as many as there may be
    const prefetch = asked === 0 ? this.#broker.prefetch : Math.min(asked, this.#broker.prefetch)
    return { id, subscriber: this.#subscriber, unacked, prefetch }
  }

  #holder({ subscriptionId, messageId }: Acknowledgement): TopicSubscription | QueueConsumer | undefined {
    // STOMP 1.0 "ACK" names no subscription.
    const holds = (one: TopicSubscription | QueueConsumer): boolean =>
      (subscriptionId === undefined || one.id === subscriptionId) && one.unacked?.has(messageId) === true
    return this.#consumers.find(holds) ?? this.#topics.find(holds)
  }

  /** Takes the messages that an acknowledgement settles out of what its subscription holds. */
  #take(acknowledgement: Acknowledgement): Taken | undefined {
    const holder = this.#holder(acknowledgement)
    const messages = holder?.unacked!.settle(acknowledgement.messageId) ?? []
    // A topic keeps nothing: there is nothing to forget or to give to others.
    return holder !== undefined && 'queue' in holder
      ? { consumer: holder, messages: messages as QueuedMessage[] }
      : undefined
  }

  #carryOut(
    operations: readonly Operation[],
    taken: readonly (Taken | undefined)[],
    kept: readonly (KeptMessage | undefined)[],
  ): void {
    const changed = new Set<Queue | undefined>()
    for (const [i, operation] of operations.entries()) {
      if (operation.kind === 'send') changed.add(this.#broker.put(operation.message, kept[i]))
      else changed.add(settle(operation.kind, taken[i]))
    }
    for (const queue of changed) queue?.dispatch()
  }

  /** Where a store keeps the messages, done means that it knows. */
  #settle(kind: 'ack' | 'nack', acknowledgement: Acknowledgement, confirm: boolean): void | Promise<void> {
    if (!this.awaits(acknowledgement)) throw unknownAck(acknowledgement)
    const taken = this.#take(acknowledgement)
    const durable = taken?.messages.some(({ key }) => key !== undefined) === true
    settle(kind, taken)?.dispatch()
    return durable && confirm ? this.#broker.durable?.written() : undefined
  }

  #withReplyTo(message: Message): Message {
    // A SEND may be carried out after its session has ended; nobody would hear the reply.
    if (this.#closed || !message.headers.has('reply-to')) return message
    return this.#replyQueues().addressed(message)
  }

  #replyQueues(): ReplyQueues {
    const { replies, queues } = this.#broker
    return (this.#replies ??= new ReplyQueues(replies, queues, this.#subscriber))
  }
}

/** What a store has to know of a transaction. */
function changesOf(
  operations: readonly Operation[],
  taken: readonly (Taken | undefined)[],
  kept: readonly (KeptMessage | undefined)[],
): QueueChange[] {
  const changes: QueueChange[] = []
  for (const [i, { kind }] of operations.entries()) {
    const [message, settled] = [kept[i], taken[i]]
    if (message !== undefined) changes.push({ kept: message })
    if (kind !== 'ack' || settled === undefined) continue
    for (const { key } of settled.messages) if (key !== undefined) changes.push({ settled: key })
  }
  return changes
}

function newUnacked<Held>({ ack }: SubscribeRequest): Unacked<Held> | undefined {
  return ack === 'auto' ? undefined : new Unacked<Held>(ack)
}

/** All of them leave before any gives back: nothing may go to another that leaves. */
function leave(consumers: readonly QueueConsumer[], queues: Queues): void {
  const left = new Map<Queue, QueuedMessage[]>()
  for (const consumer of consumers) {
    const messages = left.get(consumer.queue) ?? []
    for (const one of consumer.queue.remove(consumer)) messages.push(one)
    left.set(consumer.queue, messages)
  }
  for (const [queue, messages] of left) {
    queue.giveBack(messages)
    if (messages.length > 0) queues.dispatchReturned(queue)
    else queue.rest()
  }
}

/** @returns the queue that has changed */
function settle(kind: 'ack' | 'nack', taken: Taken | undefined): Queue | undefined {
  if (taken === undefined) return undefined
  const { consumer, messages } = taken
  if (kind === 'ack') consumer.queue.settled(messages)
  else consumer.queue.refused(messages, consumer)
  return consumer.queue
}
