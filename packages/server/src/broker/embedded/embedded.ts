import { randomBytes } from 'node:crypto'
import { systemClock } from '../../clock.js'
import type { Clock } from '../../clock.js'
import type { Message } from '../../message.js'
import { isWildcard } from '../../path-pattern.js'
import type { Broker, BrokerLink, BrokerObserver, Subscriber } from '../broker.js'
import { checkedSend, isQueue, isReplyAddress, isTopic, noSuchDestination } from '../destinations.js'
import { expiry } from './expiry.js'
import { EmbeddedLink } from './link.js'
import type { EmbeddedParts } from './link.js'
import type { Queue } from './queue.js'
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
    })
  }

  observe(observer: BrokerObserver): void {
    this.#observer = observer
  }

  async start(): Promise<void> {}

  connect(subscriber: Subscriber): BrokerLink {
    return new EmbeddedLink(this, subscriber)
  }

  publish(message: Message): void {
    this.check(message)
    const id = this.nextMessageId()
    if (isTopic(message.destination)) this.topics.publish(message, id)
    else this.queues.send(message, id)
  }

  put(message: Message): Queue | undefined {
    const id = this.nextMessageId()
    if (!isTopic(message.destination)) return this.queues.put(message, id)
    this.topics.publish(message, id)
    return undefined
  }

  async stop(): Promise<void> {}

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
