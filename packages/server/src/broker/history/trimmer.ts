import type { Clock, Timer } from '../../clock.js'
import type { Retentions } from './retention.js'
import type { HistoryStore, Keep } from './store.js'

export interface TrimmerSettings {
  readonly clock: Clock
  readonly everyMs: number
  readonly failed: (error: unknown) => void
}

/**
 * Trims in the background: what was appended to since the last time, and, a part each time, all that the store holds, since
 * messages grow old by themselves and what is retained may have been configured anew.
 */
export class Trimmer {
  readonly #store: HistoryStore
  readonly #retentions: Retentions
  readonly #settings: TrimmerSettings
  #changed = new Set<string>()
  #timer: Timer | undefined
  #trimming: Promise<void> | undefined
  #after: string | undefined
  /** All that the store holds is to be looked through. */
  #walks = false
  #stopped = false

  constructor(store: HistoryStore, retentions: Retentions, settings: TrimmerSettings) {
    this.#store = store
    this.#retentions = retentions
    this.#settings = settings
  }

  start(): void {
    this.#walks = true
    this.#schedule()
  }

  /** Something was appended to this destination. */
  appended(destination: string): void {
    this.#changed.add(destination)
    if (this.#timer === undefined) this.#schedule()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    await this.#trimming
  }

  #schedule(): void {
    if (this.#stopped || this.#trimming !== undefined) return
    this.#timer?.cancel()
    this.#timer = this.#settings.clock.after(this.#settings.everyMs, () => {
      this.#timer = undefined
      this.#trimming = this.#trim()
        .catch((error: unknown) => this.#settings.failed(error))
        .finally(() => {
          this.#trimming = undefined
          if (this.#walks || this.#changed.size > 0) this.#schedule()
        })
    })
  }

  async #trim(): Promise<void> {
    const changed = this.#changed
    this.#changed = new Set()
    try {
      await this.#store.trim(this.#keeps(changed))
    } catch (error) {
      for (const one of changed) this.#changed.add(one)
      throw error
    }
    if (!this.#walks) return
    const names = await this.#store.destinations(this.#after)
    this.#after = names.at(-1)
    await this.#store.trim(this.#keeps(names))
  }

  /** What no pattern matches any more stays: a mistake in the configuration shall not cost messages. */
  #keeps(destinations: Iterable<string>): Keep[] {
    const date = this.#settings.clock.date()
    const keeps: Keep[] = []
    for (const destination of destinations) {
      const retention = this.#retentions.of(destination)
      if (retention === undefined) continue
      keeps.push({ destination, count: retention.count, since: date - retention.ageMs })
    }
    return keeps
  }
}
