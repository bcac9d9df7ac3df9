import { isReserved } from '../../message.js'
import { PathPattern, isWildcard } from '../../path-pattern.js'

/** What destinations of one pattern retain. */
export interface Retain {
  /** A pattern of topics: `/topic/chat/room/{roomId}`, `/topic/prices/**`. */
  readonly destination: string
  /** How many messages each of them keeps. */
  readonly count: number
  /** How long, in milliseconds. Default: as long as `count` lets it. */
  readonly ageMs?: number
}

/** What one destination retains. */
export interface Retention {
  readonly count: number
  readonly ageMs: number
}

/** Destinations whose retention is remembered; past it the memory starts anew. */
const REMEMBERED = 10_000
const TOPIC = '/topic/'

/** Which destinations retain what: the first pattern that matches counts. */
export class Retentions {
  readonly #patterns: readonly { readonly pattern: PathPattern; readonly retention: Retention }[]
  readonly #known = new Map<string, Retention | undefined>()

  /** @throws TypeError or RangeError naming what is wrong */
  constructor(retain: readonly Retain[]) {
    this.#patterns = retain.map(({ destination, count, ageMs = Infinity }) => {
      if (!destination.startsWith(TOPIC)) {
        throw new TypeError(`history.retain: only topics retain messages, ${destination} is none`)
      }
      if (!Number.isSafeInteger(count) || count <= 0) {
        throw new RangeError(`history.retain: count has to be a positive integer, not ${count}`)
      }
      if (!(ageMs > 0)) throw new RangeError(`history.retain: ageMs has to be positive, not ${ageMs}`)
      return { pattern: new PathPattern(destination), retention: { count, ageMs } }
    })
  }

  /** What this destination retains; `undefined` where it retains nothing, as patterns do. */
  of(destination: string): Retention | undefined {
    const known = this.#known.get(destination)
    if (known !== undefined || this.#known.has(destination)) return known
    if (this.#known.size >= REMEMBERED) this.#known.clear()
    const retention = this.#find(destination)
    this.#known.set(destination, retention)
    return retention
  }

  #find(destination: string): Retention | undefined {
    if (destination.length === TOPIC.length || isReserved(destination)) return undefined
    if (isWildcard(destination)) return undefined
    return this.#patterns.find(({ pattern }) => pattern.match(destination) !== undefined)?.retention
  }
}
