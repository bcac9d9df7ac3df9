import type { Rate } from '../rates.js'

/**
 * A token bucket: it fills at a steady rate up to its burst, and what is asked for takes tokens out. It may go into
 * debt, so that what is larger than the burst can pass at all, and what comes next waits for longer.
 */
export class TokenBucket {
  readonly #perMs: number
  readonly #burst: number
  #tokens: number
  #at: number

  constructor({ perSecond, burst = perSecond }: Rate, now: number) {
    this.#perMs = perSecond / 1000
    this.#burst = burst
    this.#tokens = burst
    this.#at = now
  }

  /** Whether so many tokens, or a whole bucket, are there. */
  has(tokens: number, now: number): boolean {
    this.#fill(now)
    return this.#tokens >= Math.min(tokens, this.#burst)
  }

  /** Takes them, there or not. @returns after how many milliseconds they are there */
  take(tokens: number, now: number): number {
    this.#fill(now)
    this.#tokens -= tokens
    return this.#tokens >= 0 ? 0 : -this.#tokens / this.#perMs
  }

  full(now: number): boolean {
    this.#fill(now)
    return this.#tokens === this.#burst
  }

  #fill(now: number): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#perMs)
    this.#at = now
  }
}

/** How many of each kind are remembered; past it the one that was made first is forgotten, and begins full again. */
const REMEMBERED = 100_000

/** How often those that are full again are forgotten: they are as good as new. */
const SWEEP_MS = 10_000

/** Buckets by name: of users, of addresses. */
export class NamedBuckets {
  readonly #rate: Rate
  readonly #buckets = new Map<string, TokenBucket>()
  #swept = 0

  constructor(rate: Rate) {
    this.#rate = rate
  }

  get(name: string, now: number): TokenBucket {
    let bucket = this.#buckets.get(name)
    if (bucket === undefined) {
      if (now - this.#swept >= SWEEP_MS) this.#sweep(now)
      if (this.#buckets.size >= REMEMBERED) this.#buckets.delete(this.#buckets.keys().next().value!)
      this.#buckets.set(name, (bucket = new TokenBucket(this.#rate, now)))
    }
    return bucket
  }

  /** How many it holds. */
  get size(): number {
    return this.#buckets.size
  }

  #sweep(now: number): void {
    this.#swept = now
    for (const [name, bucket] of this.#buckets) if (bucket.full(now)) this.#buckets.delete(name)
  }
}
