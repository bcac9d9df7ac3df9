import { Fifo } from '../../fifo.js'

/** What has a place in the order of sending, and a time after which it is of no use. */
interface Placed {
  /** What was sent earlier has a lower one. */
  readonly sequence: number
  /** Milliseconds since 1970; `Infinity` where it never expires. */
  readonly expiresAt: number
}

/**
 * What waits in one queue, in the order of sending: first what was delivered and given back (it was at the head once, so
 * all of it comes before anything new), then what is new.
 */
export class Waiting<Item extends Placed> {
  readonly #fresh = new Fifo<Item>()
  /** Highest sequence first: the next one is taken from the end, and what comes back usually belongs there. */
  #returned: Item[] = []
  /** Nothing that waits expires before. */
  #earliestExpiry = Infinity

  push(item: Item): void {
    this.#expect(item)
    this.#fresh.push(item)
  }

  /** Takes back what was taken out by `shift`, in any order. */
  giveBack(items: readonly Item[]): void {
    for (const item of items) this.#expect(item)
    if (items.length === 1) insert(this.#returned, items[0]!)
    else if (items.length > 1) this.#returned = merge(this.#returned, items.toSorted(descending))
  }

  first(): Item | undefined {
    return this.#returned.at(-1) ?? this.#fresh.first()
  }

  shift(): Item | undefined {
    return this.#returned.pop() ?? this.#fresh.shift()
  }

  /** Takes out, in no order, everything that has expired at this date. Costs nothing where nothing has. */
  dropExpired(date: number): Item[] {
    const expired: Item[] = []
    if (date < this.#earliestExpiry) return expired
    this.#earliestExpiry = Infinity
    const keep = (item: Item): boolean => {
      if (item.expiresAt <= date) expired.push(item)
      else this.#expect(item)
      return item.expiresAt > date
    }
    this.#returned = this.#returned.filter(keep)
    this.#fresh.filter(keep)
    return expired
  }

  #expect({ expiresAt }: Item): void {
    if (expiresAt < this.#earliestExpiry) this.#earliestExpiry = expiresAt
  }
}

const descending = (one: Placed, other: Placed): number => other.sequence - one.sequence

function insert<Item extends Placed>(items: Item[], item: Item): void {
  let from = 0
  let to = items.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (items[middle]!.sequence > item.sequence) from = middle + 1
    else to = middle
  }
  items.splice(from, 0, item)
}

function merge<Item extends Placed>(some: readonly Item[], others: readonly Item[]): Item[] {
  if (some.length === 0) return [...others]
  const merged: Item[] = []
  let i = 0
  for (const other of others) {
    while (i < some.length && some[i]!.sequence > other.sequence) merged.push(some[i++]!)
    merged.push(other)
  }
  while (i < some.length) merged.push(some[i++]!)
  return merged
}
