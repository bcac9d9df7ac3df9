import assert from 'node:assert/strict'
import { messageBytes } from '../src/message.js'
import { message } from '../src/testing/contract/kit.js'
import type { Received } from '../src/testing/recording-subscriber.js'

/** What a queue is said to do, in the simplest words: a list that is searched. The real one is compared with it. */
export interface Entry {
  readonly queue: string
  readonly body: string
  /** Its place in its queue. */
  readonly sequence: number
  readonly bytes: number
  deliveries: number
  state: 'waiting' | 'settled' | 'dead' | Consumer
  messageId: string | undefined
}

export interface Consumer {
  readonly id: string
  readonly queue: string
  readonly ack: 'auto' | 'client' | 'client-individual'
  readonly prefetch: number
  readonly session: { full: boolean }
  /** In the order of delivery. */
  readonly held: Entry[]
}

export interface ModelLimits {
  readonly queueMessages: number
  readonly queueBytes: number
  readonly maxDeliveries: number
}

export class QueueModel {
  readonly entries: Entry[] = []
  readonly consumers = new Set<Consumer>()
  readonly #limits: ModelLimits

  constructor(limits: ModelLimits) {
    this.#limits = limits
  }

  /** Whether a queue takes these bodies now, all of them. */
  fits(queue: string, bodies: readonly string[]): boolean {
    const unsettled = this.entries.filter((one) => one.queue === queue && isUnsettled(one))
    const bytes = [...unsettled.map((one) => one.bytes), ...bodies.map((body) => sizeOf(queue, body))]
    return (
      bytes.length <= this.#limits.queueMessages &&
      bytes.reduce((sum, one) => sum + one, 0) <= this.#limits.queueBytes
    )
  }

  send(queue: string, body: string): void {
    const sequence = this.entries.length
    const bytes = sizeOf(queue, body)
    this.entries.push({ queue, body, sequence, bytes, deliveries: 0, state: 'waiting', messageId: undefined })
  }

  /** Checks one delivery against everything that a queue promises, and notes it. */
  delivered(consumer: Consumer, { body, messageId, redelivered, headers }: Received): void {
    const next = this.entries.find((one) => one.queue === consumer.queue && one.state === 'waiting')
    // The first of all that waits, so: nothing twice, nothing out of order, redelivered ones before new ones.
    assert.equal(body, next?.body)
    const entry = next!
    assert(this.consumers.has(consumer) && !consumer.session.full)
    assert.equal(messageId, entry.messageId ?? messageId)
    assert.equal(redelivered, entry.deliveries > 0)
    assert.equal(headers['x-delivery-count'], entry.deliveries > 0 ? String(entry.deliveries) : undefined)
    entry.messageId = messageId
    entry.deliveries++
    if (consumer.ack === 'auto') entry.state = 'settled'
    else {
      entry.state = consumer
      consumer.held.push(entry)
      assert(consumer.held.length <= consumer.prefetch)
    }
  }

  /** What an ACK or NACK of this entry speaks of; it is the consumer's no more. */
  take(consumer: Consumer, entry: Entry): Entry[] {
    const at = consumer.held.indexOf(entry)
    if (at === -1) return []
    return consumer.ack === 'client' ? consumer.held.splice(0, at + 1) : consumer.held.splice(at, 1)
  }

  settle(entries: readonly Entry[]): void {
    for (const one of entries) one.state = 'settled'
  }

  giveBack(entries: readonly Entry[]): void {
    for (const one of entries) one.state = one.deliveries < this.#limits.maxDeliveries ? 'waiting' : 'dead'
  }

  leave(consumer: Consumer): void {
    this.consumers.delete(consumer)
    this.giveBack(consumer.held.splice(0))
  }

  /** Nothing waits where somebody could have it. */
  checkNothingIsStuck(): void {
    for (const { queue, ack, held, prefetch, session } of this.consumers) {
      if (session.full || (ack !== 'auto' && held.length >= prefetch)) continue
      assert.deepEqual(this.waiting(queue), [])
    }
  }

  waiting(queue: string): string[] {
    return this.entries
      .filter((one) => one.queue === queue && one.state === 'waiting')
      .map(({ body }) => body)
  }
}

function isUnsettled({ state }: Entry): boolean {
  return state !== 'settled' && state !== 'dead'
}

function sizeOf(queue: string, body: string): number {
  return messageBytes(message(queue, body))
}
