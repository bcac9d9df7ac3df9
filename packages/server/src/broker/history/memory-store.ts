import { randomBytes } from 'node:crypto'
import { REMEMBERED_IDS } from './store.js'
import type {
  Appended,
  Content,
  Entry,
  Head,
  HistoryStore,
  Keep,
  PageBounds,
  StoredMessage,
} from './store.js'

/** Names that one call of `destinations` gives. */
const NAMES = 1_000
const FULL = 'The memory store holds as much as it may hold.'

/**
 * A store in this process's memory: it is gone with the process, and clients are told so by another epoch. What it may
 * hold is bounded by what is retained, and by `bytes`.
 *
 * @param options.bytes of all messages together, default 256 MiB. Past it nothing more is taken, until something is
 *   trimmed.
 * @throws RangeError when `bytes` is no positive integer
 */
export function memoryStore({ bytes = 268_435_456 }: { readonly bytes?: number } = {}): HistoryStore {
  if (!Number.isSafeInteger(bytes) || bytes <= 0) {
    throw new RangeError(`bytes has to be a positive integer, not ${bytes}`)
  }
  return new MemoryStore(bytes)
}

class MemoryStore implements HistoryStore {
  readonly epoch = randomBytes(6).toString('base64url')
  readonly #shelves = new Map<string, Shelf>()
  readonly #room: number
  #bytes = 0
  /** The last offset of any destination that was forgotten: none of them begins below it again. */
  #forgotten = 0

  constructor(room: number) {
    this.#room = room
  }

  async start(): Promise<void> {}

  append(entries: readonly Entry[]): readonly Appended[] {
    let bytes = 0
    for (const entry of entries) bytes += bytesOf(entry)
    if (this.#bytes + bytes > this.#room) throw new Error(FULL)
    return entries.map((entry) => {
      const shelf = this.#shelf(entry.destination)
      const known = entry.id === undefined ? undefined : shelf.ids.get(entry.id)
      if (known !== undefined) return { offset: known, repeated: true }
      this.#bytes += bytesOf(entry)
      return { offset: shelf.add(entry), repeated: false }
    })
  }

  replace(destination: string, offset: number, content: Content): boolean {
    const shelf = this.#shelves.get(destination)
    const at = shelf === undefined ? -1 : offset - shelf.head.first
    const old = shelf?.messages[at]
    if (shelf === undefined || old === undefined) return false
    const more = bytesOf(content) - bytesOf(old)
    if (this.#bytes + more > this.#room) throw new Error(FULL)
    this.#bytes += more
    shelf.messages[at] = { ...old, ...content }
    return true
  }

  heads(destinations: readonly string[]): Head[] {
    return destinations.map(
      (name) => this.#shelves.get(name)?.head ?? { first: this.#forgotten + 1, last: this.#forgotten },
    )
  }

  read(destination: string, from: number, { count, bytes }: PageBounds): StoredMessage[] {
    const page: StoredMessage[] = []
    const shelf = this.#shelves.get(destination)
    if (shelf === undefined) return page
    let size = 0
    for (let i = Math.max(0, from - shelf.head.first); i < shelf.messages.length; i++) {
      const message = shelf.messages[i]!
      size += bytesOf(message)
      if (page.length > 0 && (page.length >= count || size > bytes)) break
      page.push(message)
    }
    return page
  }

  offsetAt(destination: string, time: number): number {
    const shelf = this.#shelves.get(destination)
    if (shelf === undefined) return this.#forgotten + 1
    return shelf.messages.find((one) => one.time >= time)?.offset ?? shelf.head.last + 1
  }

  destinations(after: string | undefined): string[] {
    const names = [...this.#shelves.keys()]
    const from = after === undefined ? 0 : names.indexOf(after) + 1
    return names.slice(from, from + NAMES)
  }

  trim(keeps: readonly Keep[]): void {
    for (const keep of keeps) {
      const shelf = this.#shelves.get(keep.destination)
      if (shelf === undefined) continue
      this.#bytes -= shelf.trim(keep)
      if (shelf.messages.length > 0) continue
      this.#forgotten = Math.max(this.#forgotten, shelf.head.last)
      this.#shelves.delete(keep.destination)
    }
  }

  check(): void {
    if (this.#bytes >= this.#room) throw new Error(FULL)
  }

  async stop(): Promise<void> {}

  #shelf(name: string): Shelf {
    let shelf = this.#shelves.get(name)
    if (shelf === undefined) this.#shelves.set(name, (shelf = new Shelf(this.#forgotten)))
    return shelf
  }
}

/** What is kept of one destination. */
class Shelf {
  messages: StoredMessage[] = []
  /** Offsets by the publishers' ids, oldest first. */
  readonly ids = new Map<string, number>()
  #last: number
  #time = -Infinity

  constructor(last: number) {
    this.#last = last
  }

  get head(): Head {
    return { first: this.#last - this.messages.length + 1, last: this.#last }
  }

  add({ headers, body, time, id }: Entry): number {
    this.#time = Math.max(this.#time, time)
    const offset = ++this.#last
    this.messages.push({ offset, time: this.#time, headers, body })
    if (id !== undefined) {
      this.ids.set(id, offset)
      if (this.ids.size > REMEMBERED_IDS) this.ids.delete(this.ids.keys().next().value!)
    }
    return offset
  }

  /** @returns how many bytes are gone */
  trim({ count, since }: Keep): number {
    const young = this.messages.findIndex((one) => one.time >= since)
    const old = young === -1 ? this.messages.length : young
    const gone = this.messages.slice(0, Math.max(old, this.messages.length - count))
    if (gone.length === 0) return 0
    this.messages = this.messages.slice(gone.length)
    for (const [id, offset] of this.ids) {
      if (offset > gone.at(-1)!.offset) break
      this.ids.delete(id)
    }
    return gone.reduce((sum, one) => sum + bytesOf(one), 0)
  }
}

function bytesOf({ headers, body }: Content): number {
  let bytes = body.length + 64
  for (const text of headers.flat) bytes += text.length
  return bytes
}
