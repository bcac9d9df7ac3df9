import type { Node, SharedEntry, SharedMap, SharedObserver } from './cluster.js'
import { Replica } from './replica.js'
import type { Delta, Piece } from './wire.js'
import { ENTRY_BYTES, MOST_KEYS, VALUE_BYTES } from './wire.js'

/** What a map needs of the node that it belongs to. */
export interface SharedParts {
  readonly self: Node
  /** Whether changes are told to anybody. */
  readonly told: boolean
  /** Sends changes to all, numbered; whether they were sent. */
  send(n: number, set: string, deleted: string): boolean
  /** Whether something can be sent now. */
  open(): boolean
  ask(node: Node): void
  failed(error: unknown): void
}

interface Own<V> {
  readonly value: V
  /** The pair as it is told: made once, whoever it is told to. */
  readonly json: string
}

/** A piece of a snapshot, before it has its envelope. */
export interface SnapshotPiece {
  readonly n: number
  readonly piece: number
  readonly last: boolean
  readonly set: string
}

/** Deletions that wait for a broker that is away, besides as many as there are keys; past it all is asked for anew. */
const MOST_DELETED = 10_000

/** A map of which each node keeps a part: this node's own, and what is known of the others'. */
export class SharedEntries<V> implements SharedMap<V> {
  /** How many changes were told. */
  n = 0
  readonly #parts: SharedParts
  readonly #observer: SharedObserver<V>
  readonly #own = new Map<string, Own<V>>()
  readonly #replicas = new Map<Node, Replica<V>>()
  /** Keys that have changed and were not told. */
  readonly #changed = new Set<string>()
  #flushing = false

  constructor(observer: SharedObserver<V>, parts: SharedParts) {
    this.#observer = observer
    this.#parts = parts
  }

  set(key: string, value: V): void {
    const json = JSON.stringify([key, value])
    if (typeof key !== 'string' || value === undefined || json.endsWith(',null]') !== (value === null)) {
      throw new TypeError(`The value of ${JSON.stringify(key)} has no JSON form`)
    }
    if (Buffer.byteLength(json) > ENTRY_BYTES) {
      throw new RangeError(`Key and value are longer than ${ENTRY_BYTES} bytes`)
    }
    const before = this.#own.get(key)
    if (before?.json === json) return
    if (before === undefined && this.#own.size >= MOST_KEYS) {
      throw new RangeError(`This node has ${MOST_KEYS} keys in the map already`)
    }
    this.#own.set(key, { value, json })
    this.#toTell(key)
    this.#observe(this.#parts.self, key, value, before?.value)
  }

  delete(key: string): boolean {
    const before = this.#own.get(key)
    if (before === undefined) return false
    this.#own.delete(key)
    this.#toTell(key)
    this.#observe(this.#parts.self, key, undefined, before.value)
    return true
  }

  *entries(): IterableIterator<SharedEntry<V>> {
    const { self: node } = this.#parts
    for (const [key, { value }] of this.#own) yield { key, value, node }
    for (const [node, { entries }] of this.#replicas)
      for (const [key, value] of entries) yield { key, value, node }
  }

  /** A node is there. Whether it has told anything, it says itself. */
  joined(node: Node): void {
    this.#replicas.set(
      node,
      new Replica<V>({
        changed: (key, value, before) => this.#observe(node, key, value, before),
        ask: () => this.#parts.ask(node),
      }),
    )
  }

  /** It is there already, and what it has told is not known. */
  refresh(node: Node): void {
    this.joined(node)
    this.#replicas.get(node)!.refresh()
  }

  left(node: Node): void {
    const replica = this.#replicas.get(node)
    this.#replicas.delete(node)
    replica?.drop()
  }

  announced(node: Node, n: number): void {
    this.#replicas.get(node)?.announced(n)
  }

  delta(node: Node, delta: Delta): void {
    this.#replicas.get(node)?.delta(delta)
  }

  piece(node: Node, piece: Piece): void {
    this.#replicas.get(node)?.piece(piece)
  }

  /**
   * This node's part as it is now, in pieces that are made one after the other. It has at least what was told up to its
   * number; what is told later says again what it has besides.
   */
  *snapshot(): IterableIterator<SnapshotPiece> {
    const { n } = this
    const batches = inBatches([...this.#own.values()].map(({ json }) => json))
    let piece = 0
    let before = ''
    for (const set of batches) {
      if (piece > 0) yield { n, piece: piece - 1, last: false, set: before }
      before = set
      piece++
    }
    yield { n, piece: Math.max(0, piece - 1), last: true, set: before }
  }

  /** Tells what has changed, as far as it can be sent. */
  flush(): void {
    this.#flushing = false
    if (this.#changed.size === 0 || !this.#parts.open()) return
    const set: string[] = []
    const deleted: string[] = []
    for (const key of this.#changed) {
      const own = this.#own.get(key)
      if (own === undefined) deleted.push(JSON.stringify(key))
      else set.push(own.json)
    }
    this.#changed.clear()
    // One that is not sent leaves a hole in the numbers: the others ask for all.
    for (const batch of inBatches(set)) this.#parts.send(++this.n, batch, '')
    for (const batch of inBatches(deleted)) this.#parts.send(++this.n, '', batch)
  }

  #toTell(key: string): void {
    if (!this.#parts.told) return
    this.#changed.add(key)
    if (this.#changed.size > this.#own.size + MOST_DELETED) {
      this.#changed.clear()
      this.n++
    }
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(() => this.flush())
  }

  #observe(node: Node, key: string, value: V | undefined, before: V | undefined): void {
    try {
      this.#observer.changed({ key, node, value, before })
    } catch (error) {
      this.#parts.failed(error)
    }
  }
}

/** Joins parts by commas, up to the length of a message. */
function* inBatches(parts: readonly string[]): IterableIterator<string> {
  let batch: string[] = []
  let length = 0
  for (const part of parts) {
    if (length + part.length > VALUE_BYTES && batch.length > 0) {
      yield batch.join(',')
      batch = []
      length = 0
    }
    batch.push(part)
    length += part.length + 1
  }
  if (batch.length > 0) yield batch.join(',')
}
