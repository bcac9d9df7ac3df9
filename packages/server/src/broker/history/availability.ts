import type { Awaitable } from '../../awaitable.js'
import type { Clock, Timer } from '../../clock.js'

/** After the store has failed, how often it is asked whether it works again. */
const CHECK_MS = 1_000

export interface AvailabilitySettings {
  readonly clock: Clock
  readonly check: () => Awaitable<void>
  readonly changed: (available: boolean, error?: unknown) => void
}

/** Whether a store does what it is asked for. Once it has not, it is asked again and again, also where nobody sends. */
export class Availability {
  readonly #settings: AvailabilitySettings
  #available = true
  #timer: Timer | undefined
  #stopped = false

  constructor(settings: AvailabilitySettings) {
    this.#settings = settings
  }

  get available(): boolean {
    return this.#available
  }

  failed(error: unknown): void {
    if (!this.#available || this.#stopped) return
    this.#available = false
    this.#settings.changed(false, error)
    this.#checkLater()
  }

  /** It has kept something. */
  kept(): void {
    if (this.#available) return
    this.#available = true
    this.#timer?.cancel()
    this.#settings.changed(true)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #checkLater(): void {
    if (this.#stopped || this.#available) return
    this.#timer = this.#settings.clock.after(CHECK_MS, () => void this.#check())
  }

  async #check(): Promise<void> {
    try {
      await this.#settings.check()
      this.kept()
    } catch {
      this.#checkLater()
    }
  }
}
