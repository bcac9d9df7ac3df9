/** Passes on which things have changed, each at most once in every interval, however often it changes. */
export class Coalesced {
  readonly #everyMs: number
  readonly #flush: (key: string) => void
  readonly #changed = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(everyMs: number, flush: (key: string) => void) {
    this.#everyMs = everyMs
    this.#flush = flush
  }

  changed(key: string): void {
    if (this.#closed) return
    this.#changed.add(key)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const keys = [...this.#changed]
      this.#changed.clear()
      for (const key of keys) this.#flush(key)
    }, this.#everyMs).unref()
  }

  /** Nothing is passed on any more. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#changed.clear()
  }
}
