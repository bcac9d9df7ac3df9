import { next, recover } from '../../awaitable.js'
import type { Awaitable } from '../../awaitable.js'
import type { Message } from '../../message.js'
import type { Taken } from './appends.js'
import type { HistoryParts } from './history.js'
import { keptCopy, spread } from './publish.js'
import type { Appended } from './store.js'

/** Bytes that are gathered; past it the session waits for them. */
const MOST_BYTES = 262_144

interface Outcome {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * What one session sends to retained destinations in one turn of the event loop: one call of the store, so all of it is kept, in
 * order, or none. What comes while that is under way is the next one, and is refused with it.
 *
 *     idle ──add──> gathering ──end of the turn──> under way ──kept, refused──> idle
 */
export class Gathering {
  readonly #broker: HistoryParts
  readonly #publish: (message: Message) => Awaitable<void>
  #taken: Taken[] = []
  #bytes = 0
  #outcome: Outcome | undefined
  #underWay = false

  /** @param publish brings one that is kept to those who are subscribed */
  constructor(broker: HistoryParts, publish: (message: Message) => Awaitable<void>) {
    this.#broker = broker
    this.#publish = publish
  }

  /** How many are gathered, and not under way. */
  get size(): number {
    return this.#taken.length
  }

  /** Whether another one may be added before these are done. */
  get open(): boolean {
    return this.#outcome !== undefined && !this.#underWay && this.#bytes < MOST_BYTES
  }

  /** @throws StompError `header-invalid`, or `history-unavailable` while as much waits for the store as may */
  add(message: Message): Promise<void> {
    const taken = this.#broker.appends.take(keptCopy(message))
    this.#taken.push(taken)
    this.#bytes += taken.bytes
    if (this.#outcome === undefined) {
      this.#outcome = outcome()
      // By then the session has read what has come.
      if (!this.#underWay) queueMicrotask(() => this.#carryOut())
    }
    return this.#outcome.promise
  }

  #carryOut(): void {
    const taken = this.#taken
    const { resolve, reject } = this.#outcome!
    this.#taken = []
    this.#bytes = 0
    this.#outcome = undefined
    this.#underWay = true
    const done = (): void => {
      this.#underWay = false
      resolve()
      if (this.#outcome !== undefined) this.#carryOut()
    }
    const refused = (error: unknown): void => {
      this.#underWay = false
      reject(error)
      this.#refuse(error)
    }
    const publish = (appended: readonly Appended[]): void => {
      for (const placed of this.#broker.kept(taken, appended)) {
        if (placed !== undefined) spread(this.#broker.feeds, placed, () => this.#publish(placed))
      }
    }
    void recover(() => next(this.#broker.appends.append(taken, publish), done), refused)
  }

  /** What was sent after something that was refused is not kept. */
  #refuse(error: unknown): void {
    if (this.#outcome === undefined) return
    this.#broker.appends.giveBack(this.#taken)
    this.#taken = []
    this.#bytes = 0
    const { reject } = this.#outcome
    this.#outcome = undefined
    reject(error)
  }
}

function outcome(): Outcome {
  let resolve!: () => void
  let reject!: (error: unknown) => void
  const promise = new Promise<void>((one, other) => {
    resolve = one
    reject = other
  })
  return { promise, resolve, reject }
}
