/** Passes on which things have changed, all together, each at most once in an interval however often it changes. */
export class Coalesced {
  readonly #everyMs: number
  readonly #flush: (keys: readonly string[]) => void
  readonly #changed = new Set<string>()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(everyMs: number, flush: (keys: readonly string[]) => void) {
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
      this.#flush(keys)
    }, this.#everyMs).unref()
  }

  /** Nothing is passed on any more. */
  close(): void {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#changed.clear()
  }
}
