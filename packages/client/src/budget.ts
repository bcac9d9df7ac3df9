import { Observed } from './observable.js'

/** What waits to be confirmed. Bytes are those of bodies and headers. */
export interface Load {
  readonly messages: number
  readonly bytes: number
}

/** Counts what waits, up to a bound. */
export class Budget {
  readonly load: Observed<Load>
  readonly #most: Load

  constructor(most: Load, report: (error: unknown) => void) {
    this.#most = most
    this.load = new Observed<Load>({ messages: 0, bytes: 0 }, report)
  }

  /** @returns whether there was room; if not, nothing is taken */
  take(size: number): boolean {
    const { messages, bytes } = this.load.getSnapshot()
    if (messages >= this.#most.messages || bytes + size > this.#most.bytes) return false
    this.load.set({ messages: messages + 1, bytes: bytes + size })
    return true
  }

  give(size: number): void {
    const { messages, bytes } = this.load.getSnapshot()
    this.load.set({ messages: messages - 1, bytes: bytes - size })
  }
}
