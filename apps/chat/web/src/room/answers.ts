/** A broadcast that has not come after this long will hardly come. */
const ANSWER_MS = 15_000

/** Waits for the answer to each message that is on its way. */
export class Answers {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>()

  expect(id: string, onMissing: () => void): void {
    this.came(id)
    this.#timers.set(id, setTimeout(onMissing, ANSWER_MS))
  }

  came(id: string): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
  }

  /** The session is gone: no answer comes any more, and none is missed. */
  clear(): void {
    for (const id of this.#timers.keys()) this.came(id)
  }
}
