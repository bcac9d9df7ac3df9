import { asRefusal, isAway } from './faults.js'

/** Called when the database goes away, with the reason, and when it is back. */
export type AvailabilityListener = (available: boolean, why?: unknown) => void

/** Whether the database answers, as its last statement found out. */
export class Availability {
  readonly #listener: AvailabilityListener
  #available = true

  constructor(listener: AvailabilityListener) {
    this.#listener = listener
  }

  get available(): boolean {
    return this.#available
  }

  /** @throws StompError `service-unavailable` in the place of what tells that the database failed */
  async watch<T>(run: () => Promise<T>): Promise<T> {
    try {
      const result = await run()
      this.#set(true)
      return result
    } catch (error) {
      throw this.#failed(error)
    }
  }

  /** The same for what is done at once. */
  watchSync<T>(run: () => T): T {
    try {
      const result = run()
      this.#set(true)
      return result
    } catch (error) {
      throw this.#failed(error)
    }
  }

  #failed(error: unknown): unknown {
    this.#set(!isAway(error), error)
    return asRefusal(error)
  }

  #set(available: boolean, why?: unknown): void {
    if (available === this.#available) return
    this.#available = available
    this.#listener(available, why)
  }
}
