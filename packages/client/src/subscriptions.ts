import type { Timer } from './clock.js'
import { ClientError } from './errors.js'
import type { Headers, Link, Refusal } from './link.js'
import { SubscriptionIds } from './subscription-ids.js'
import { Track } from './subscription.js'
import type { Subscriber, Subscription } from './subscription.js'

interface Live {
  readonly track: Track
  readonly id: string
  /** Refusals in a row that pass. */
  failures: number
  /** Until it is asked for once more. */
  timer: Timer | undefined
}

/** Refusals that pass by themselves: a store or a broker is away, and comes back. */
const PASSING: ReadonlySet<string> = new Set([
  'history-unavailable',
  'broker-unavailable',
  'service-unavailable',
])

export interface SubscriptionsOptions {
  /** How many there can be. */
  readonly most: number
  /** Calls back after a wait that grows with the failures. */
  readonly later: (failures: number, callback: () => void) => Timer
}

/** What becomes of a frame that asked for a receipt. */
interface Awaited {
  readonly done: (headers: Headers) => void
  readonly refused: (error: ClientError) => void
  readonly lost: () => void
}

/** A client's subscriptions: subscribes with all of them, in the order in which they were made, in each session. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions
  readonly #live = new Set<Live>()
  readonly #ids = new SubscriptionIds()
  readonly #awaited = new Map<string, Awaited>()
  #receiptCount = 0
  #link: Link | undefined

  constructor(options: SubscriptionsOptions) {
    this.#options = options
  }

  /** @throws ClientError `too-many-subscriptions` */
  add(subscriber: Subscriber): Subscription {
    if (this.#live.size >= this.#options.most) throw new ClientError('too-many-subscriptions')
    const track = new Track(subscriber)
    const live: Live = { track, id: this.#ids.take(), failures: 0, timer: undefined }
    this.#live.add(live)
    this.#subscribe(live)
    return {
      destination: track.destination,
      state: track.state,
      get position() {
        return track.position
      },
      retry: () => {
        if (track.again()) this.#subscribe(live)
      },
      unsubscribe: () => this.#remove(live),
    }
  }

  opened(link: Link): void {
    this.#link = link
    for (const live of this.#live)
      if (live.track.state.getSnapshot().kind === 'waiting') this.#subscribe(live)
  }

  closed(): void {
    this.#link = undefined
    for (const { track, timer } of this.#live) {
      timer?.cancel()
      track.lost()
    }
    for (const { lost } of this.#awaited.values()) lost()
    this.#awaited.clear()
  }

  /** @returns whether the receipt is one of these */
  receipt(id: string, headers: Headers): boolean {
    const awaited = this.#awaited.get(id)
    this.#awaited.delete(id)
    awaited?.done(headers)
    return awaited !== undefined
  }

  /** @returns whether it is about one of these */
  refused({ error, receiptId, subscriptionId }: Refusal): boolean {
    const awaited = receiptId === undefined ? undefined : this.#awaited.get(receiptId)
    if (awaited !== undefined) {
      this.#awaited.delete(receiptId!)
      awaited.refused(error)
      return true
    }
    const live = [...this.#live].find(({ id }) => id === subscriptionId)
    live?.track.refused(error)
    return live !== undefined
  }

  #subscribe(live: Live): void {
    const { track, id } = live
    live.timer?.cancel()
    if (this.#link === undefined) return
    const receipt = this.#receipt()
    this.#awaited.set(receipt, {
      done: (headers) => {
        live.failures = 0
        track.active(headers)
      },
      refused: (error) => {
        if (PASSING.has(error.code)) this.#later(live)
        else track.refused(error)
      },
      lost: () => {},
    })
    track.subscribe(this.#link, id, receipt)
  }

  #later(live: Live): void {
    if (!this.#live.has(live)) return
    live.track.lost()
    live.timer = this.#options.later(live.failures++, () => this.#subscribe(live))
  }

  #remove(live: Live): void {
    if (!this.#live.delete(live)) return
    const { track, id, timer } = live
    timer?.cancel()
    const { kind } = track.state.getSnapshot()
    track.end()
    const free = (): void => this.#ids.free(id)
    if (this.#link === undefined || kind === 'refused' || kind === 'waiting') return free()
    const receipt = this.#receipt()
    this.#awaited.set(receipt, { done: free, refused: free, lost: free })
    this.#link.unsubscribe(id, { receipt })
  }

  #receipt(): string {
    return `s-${this.#receiptCount++}`
  }
}
