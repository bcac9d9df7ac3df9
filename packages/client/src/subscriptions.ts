import { ClientError } from './errors.js'
import type { Headers, Link, Refusal } from './link.js'
import { SubscriptionIds } from './subscription-ids.js'
import { Track } from './subscription.js'
import type { Subscriber, Subscription } from './subscription.js'

interface Live {
  readonly track: Track
  readonly id: string
}

/** What becomes of a frame that asked for a receipt. */
interface Awaited {
  readonly done: (headers: Headers) => void
  readonly refused: (error: ClientError) => void
  readonly lost: () => void
}

/** A client's subscriptions: subscribes with all of them, in the order in which they were made, in each session. */
export class Subscriptions {
  readonly #most: number
  readonly #live = new Set<Live>()
  readonly #ids = new SubscriptionIds()
  readonly #awaited = new Map<string, Awaited>()
  #receiptCount = 0
  #link: Link | undefined

  /** @param most how many there can be */
  constructor(most: number) {
    this.#most = most
  }

  /** @throws ClientError `too-many-subscriptions` */
  add(subscriber: Subscriber): Subscription {
    if (this.#live.size >= this.#most) throw new ClientError('too-many-subscriptions')
    const track = new Track(subscriber)
    const live: Live = { track, id: this.#ids.take() }
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
    for (const { track } of this.#live) track.lost()
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

  #subscribe({ track, id }: Live): void {
    if (this.#link === undefined) return
    const receipt = this.#receipt()
    this.#awaited.set(receipt, {
      done: (headers) => track.active(headers),
      refused: (error) => track.refused(error),
      lost: () => {},
    })
    track.subscribe(this.#link, id, receipt)
  }

  #remove(live: Live): void {
    if (!this.#live.delete(live)) return
    const { track, id } = live
    const { kind } = track.state.getSnapshot()
    track.end()
    const free = (): void => this.#ids.free(id)
    if (this.#link === undefined || kind === 'refused') return free()
    const receipt = this.#receipt()
    this.#awaited.set(receipt, { done: free, refused: free, lost: free })
    this.#link.unsubscribe(id, { receipt })
  }

  #receipt(): string {
    return `s-${this.#receiptCount++}`
  }
}
