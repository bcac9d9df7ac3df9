import type { Awaitable } from '../../awaitable.js'
import type { Retentions } from './retention.js'
import type { HistoryStore, StoredMessage } from './store.js'

/** Which part of a destination's history is wanted: `from` an offset on, or what stands `before` one. */
export interface PageRequest {
  readonly from?: number
  /** Default: after the newest. */
  readonly before?: number
  /** At most 1,000. */
  readonly count: number
}

/** A part of a destination's history, oldest first. */
export interface HistoryPage {
  /** What the destination holds: `first` is `last + 1` where that is nothing. */
  readonly first: number
  readonly last: number
  readonly epoch: string
  readonly messages: readonly StoredMessage[]
}

/** Where pages are read from. */
export interface PageSource {
  readonly store: HistoryStore
  readonly retentions: Retentions
  /** Asks the store. @throws StompError `history-unavailable` as a rejection */
  read<T>(ask: () => Awaitable<T>): Promise<T>
}

/** What one page may hold at most. */
const MOST_OF_A_PAGE = 1_000
const PAGE_BYTES = 16_777_216

/** @throws RangeError when the request is malformed; StompError `history-unavailable`: both as rejections */
export async function readPage(
  source: PageSource,
  destination: string,
  { from, before, count }: PageRequest,
): Promise<HistoryPage> {
  for (const value of [from ?? 1, before ?? 1, count]) {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`A page cannot have ${value}`)
  }
  if (count > MOST_OF_A_PAGE || (from !== undefined && before !== undefined)) {
    throw new RangeError(`A page has at most ${MOST_OF_A_PAGE} messages, from an offset or before one`)
  }
  const { store, retentions } = source
  const retention = retentions.of(destination)
  const { epoch } = store
  if (retention === undefined) return { first: 1, last: 0, epoch, messages: [] }
  const [head] = await source.read(() => store.heads([destination]))
  const { last } = head!
  const first = Math.max(head!.first, last - retention.count + 1)
  const end = from === undefined ? Math.min(before ?? last + 1, last + 1) : Math.min(from + count, last + 1)
  const begin = Math.max(first, from ?? end - count)
  const messages: StoredMessage[] = []
  while (begin + messages.length < end) {
    const bounds = { count: end - begin - messages.length, bytes: PAGE_BYTES }
    const read = await source.read(() => store.read(destination, begin + messages.length, bounds))
    // Trimmed meanwhile.
    if (read.length === 0 || read[0]!.offset !== begin + messages.length) break
    messages.push(...read)
  }
  return { first, last, epoch, messages }
}
