import { nameKey } from '../names/text.js'
import { refusal } from '../refusal.js'

export interface AttemptOptions {
  /** Wrong passwords for one name within `withinMs`. */
  readonly perName: number
  readonly withinMs: number
  /** Names that are counted at the same time; the one that failed longest ago is forgotten. */
  readonly names: number
}

interface Failures {
  count: number
  /** When the first of them is forgotten, and all others with it. */
  readonly until: number
}

/**
 * Counts wrong passwords by name, whether or not somebody has it. Guessing one person's password from many addresses
 * comes to an end here; from one address, at the limit on requests before.
 */
export class Attempts {
  readonly #options: AttemptOptions
  readonly #failures = new Map<string, Failures>()
  readonly #now: () => number

  constructor(options: AttemptOptions, now: () => number = Date.now) {
    this.#options = options
    this.#now = now
  }

  /** @throws StompError `too-many-attempts` */
  check(name: string): void {
    const failures = this.#failures.get(nameKey(name))
    if (failures === undefined || failures.until <= this.#now()) return
    if (failures.count >= this.#options.perName) throw refusal('too-many-attempts')
  }

  failed(name: string): void {
    const key = nameKey(name)
    const known = this.#failures.get(key)
    this.#failures.delete(key)
    if (known !== undefined && known.until > this.#now()) {
      known.count++
      this.#failures.set(key, known)
    } else this.#failures.set(key, { count: 1, until: this.#now() + this.#options.withinMs })
    const oldest = this.#failures.keys().next().value
    if (this.#failures.size > this.#options.names && oldest !== undefined) this.#failures.delete(oldest)
  }

  /** The right password: what failed before does not count any more. */
  succeeded(name: string): void {
    this.#failures.delete(nameKey(name))
  }
}
