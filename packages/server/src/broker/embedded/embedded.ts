import { randomBytes } from 'node:crypto'
import { systemClock } from '../../clock.js'
import type { Clock } from '../../clock.js'
import { messageBytes } from '../../message.js'
import type { Message } from '../../message.js'
import { isWildcard } from '../../path-pattern.js'
import type { Broker, BrokerLink, BrokerObserver, Subscriber } from '../broker.js'
import { checkedSend, isQueue, isReplyAddress, isTopic, noSuchDestination } from '../destinations.js'
import { expiry } from './expiry.js'
import { Durable } from './durable.js'
import { EmbeddedLink } from './link.js'
import type { EmbeddedParts } from './link.js'
import type { Queue } from './queue.js'
import type { KeptMessage, QueueStore } from './queue-store.js'
import { Queues } from './queues.js'
import { ReplyAddresses } from './reply-queues.js'
import { Topics } from '../topics/topics.js'

export interface EmbeddedBrokerOptions {
  /** Queues that hold messages or have consumers. Default 10,000. */
  readonly queues?: number
  /** Messages in one queue that are not settled: waiting, or delivered and unacked. Default 100,000. */
  readonly queueMessages?: number
  /** Their bytes. Default 64 MiB. */
  readonly queueBytes?: number
  /** The bytes of all queues together. Default 256 MiB. */
  readonly allQueuesBytes?: number
  /** A message that was delivered so often and never acked goes to `deadLetterQueue`. Default 20, as in RabbitMQ. */
  readonly maxDeliveries?: number
  /** Default `/queue/dead-letter`. */
  readonly deadLetterQueue?: string
  /** Unacked deliveries of one subscription that names no `prefetch-count`, and the most it can name. Default 10,000. */
  readonly prefetch?: number
  /**
   * Keeps the messages of queues that are sent with `persistent:true`, and what becomes of them, so that they survive this
   * process. Started and stopped with the broker. Default: none does.
   */
  readonly durable?: QueueStore
  /** For tests. */
  readonly clock?: Clock
}

/**
 * A broker in this process: topics under `/topic/`, with `*` and `**` in subscriptions; queues under `/queue/`; reply
 * queues under `/temp-queue/`, seen by their session only.
 *
 * @throws RangeError when a bound is no positive integer, or `deadLetterQueue` no queue
 */
export function embeddedBroker(options: EmbeddedBrokerOptions = {}): Broker {
  return new EmbeddedBroker(options)
}

class EmbeddedBroker implements Broker, EmbeddedParts {
  readonly topics = new Topics()
  readonly queues: Queues
  readonly replies = new ReplyAddresses()
  readonly prefetch: number
  readonly durable: Durable | undefined
  // Message ids are unique across restarts too, so that a client can tell a repeated one.
  readonly #clock: Clock
  readonly #idPrefix = randomBytes(6).toString('base64url')
  #nextId = 0
  #observer: BrokerObserver | undefined

  constructor(options: EmbeddedBrokerOptions) {
    const bound = (name: keyof EmbeddedBrokerOptions, byDefault: number): number => {
      const value = (options[name] as number | undefined) ?? byDefault
      if (Number.isSafeInteger(value) && value > 0) return value
      throw new RangeError(`${name} has to be a positive integer, not ${value}`)
    }
    const { clock = systemClock, deadLetterQueue = '/queue/dead-letter' } = options
    if (!isQueue(deadLetterQueue) || isWildcard(deadLetterQueue)) {
      throw new RangeError(`deadLetterQueue has to be a queue, not ${deadLetterQueue}`)
    }
    this.#clock = clock
    this.durable = options.durable && new Durable(options.durable)
    this.prefetch = bound('prefetch', 10_000)
    this.queues = new Queues({
      clock,
      queues: bound('queues', 10_000),
      queueMessages: bound('queueMessages', 100_000),
      queueBytes: bound('queueBytes', 67_108_864),
      allQueuesBytes: bound('allQueuesBytes', 268_435_456),
      maxDeliveries: bound('maxDeliveries', 20),
      deadLetterQueue,
      observer: () => this.#observer,
      nextMessageId: () => this.nextMessageId(),
      durable: this.durable,
    })
  }

  observe(observer: BrokerObserver): void {
    this.#observer = observer
  }

  async start(): Promise<void> {
    await this.durable?.start(({ key, queue, messageId, headers, body, expiresAt }) => {
      this.queues.put({ destination: queue, headers, body }, messageId, { key, expiresAt, restored: true })
    })
  }

  connect(subscriber: Subscriber): BrokerLink {
    return new EmbeddedLink(this, subscriber)
  }

  publish(message: Message): void | Promise<void> {
    this.check(message)
    if (this.durable?.takes(message) === true) return this.#keep(message, this.durable)
    const id = this.nextMessageId()
    if (isTopic(message.destination)) this.topics.publish(message, id)
    else this.queues.send(message, id)
    return undefined
  }

  keep(message: Message): KeptMessage | undefined {
    if (this.durable?.takes(message) !== true) return undefined
    return this.durable.keep(message, this.nextMessageId(), expiry(message, this.#clock))
  }

  put(message: Message, kept?: KeptMessage): Queue | undefined {
    if (kept !== undefined) return this.queues.put({ ...message, body: kept.body }, kept.messageId, kept)
    const id = this.nextMessageId()
    if (!isTopic(message.destination)) return this.queues.put(message, id)
    this.topics.publish(message, id)
    return undefined
  }

  async stop(): Promise<void> {
    await this.durable?.stop()
  }

  #keep(message: Message, durable: Durable): Promise<void> {
    durable.mustKeepUp()
    this.queues.reserve(new Map([[message.destination, { messages: 1, bytes: messageBytes(message) }]]))
    const kept = this.keep(message)!
    return durable.change([{ kept }]).then(() => this.put(message, kept)?.dispatch())
  }

  nextMessageId(): string {
    return `${this.#idPrefix}-${this.#nextId++}`
  }

  check(message: Message): void {
    const { destination } = message
    checkedSend(message)
    if (isReplyAddress(destination) && !this.replies.has(destination)) throw noSuchDestination(destination)
    if (!isTopic(destination)) expiry(message, this.#clock)
  }
}
