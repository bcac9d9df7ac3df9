/**
 * Destinations by subscription id. A map, but for the first of them, which is kept outside: most sessions have one
 * subscription, and a map of one takes more memory than all else that they keep of it.
 */
export class Subscribed {
  #id: string | undefined
  #destination = ''
  #others: Map<string, string> | undefined

  get size(): number {
    return (this.#id === undefined ? 0 : 1) + (this.#others?.size ?? 0)
  }

  has(id: string): boolean {
    return id === this.#id || this.#others?.has(id) === true
  }

  get(id: string): string | undefined {
    return id === this.#id ? this.#destination : this.#others?.get(id)
  }

  /** @param id one that is not there yet */
  add(id: string, destination: string): void {
    if (this.#id !== undefined) {
      this.#others ??= new Map()
      this.#others.set(id, destination)
      return
    }
    this.#id = id
    this.#destination = destination
  }

  delete(id: string): void {
    if (id === this.#id) {
      this.#id = undefined
      this.#destination = ''
    } else if (this.#others?.delete(id) === true && this.#others.size === 0) this.#others = undefined
  }

  /** Ids and destinations, as they are now: they may be deleted meanwhile. */
  entries(): [id: string, destination: string][] {
    const first: [string, string][] = this.#id === undefined ? [] : [[this.#id, this.#destination]]
    return this.#others === undefined ? first : [...first, ...this.#others]
  }
}
