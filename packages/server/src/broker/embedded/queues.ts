import { StompHeaders } from '@stomping-ground/codec'
import type { Clock } from '../../clock.js'
import { StompError } from '../../errors.js'
import { messageBytes } from '../../message.js'
import type { Message } from '../../message.js'
import type { BrokerObserver } from '../broker.js'
import type { Durable } from './durable.js'
import { Queue } from './queue.js'
import type { Kept, QueueConsumer, QueueSettings, QueuedMessage } from './queue.js'

export interface QueuesOptions {
  readonly clock: Clock
  /** Queues that hold messages or have consumers. */
  readonly queues: number
  readonly queueMessages: number
  readonly queueBytes: number
  /** The bytes of all queues together. */
  readonly allQueuesBytes: number
  readonly maxDeliveries: number
  /** Where messages go that were delivered `maxDeliveries` times and never acked. */
  readonly deadLetterQueue: string
  readonly observer: () => BrokerObserver | undefined
  readonly nextMessageId: () => string
  /** There where messages may be kept. */
  readonly durable: Durable | undefined
}

/** What somebody wants to put into one queue. */
export interface Load {
  readonly messages: number
  readonly bytes: number
}

/** How often, at most, all queues are looked through for expired messages when there are as many as may be. */
const SWEEP_EVERY_MS = 1_000

/** All queues of a broker, by name. A queue is there while it holds a message or has a consumer. */
export class Queues {
  readonly #queues = new Map<string, Queue>()
  readonly #options: QueuesOptions
  readonly #settings: QueueSettings
  readonly #total = { bytes: 0 }
  /** Those that consumers have given messages back to in this turn of the event loop. */
  readonly #returned = new Set<Queue>()
  #nextSweep = -Infinity

  constructor(options: QueuesOptions) {
    this.#options = options
    this.#settings = {
      ...options,
      total: this.#total,
      deadLetter: (queue, message) => this.#deadLetter(queue, message),
      idle: (queue) => {
        if (this.#queues.get(queue.name) === queue) this.#queues.delete(queue.name)
      },
      expired: (queue) => options.observer()?.dropped(queue.name, 'expired'),
      settled: (key) => options.durable?.settled(key),
    }
  }

  get size(): number {
    return this.#queues.size
  }

  /** What all of them hold. */
  get bytes(): number {
    return this.#total.bytes
  }

  /** @throws StompError `queue-full` or `too-many-queues` */
  send(message: Message, messageId: string, kept?: Kept): void {
    const load = { messages: 1, bytes: messageBytes(message) }
    this.#reserve(message.destination, load)
    this.#checkBytes(load.bytes)
    this.put(message, messageId, kept).dispatch()
  }

  /** Puts a message in its queue, which has room: see `reserve`. Nothing is delivered before the queue's `dispatch`. */
  put(message: Message, messageId: string, kept?: Kept): Queue {
    const queue = this.#open(message.destination)
    queue.push(message, messageId, kept)
    return queue
  }

  /** @throws StompError `queue-full` or `too-many-queues` unless all of it could be sent now */
  reserve(loads: ReadonlyMap<string, Load>): void {
    let opened = 0
    let bytes = 0
    for (const [name, load] of loads) {
      this.#reserve(name, load)
      bytes += load.bytes
      if (!this.#queues.has(name)) opened++
    }
    this.#checkRoom(opened)
    this.#checkBytes(bytes)
  }

  /**
   * Makes a place in a queue. Nothing is delivered to it before the queue's `dispatch`.
   *
   * @throws StompError `too-many-queues`
   */
  subscribe(name: string, place: Omit<QueueConsumer, 'queue' | 'blocked'>): QueueConsumer {
    if (!this.#queues.has(name)) this.#checkRoom(1)
    const queue = this.#open(name)
    const { subscriber, id, unacked, prefetch } = place
    const consumer: QueueConsumer = { subscriber, id, queue, unacked, prefetch, blocked: false }
    queue.add(consumer)
    return consumer
  }

  /** Whether anybody consumes from this queue. */
  consumed(name: string): boolean {
    return this.#queues.get(name)?.consumed === true
  }

  /**
   * Delivers what consumers that left have given back, when this turn of the event loop is over. Consumers leave together, as
   * a pool of workers does that is stopped: what one held would go from each to the next that leaves, as delivered every time,
   * and in the end to the dead letters.
   */
  dispatchReturned(queue: Queue): void {
    if (this.#returned.size === 0) setImmediate(() => this.#dispatchReturned())
    this.#returned.add(queue)
  }

  #dispatchReturned(): void {
    const returned = [...this.#returned]
    this.#returned.clear()
    for (const queue of returned) if (this.#queues.get(queue.name) === queue) queue.dispatch()
  }

  /** Forgets a queue and what it holds. */
  delete(name: string): void {
    this.#queues.get(name)?.discard()
    this.#queues.delete(name)
  }

  #open(name: string): Queue {
    let queue = this.#queues.get(name)
    if (queue === undefined) this.#queues.set(name, (queue = new Queue(name, this.#settings)))
    return queue
  }

  #reserve(name: string, { messages, bytes }: Load): void {
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      this.#checkRoom(1)
      queue = new Queue(name, this.#settings)
    }
    queue.reserve(messages, bytes)
  }

  #checkRoom(more: number): void {
    if (this.#queues.size + more <= this.#options.queues) return
    this.#sweep()
    if (this.#queues.size + more > this.#options.queues) throw new StompError('too-many-queues')
  }

  #checkBytes(more: number): void {
    if (this.#total.bytes + more <= this.#options.allQueuesBytes) return
    this.#sweep()
    if (this.#total.bytes + more > this.#options.allQueuesBytes) {
      throw new StompError('queue-full', 'The queues hold as much as they may hold together.')
    }
  }

  /** Queues that nobody reads, with nothing but expired messages, would otherwise be there for ever. */
  #sweep(): void {
    const now = this.#options.clock.now()
    if (now < this.#nextSweep) return
    this.#nextSweep = now + SWEEP_EVERY_MS
    for (const queue of this.#queues.values()) queue.dropExpired()
  }

  #deadLetter(queue: Queue, { message, deliveries, key }: QueuedMessage): void {
    const { deadLetterQueue, nextMessageId, observer, durable } = this.#options
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
      const dead = {
        ...message,
        destination: deadLetterQueue,
        headers: new StompHeaders([...why, ...headers.flat()]),
      }
      const messageId = nextMessageId()
      // In the same turn, and so in the same transaction, as its old place is settled.
      const kept = key === undefined ? undefined : durable?.keep(dead, messageId, Infinity)
      this.send(dead, messageId, kept)
      if (kept !== undefined) durable!.change([{ kept }]).catch(() => {})
      observer()?.dropped(queue.name, 'dead-lettered')
    } catch {
      observer()?.dropped(queue.name, 'dead-letter-failed')
    }
  }
}
