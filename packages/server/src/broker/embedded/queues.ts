import { StompHeaders } from '@stomping-ground/codec'
import type { Clock } from '../../clock.js'
import { StompError } from '../../errors.js'
import type { Message } from '../../message.js'
import type { BrokerObserver } from '../broker.js'
import { Queue, expiry, sizeOf } from './queue.js'
import type { QueueConsumer, QueueSettings, QueuedMessage } from './queue.js'

export interface QueuesOptions {
  readonly clock: Clock
  /** Queues that hold messages or have consumers. */
  readonly queues: number
  readonly queueMessages: number
  readonly queueBytes: number
  readonly maxDeliveries: number
  /** Where messages go that were delivered `maxDeliveries` times and never acked. */
  readonly deadLetterQueue: string
  readonly observer: () => BrokerObserver | undefined
  readonly nextMessageId: () => string
}

/** All queues of a broker, by name. A queue is there while it holds a message or has a consumer. */
export class Queues {
  readonly #queues = new Map<string, Queue>()
  readonly #options: QueuesOptions
  readonly #settings: QueueSettings

  constructor(options: QueuesOptions) {
    this.#options = options
    this.#settings = {
      ...options,
      deadLetter: (queue, message) => this.#deadLetter(queue, message),
      idle: (queue) => {
        if (this.#queues.get(queue.name) === queue) this.#queues.delete(queue.name)
      },
      expired: (queue) => options.observer()?.dropped(queue.name, 'expired'),
    }
  }

  get size(): number {
    return this.#queues.size
  }

  /** @throws StompError `header-invalid` where it could never be queued */
  check(message: Message): void {
    expiry(message, this.#options.clock)
  }

  /** @throws StompError `queue-full` or `too-many-queues` */
  send(message: Message, messageId: string): void {
    this.reserve(message.destination, 1, sizeOf(message))
    this.#open(message.destination).push(message, messageId)
  }

  /** @throws StompError unless so much could be sent to it now */
  reserve(name: string, messages: number, bytes: number): void {
    const queue = this.#queues.get(name) ?? this.#new(name)
    queue.reserve(messages, bytes)
  }

  /** Makes a place in a queue; nothing is delivered before `dispatch`. @throws StompError `too-many-queues` */
  subscribe(name: string, place: Omit<QueueConsumer, 'queue' | 'blocked'>): QueueConsumer {
    const queue = this.#open(name)
    const consumer = { ...place, queue, blocked: false }
    queue.add(consumer)
    return consumer
  }

  /** Forgets a queue and what it holds. */
  delete(name: string): void {
    this.#queues.delete(name)
  }

  #open(name: string): Queue {
    let queue = this.#queues.get(name)
    if (queue === undefined) this.#queues.set(name, (queue = this.#new(name)))
    return queue
  }

  #new(name: string): Queue {
    if (this.#queues.size >= this.#options.queues) throw new StompError('too-many-queues')
    return new Queue(name, this.#settings)
  }

  #deadLetter(queue: Queue, { message, deliveries }: QueuedMessage): void {
    const { deadLetterQueue, nextMessageId, observer } = this.#options
    const why = [
      'x-death-queue',
      queue.name,
      'x-death-reason',
      'max-deliveries',
      'x-delivery-count',
      String(deliveries),
    ]
    // What made it expire in its own queue shall not in this one.
    const headers = [...message.headers].filter(([name]) => name !== 'expires' && name !== 'message-ttl')
    try {
      if (queue.name === deadLetterQueue) throw new StompError('queue-full')
      this.send(
        { ...message, destination: deadLetterQueue, headers: new StompHeaders([...why, ...headers.flat()]) },
        nextMessageId(),
      )
      observer()?.dropped(queue.name, 'dead-lettered')
    } catch {
      observer()?.dropped(queue.name, 'dead-letter-failed')
    }
  }
}
