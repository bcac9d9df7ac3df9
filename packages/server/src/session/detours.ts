import type { Delivery } from '../delivery.js'
import { messageBytes } from '../message.js'
import type { Message } from '../message.js'

/** What stands between the broker and an outbox, where there is anything. It never throws. */
export interface Detour {
  /** As a `Subscriber` does. */
  deliver(delivery: Delivery, subscriptionId: string): boolean
}

/** For a connection that is gone. */
export const GONE: Detour = { deliver: () => false }

/** Sees each delivery of a session, and gives what goes on; nothing where it is dropped. */
export type Outbound = (delivery: Delivery, subscriptionId: string) => Delivery | undefined

/**
 * The gate of one subscription whose flow has to follow a snapshot.
 *
 *     holding ──the snapshot is sent──> cutting ──the first message that is not in it──> gone
 *        └── past `heldBytes` ──> overflowed
 */
class Gate {
  readonly #heldBytes: number
  #held: Delivery[] | undefined = []
  #bytes = 0
  overflowed = false
  isIn: ((message: Message) => boolean | undefined) | undefined

  constructor(heldBytes: number) {
    this.#heldBytes = heldBytes
  }

  /** Whether it keeps this delivery, for later or for good. */
  keeps(delivery: Delivery): boolean {
    if (this.#held === undefined) return this.cuts(delivery)
    this.#bytes += messageBytes(delivery.message)
    if (this.#bytes > this.#heldBytes) this.overflowed = true
    if (this.overflowed) this.#held.length = 0
    else this.#held.push(delivery.kept())
    return true
  }

  /** Whether the snapshot has it; once one is not in it, nothing more is asked. */
  cuts(delivery: Delivery): boolean {
    const isIn = this.isIn?.(delivery.message)
    if (isIn === false) this.isIn = undefined
    return isIn === true
  }

  /** Everything has got past it, and will. */
  get open(): boolean {
    return this.#held === undefined && this.isIn === undefined
  }

  release(): readonly Delivery[] {
    const held = this.#held ?? []
    this.#held = undefined
    return held
  }
}

/** A way round an outbox: past what the application put there, and the gates of subscriptions. */
export class Detours implements Detour {
  readonly #take: (delivery: Delivery, subscriptionId: string) => boolean
  readonly #outbound: Outbound | undefined
  readonly #gates = new Map<string, Gate>()

  constructor(take: (delivery: Delivery, subscriptionId: string) => boolean, outbound: Outbound | undefined) {
    this.#take = take
    this.#outbound = outbound
  }

  /** Whether it is needed. */
  get idle(): boolean {
    return this.#outbound === undefined && this.#gates.size === 0
  }

  deliver(delivery: Delivery, subscriptionId: string): boolean {
    const gate = this.#gates.get(subscriptionId)
    if (gate !== undefined) {
      if (gate.keeps(delivery)) return true
      if (gate.open) this.#gates.delete(subscriptionId)
    }
    return this.#pass(delivery, subscriptionId)
  }

  hold(subscriptionId: string, heldBytes: number): void {
    this.#gates.set(subscriptionId, new Gate(heldBytes))
  }

  overflowed(subscriptionId: string): boolean {
    return this.#gates.get(subscriptionId)?.overflowed === true
  }

  /**
   * Delivers the snapshot, then what the subscription missed meanwhile, but for the first messages that the snapshot has.
   *
   * @returns false when the outbox is full
   */
  release(
    subscriptionId: string,
    isIn: ((message: Message) => boolean | undefined) | undefined,
    first: Delivery | undefined,
  ): boolean {
    if (first !== undefined && !this.#pass(first, subscriptionId)) return false
    const gate = this.#gates.get(subscriptionId)
    if (gate === undefined) return true
    gate.isIn = isIn
    for (const delivery of gate.release()) {
      if (!gate.cuts(delivery) && !this.#pass(delivery, subscriptionId)) return false
    }
    if (gate.open) this.forget(subscriptionId)
    return true
  }

  forget(subscriptionId: string): void {
    this.#gates.delete(subscriptionId)
  }

  #pass(delivery: Delivery, subscriptionId: string): boolean {
    const passed = this.#outbound === undefined ? delivery : this.#outbound(delivery, subscriptionId)
    return passed === undefined || this.#take(passed, subscriptionId)
  }
}
