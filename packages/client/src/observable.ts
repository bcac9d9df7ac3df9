/** A value that changes and says so; its two members are what React's `useSyncExternalStore` takes. */
export interface Observable<Value> {
  /** The same object until it changes. */
  readonly getSnapshot: () => Value
  /** Calls back after each change, until the returned function is called. */
  readonly subscribe: (listener: () => void) => () => void
}

export class Observed<Value> implements Observable<Value> {
  readonly #listeners = new Set<() => void>()
  readonly #report: (error: unknown) => void
  #value: Value

  constructor(value: Value, report: (error: unknown) => void) {
    this.#value = value
    this.#report = report
  }

  readonly getSnapshot = (): Value => this.#value

  readonly subscribe = (listener: () => void): (() => void) => {
    // The same function may be given twice.
    const own = (): void => listener()
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  set(value: Value): void {
    this.#value = value
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch (error) {
        this.#report(error)
      }
    }
  }
}
