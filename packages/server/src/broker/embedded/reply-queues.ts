import { randomBytes } from 'node:crypto'
import { REPLY_QUEUE } from '../../message.js'

/**
 * Queues for replies. A session calls one `/temp-queue/{name}`; others know it by an address that cannot be guessed,
 * which they got in a `reply-to` header: knowing it is the permission to send to it.
 */
export class ReplyQueues {
  readonly #addresses = new Set<string>()

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
