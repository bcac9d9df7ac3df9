import type { Operation } from '../broker/broker.js'
import { StompError } from '../errors.js'
import type { Limits } from '../limits.js'
import { messageBytes } from '../message.js'

/**
 * A session's open transactions. What belongs to one is held here until COMMIT hands all of it to the broker, which
 * carries it out whole or not at all; so a transaction needs nothing of the broker while it is open.
 */
export class Transactions {
  readonly #limits: Limits
  readonly #open = new Map<string, Operation[]>()
  #frames = 0
  #bytes = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** @throws StompError `transaction-repeated` or `too-many-transactions` */
  begin(name: string): void {
    if (this.#open.has(name)) throw new StompError('transaction-repeated')
    if (this.#open.size >= this.#limits.transactionsPerSession) throw new StompError('too-many-transactions')
    this.#open.set(name, [])
  }

  /** @throws StompError `transaction-unknown` or `transaction-too-large` */
  add(name: string, operation: Operation): void {
    const operations = this.#open.get(name)
    if (operations === undefined) throw new StompError('transaction-unknown')
    const bytes = bytesOf(operation)
    if (
      this.#frames + 1 > this.#limits.transactionFrames ||
      this.#bytes + bytes > this.#limits.transactionBytes
    ) {
      throw new StompError('transaction-too-large')
    }
    this.#frames++
    this.#bytes += bytes
    operations.push(kept(operation))
  }

  /** Ends a transaction and gives what it held. @throws StompError `transaction-unknown` */
  end(name: string): readonly Operation[] {
    const operations = this.#open.get(name)
    if (operations === undefined) throw new StompError('transaction-unknown')
    this.#open.delete(name)
    this.#frames -= operations.length
    for (const one of operations) this.#bytes -= bytesOf(one)
    return operations
  }
}

function bytesOf(operation: Operation): number {
  return operation.kind === 'send' ? messageBytes(operation.message) : 0
}

/** A body is a view of what the transport read: what has to outlive that is copied. */
function kept(operation: Operation): Operation {
  if (operation.kind !== 'send') return operation
  return { ...operation, message: { ...operation.message, body: operation.message.body.slice() } }
}
