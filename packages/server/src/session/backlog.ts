import type { Message } from '../message.js'
import { Lane, Lanes } from './lanes.js'
import type { Waiting } from './lanes.js'
import type { DropPolicy } from './slow-consumers.js'

/** Part of a backlog, in order, to be written. */
export interface Taken {
  readonly elements: readonly Uint8Array[]
  readonly bytes: number
}

/**
 * What waits for one congested connection, in order, within a bound of bytes. Elements under a policy that drops give way:
 * to newer ones of their lane, and to those that must not be lost.
 *
 *     queue   R ── a1 ── b1 ── a2 ── M         R, M: not to be lost
 *     lanes   a: a1 → a2                       a lane is one subscription and destination; its elements stand in the
 *             b: b1                            queue in the same order, so the first of the queue is the first of its lane
 *
 * `keep-latest` puts the newest element of a key in the place of the one that waits. So each key has its turn however often
 * it changes, where moving it to the end would let the busiest starve. Elements of different keys may overtake each other
 * by that; those of one key never do.
 */
export class Backlog {
  readonly #mostBytes: number
  readonly #dropped: (policy: DropPolicy) => void
  readonly #lanes = new Lanes()
  #first: Waiting | undefined
  #last: Waiting | undefined
  #bytes = 0
  #size = 0
  #strict = 0

  /** @param dropped called for each element that is lost, or replaced, under a policy */
  constructor(mostBytes: number, dropped: (policy: DropPolicy) => void) {
    this.#mostBytes = mostBytes
    this.#dropped = dropped
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Elements that wait. */
  get size(): number {
    return this.#size
  }

  /** Messages among them that only the end of the session may lose. */
  get strict(): number {
    return this.#strict
  }

  /**
   * Takes an element that must not be lost.
   *
   * @param strict whether it is a message, rather than an answer to the client itself
   * @returns false when it is full: the element was not taken
   */
  push(element: Uint8Array, strict: boolean): boolean {
    // One element is always taken: the frame limit bounds it, and a full outbox must not refuse what was never tried.
    while (this.#overflowsWith(element.length)) if (!this.#dropEldest()) return false
    this.#append(waitingFor(element, 0, strict, undefined, ''))
    return true
  }

  /** Takes an element that may be dropped; drops it at once where what must not be lost leaves no room. */
  offer(
    element: Uint8Array,
    policy: DropPolicy,
    subscriptionId: string,
    message: Message,
    now: number,
  ): void {
    const lane =
      this.#lanes.find(subscriptionId, message.destination) ??
      new Lane(policy, subscriptionId, message.destination)
    const key = policy.key === undefined ? '' : (message.headers.get(policy.key) ?? '')
    const waiting = lane.find(key)
    if (waiting === undefined) this.#add(element, lane, key, now)
    else this.#replace(waiting, lane, element, now)
  }

  /** The subscription is over: what waits for it and may be dropped is not wanted any more. */
  forget(subscriptionId: string): void {
    for (const lane of this.#lanes.of(subscriptionId)) {
      while (lane.first !== undefined) this.#remove(lane.first)
    }
  }

  /**
   * Takes out the next elements, as many as fit into so many bytes, one at least; drops those that have waited too long.
   * Empty once nothing is left.
   */
  take(mostBytes: number, now: number): Taken {
    const elements: Uint8Array[] = []
    let bytes = 0
    for (let next = this.#first; next !== undefined; next = this.#first) {
      const { element, lane, at } = next
      const late = lane !== undefined && now - at > lane.policy.ms
      if (!late && elements.length > 0 && bytes + element.length > mostBytes) break
      this.#remove(next)
      if (late) this.#dropped(lane.policy)
      else {
        elements.push(element)
        bytes += element.length
      }
    }
    return { elements, bytes }
  }

  /** Lets go of all of it. */
  clear(): void {
    this.#first = undefined
    this.#last = undefined
    this.#bytes = 0
    this.#size = 0
    this.#strict = 0
    this.#lanes.clear()
  }

  #add(element: Uint8Array, lane: Lane, key: string, now: number): void {
    const { policy } = lane
    const { length } = element
    const full = (): boolean => lane.bytes + length > policy.bytes || this.#overflowsWith(length)
    while (lane.first !== undefined && (lane.late(now) || full())) this.#drop(lane.first)
    while (this.#overflowsWith(length)) if (!this.#dropEldest()) return this.#dropped(policy)
    const waiting = waitingFor(element, now, false, lane, key)
    lane.append(waiting)
    // Again, where the last of it was dropped just now.
    this.#lanes.enter(lane)
    this.#append(waiting)
  }

  #replace(waiting: Waiting, lane: Lane, element: Uint8Array, now: number): void {
    const growth = element.length - waiting.element.length
    waiting.element = element
    waiting.at = now
    lane.bytes += growth
    this.#bytes += growth
    this.#dropped(lane.policy)
    while (lane.several && (lane.bytes > lane.policy.bytes || this.#bytes > this.#mostBytes)) {
      this.#drop(lane.first!)
    }
    while (this.#size > 1 && this.#bytes > this.#mostBytes) if (!this.#dropEldest()) break
  }

  #overflowsWith(length: number): boolean {
    return this.#bytes > 0 && this.#bytes + length > this.#mostBytes
  }

  #dropEldest(): boolean {
    const first = this.#lanes.eldest?.first
    if (first === undefined) return false
    this.#drop(first)
    return true
  }

  #drop(waiting: Waiting): void {
    this.#remove(waiting)
    this.#dropped(waiting.lane!.policy)
  }

  #append(waiting: Waiting): void {
    waiting.before = this.#last
    if (this.#last === undefined) this.#first = waiting
    else this.#last.after = waiting
    this.#last = waiting
    this.#size++
    this.#bytes += waiting.element.length
    if (waiting.strict) this.#strict++
  }

  /** @param waiting one without a lane, or the first of its lane */
  #remove(waiting: Waiting): void {
    const { before, after, lane } = waiting
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    this.#size--
    this.#bytes -= waiting.element.length
    if (waiting.strict) this.#strict--
    if (lane === undefined) return
    lane.removeFirst()
    if (lane.first === undefined) this.#lanes.leave(lane)
  }
}

function waitingFor(
  element: Uint8Array,
  at: number,
  strict: boolean,
  lane: Lane | undefined,
  key: string,
): Waiting {
  return { element, at, strict, lane, key, following: undefined, before: undefined, after: undefined }
}
