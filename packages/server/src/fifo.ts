/** A first-in first-out queue whose ends both cost the same at any length: a ring that doubles when it is full. */
export class Fifo<T> {
  #ring: (T | undefined)[] = Array.from({ length: 16 })
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = item
    this.#length++
  }

  first(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head]
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#length--
    // What a burst took is given back.
    if (this.#length === 0 && this.#ring.length > 1024) {
      this.#ring = Array.from({ length: 16 })
      this.#head = 0
    }
    return item
  }

  /** Keeps the items that pass, in order. */
  filter(keep: (item: T) => boolean): void {
    for (let i = this.#length; i > 0; i--) {
      const item = this.shift()!
      if (keep(item)) this.push(item)
    }
  }

  #grow(): void {
    const ring: (T | undefined)[] = Array.from({ length: this.#ring.length * 2 })
    for (let i = 0; i < this.#length; i++) ring[i] = this.#ring[(this.#head + i) & (this.#ring.length - 1)]
    this.#ring = ring
    this.#head = 0
  }
}
