import { refusal } from '../refusal.js'

const MINUTE_MS = 60_000
/** So many are counted; the one that came first is forgotten. */
const COUNTED = 10_000

/** How often somebody may do something in a minute. */
export class PerMinute {
  readonly #most: number
  readonly #now: () => number
  readonly #counts = new Map<string, { readonly until: number; count: number }>()

  constructor(most: number, now: () => number = Date.now) {
    this.#most = most
    this.#now = now
  }

  /** @throws StompError `too-many-requests` */
  take(who: string): void {
    const known = this.#counts.get(who)
    if (known !== undefined && known.until > this.#now()) {
      if (known.count >= this.#most) throw refusal('too-many-requests')
      known.count++
      return
    }
    this.#counts.delete(who)
    this.#counts.set(who, { until: this.#now() + MINUTE_MS, count: 1 })
    const oldest = this.#counts.keys().next().value
    if (this.#counts.size > COUNTED && oldest !== undefined) this.#counts.delete(oldest)
  }
}
