import type { DropPolicy } from './slow-consumers.js'

/** One element that waits for a connection. */
export interface Waiting {
  element: Uint8Array
  /** When it came, where it may be dropped. */
  at: number
  /** Whether it is a message that must not be lost. */
  readonly strict: boolean
  /** Where it may be dropped. */
  readonly lane: Lane | undefined
  readonly key: string
  /** The next one of its lane. */
  following: Waiting | undefined
  /** Its neighbours among all that waits. */
  before: Waiting | undefined
  after: Waiting | undefined
}

/** What waits of one destination for one subscription and may be dropped, oldest first. */
export class Lane {
  readonly policy: DropPolicy
  readonly subscriptionId: string
  readonly destination: string
  bytes = 0
  first: Waiting | undefined
  #last: Waiting | undefined
  readonly #byKey: Map<string, Waiting> | undefined

  constructor(policy: DropPolicy, subscriptionId: string, destination: string) {
    this.policy = policy
    this.subscriptionId = subscriptionId
    this.destination = destination
    this.#byKey = policy.name === 'keep-latest' ? new Map() : undefined
  }

  /** Whether more than one waits. */
  get several(): boolean {
    return this.first !== this.#last
  }

  /** The element in whose place a newer one of this key goes. */
  find(key: string): Waiting | undefined {
    return this.#byKey?.get(key)
  }

  append(waiting: Waiting): void {
    if (this.#last === undefined) this.first = waiting
    else this.#last.following = waiting
    this.#last = waiting
    this.#byKey?.set(waiting.key, waiting)
    this.bytes += waiting.element.length
  }

  removeFirst(): void {
    const { following, key, element } = this.first!
    this.first = following
    if (following === undefined) this.#last = undefined
    this.#byKey?.delete(key)
    this.bytes -= element.length
  }

  /** Whether its first has waited too long. Where newer ones take the places of older ones, the first says nothing. */
  late(now: number): boolean {
    return this.#byKey === undefined && this.first !== undefined && now - this.first.at > this.policy.ms
  }
}

/** The lanes in which something waits, by subscription and destination. */
export class Lanes {
  readonly #lanes = new Map<string, Map<string, Lane>>()

  find(subscriptionId: string, destination: string): Lane | undefined {
    return this.#lanes.get(subscriptionId)?.get(destination)
  }

  /** The lanes of one subscription. */
  of(subscriptionId: string): Lane[] {
    return [...(this.#lanes.get(subscriptionId)?.values() ?? [])]
  }

  /** One of those that have been here longest. */
  get eldest(): Lane | undefined {
    return this.#lanes.values().next().value?.values().next().value
  }

  /** Idempotent. */
  enter(lane: Lane): void {
    const destinations = this.#lanes.get(lane.subscriptionId)
    if (destinations === undefined) this.#lanes.set(lane.subscriptionId, new Map([[lane.destination, lane]]))
    else destinations.set(lane.destination, lane)
  }

  clear(): void {
    this.#lanes.clear()
  }

  leave(lane: Lane): void {
    const destinations = this.#lanes.get(lane.subscriptionId)
    destinations?.delete(lane.destination)
    if (destinations?.size === 0) this.#lanes.delete(lane.subscriptionId)
  }
}
