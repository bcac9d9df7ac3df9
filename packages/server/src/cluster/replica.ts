import type { Delta, Piece } from './wire.js'
import { MOST_KEYS } from './wire.js'

export interface ReplicaHooks<V> {
  changed(key: string, value: V | undefined, before: V | undefined): void
  /** All of it is needed. */
  ask(): void
}

/** Changes that wait for a snapshot; past it they are given up, and the next snapshot has them. */
const MOST_AHEAD = 1_000

/**
 * What is known here of another node's part of a map.
 *
 *     current ──a hole in the numbers──> behind ──all pieces of a snapshot──> current
 *
 * While it is behind, changes are put aside: those that the snapshot does not have follow it.
 */
export class Replica<V> {
  readonly entries = new Map<string, V>()
  readonly #hooks: ReplicaHooks<V>
  /** The number of the last change that `entries` has. */
  #seen = 0
  #behind = false
  #ahead: Delta[] = []
  #pieces: { readonly n: number; next: number; readonly entries: Map<string, V> } | undefined
  /** Whether a piece has come since the node was last heard of. */
  #progress = false

  constructor(hooks: ReplicaHooks<V>) {
    this.#hooks = hooks
  }

  /** It is not known what there is: asks for all of it. */
  refresh(): void {
    this.#behind = true
    this.#progress = true
    this.#hooks.ask()
  }

  /** The node says how many changes it has told. */
  announced(n: number): void {
    if (!this.#behind) {
      if (n > this.#seen) this.refresh()
      return
    }
    // What was asked for, or the answer, may have been lost.
    if (!this.#progress) this.#hooks.ask()
    this.#progress = false
  }

  delta(delta: Delta): void {
    if (!this.#behind && delta.n === this.#seen + 1) return this.#apply(delta)
    if (delta.n <= this.#seen) return
    if (this.#ahead.length >= MOST_AHEAD) this.#ahead = []
    this.#ahead.push(delta)
    if (!this.#behind) this.refresh()
  }

  piece({ n, piece, last, set }: Piece): void {
    if (!this.#behind || n < this.#seen) return
    if (piece === 0) this.#pieces = { n, next: 0, entries: new Map() }
    const pieces = this.#pieces
    if (pieces?.n !== n || pieces.next !== piece) {
      // One was lost on the way: the next announcement asks again.
      this.#pieces = undefined
      return
    }
    this.#progress = true
    pieces.next++
    for (const [key, value] of set) if (pieces.entries.size < MOST_KEYS) pieces.entries.set(key, value as V)
    if (last) this.#complete(n, pieces.entries)
  }

  /** The node is gone, and with it what it kept. */
  drop(): void {
    for (const key of this.entries.keys()) this.#set(key, undefined)
  }

  #complete(n: number, entries: ReadonlyMap<string, V>): void {
    this.#pieces = undefined
    this.#behind = false
    this.#seen = n
    for (const key of this.entries.keys()) if (!entries.has(key)) this.#set(key, undefined)
    for (const [key, value] of entries) this.#set(key, value)
    for (const delta of this.#ahead.splice(0)) this.delta(delta)
  }

  #apply({ n, set, deleted }: Delta): void {
    this.#seen = n
    for (const key of deleted) this.#set(key, undefined)
    for (const [key, value] of set) this.#set(key, value as V)
  }

  #set(key: string, value: V | undefined): void {
    const before = this.entries.get(key)
    if (value === undefined) {
      if (before === undefined) return
      this.entries.delete(key)
    } else {
      if (before !== undefined && JSON.stringify(before) === JSON.stringify(value)) return
      if (before === undefined && this.entries.size >= MOST_KEYS) return
      this.entries.set(key, value)
    }
    this.#hooks.changed(key, value, before)
  }
}
