/**
 * Ids of subscriptions: always the lowest that is free. A server encodes a message once for all subscriptions of one id, so
 * clients that use the same ids cost it less.
 */
export class SubscriptionIds {
  readonly #used = new Set<number>()
  #lowest = 0

  take(): string {
    while (this.#used.has(this.#lowest)) this.#lowest++
    this.#used.add(this.#lowest)
    return `sub-${this.#lowest}`
  }

  /** Only when no message for it can come any more. */
  free(id: string): void {
    const number = Number(id.slice('sub-'.length))
    this.#used.delete(number)
    this.#lowest = Math.min(this.#lowest, number)
  }
}
