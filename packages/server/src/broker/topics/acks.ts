import { StompError } from '../../errors.js'
import type { AckMode, Acknowledgement } from '../broker.js'

/**
 * What one subscription has got and not yet settled, by message id, in the order of delivery. `Held` is what its broker
 * keeps for each: a queue the message, a topic nothing.
 */
export class Unacked<Held> {
  readonly #mode: Exclude<AckMode, 'auto'>
  readonly #held = new Map<string, Held>()

  constructor(mode: Exclude<AckMode, 'auto'>) {
    this.#mode = mode
  }

  get size(): number {
    return this.#held.size
  }

  has(messageId: string): boolean {
    return this.#held.has(messageId)
  }

  add(messageId: string, held: Held): void {
    this.#held.set(messageId, held)
  }

  /**
   * Takes out what one ACK or NACK settles, in the order of delivery; nothing where it holds no such message.
   *
   * // STOMP 1.2 "SUBSCRIBE", client: cumulative, the message and all before it on this subscription;
   * // client-individual: the one message
   */
  settle(messageId: string): Held[] {
    if (!this.#held.has(messageId)) return []
    if (this.#mode === 'client-individual') {
      const held = this.#held.get(messageId)!
      this.#held.delete(messageId)
      return [held]
    }
    const settled: Held[] = []
    for (const [id, held] of this.#held) {
      settled.push(held)
      this.#held.delete(id)
      if (id === messageId) break
    }
    return settled
  }

  /** Takes out everything. */
  clear(): Held[] {
    const all = [...this.#held.values()]
    this.#held.clear()
    return all
  }
}

export function unknownAck({ messageId }: Acknowledgement): StompError {
  return new StompError(
    'ack-unknown',
    `No delivery of message ${messageId} waits for an acknowledgement here.`,
  )
}
