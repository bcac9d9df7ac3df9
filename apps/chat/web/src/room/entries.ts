import type { ChatMessage } from '../../../contract/index.js'

/** What stands in a room's log. Flags depend on what came before only, so nothing shown ever moves by what comes. */
interface Placed {
  readonly id: string
  readonly time: number
  /** The first of its day: the day is written above it. */
  readonly newDay: boolean
  /** Where it stands in the history of the room, if that keeps it. */
  readonly offset?: number | undefined
}

export interface Talk extends Placed {
  readonly kind: 'talk'
  readonly sender: string
  readonly text: string
  readonly own: boolean
  /** The first of a run of its sender: avatar and name stand with it. */
  readonly head: boolean
  /** The first of its minute: the time stands with it. */
  readonly newMinute: boolean
  /** When it got the text that it has. */
  readonly edited?: number | undefined
  /** Who deleted it: there is nothing to read any more. */
  readonly deleted?: ChatMessage['deleted']
}

export type Happening =
  | { readonly what: 'came'; readonly name: string; readonly text: string }
  | { readonly what: 'left'; readonly name: string }
  | { readonly what: 'returned'; readonly awayMs: number }
  /** What comes after it has not been read. */
  | { readonly what: 'new' }
  /** Messages between what stands before it and what comes after it are not kept any more. */
  | { readonly what: 'gap' }

interface Notice extends Placed {
  readonly kind: 'notice'
  readonly happening: Happening
}

export type Entry = Talk | Notice

/** Entries in order. Blocks are what is drawn again when something comes: one of sixteen entries, not ten thousand. */
export interface Block {
  readonly entries: readonly Entry[]
  readonly ids: ReadonlySet<string>
}

export const BLOCK_ENTRIES = 16
/** The oldest entries leave the page when there are more than this. */
export const MAX_ENTRIES = 20_000
/** A run of one sender ends after this long without a word. */
export const RUN_GAP_MS = 5 * 60_000

/** What is said, in a room or to one person. */
type Said = Pick<ChatMessage, 'id' | 'time' | 'sender' | 'message' | 'edited' | 'deleted'>

export type NewEntry =
  | {
      readonly kind: 'talk'
      readonly message: Said
      readonly own: boolean
      readonly offset?: number | undefined
    }
  | { readonly kind: 'notice'; readonly id: string; readonly time: number; readonly happening: Happening }

/** Puts older entries above what is there, oldest first; what is there already is left out. */
export function prepend(blocks: readonly Block[], older: readonly NewEntry[]): readonly Block[] {
  const fresh = older.filter((added) => !hasEntry(blocks, idOf(added)))
  return join(fresh.reduce<readonly Block[]>(append, []), blocks)
}

/** Puts what ends where the other begins above it. */
export function join(above: readonly Block[], blocks: readonly Block[]): readonly Block[] {
  const [opening, ...rest] = blocks
  const [first, ...others] = opening?.entries ?? []
  if (opening === undefined || first === undefined) return above
  if (above.length === 0) return blocks
  const before = above.at(-1)?.entries.at(-1)
  const joined: Entry =
    first.kind === 'talk'
      ? { ...first, ...flags(first, before) }
      : { ...first, newDay: isNewDay(first.time, before) }
  return [...above, { ...opening, entries: [joined, ...others] }, ...rest]
}

/** The same entries, with what a message is now in its place. */
export function withChange(blocks: readonly Block[], message: Said): readonly Block[] {
  const at = blocks.findLastIndex(({ ids }) => ids.has(message.id))
  const block = blocks[at]
  if (block === undefined) return blocks
  const { message: text, edited, deleted } = message
  const entries = block.entries.map((entry) => {
    const same =
      entry.kind !== 'talk' || entry.id !== message.id || (entry.text === text && entry.deleted === deleted)
    return same ? entry : { ...entry, text, edited, deleted }
  })
  return entries.every((entry, i) => entry === block.entries[i])
    ? blocks
    : blocks.with(at, { ...block, entries })
}

/** The same entries, which stand in no history any more: offsets of another one are places of other messages. */
export function withoutPlaces(blocks: readonly Block[]): readonly Block[] {
  return blocks.map(({ ids, entries }) => ({
    ids,
    entries: entries.map((entry) => ({ ...entry, offset: undefined })),
  }))
}

/** The offset of the oldest kept message that is in the log. */
export function firstOffset(blocks: readonly Block[]): number | undefined {
  for (const { entries } of blocks) {
    for (const { offset } of entries) if (offset !== undefined) return offset
  }
  return undefined
}

/** That of the newest one. */
export function lastOffset(blocks: readonly Block[]): number | undefined {
  for (const { entries } of blocks.toReversed()) {
    for (const { offset } of entries.toReversed()) if (offset !== undefined) return offset
  }
  return undefined
}

function idOf(added: NewEntry): string {
  return added.kind === 'talk' ? added.message.id : added.id
}

function hasEntry(blocks: readonly Block[], id: string): boolean {
  // What comes twice comes soon: the newest blocks first.
  for (let i = blocks.length - 1; i >= 0; i--) if (blocks[i]?.ids.has(id)) return true
  return false
}

/** Adds one entry at the end, once: an id that is there already changes nothing. */
export function append(blocks: readonly Block[], added: NewEntry): readonly Block[] {
  const id = idOf(added)
  if (hasEntry(blocks, id)) return blocks
  const last = blocks.at(-1)
  const entry = place(added, last?.entries.at(-1))
  if (last !== undefined && last.entries.length < BLOCK_ENTRIES) {
    const grown = { entries: [...last.entries, entry], ids: new Set(last.ids).add(id) }
    return [...blocks.slice(0, -1), grown]
  }
  return bounded([...blocks, { entries: [entry], ids: new Set([id]) }])
}

function place(added: NewEntry, before: Entry | undefined): Entry {
  if (added.kind === 'notice') {
    const { id, time, happening } = added
    return { kind: 'notice', id, time, happening, newDay: isNewDay(time, before) }
  }
  const { id, time, sender, message: text, edited, deleted } = added.message
  const { own, offset } = added
  const placed = flags({ time, sender, own }, before)
  return { kind: 'talk', id, time, sender, text, edited, deleted, own, offset, ...placed }
}

function flags(
  talk: Pick<Talk, 'time' | 'sender' | 'own'>,
  before: Entry | undefined,
): Pick<Talk, 'newDay' | 'head' | 'newMinute'> {
  const newDay = isNewDay(talk.time, before)
  const head = newDay || !continuesRun(talk, before)
  const newMinute = head || before === undefined || minute(before.time) !== minute(talk.time)
  return { newDay, head, newMinute }
}

function continuesRun(
  { time, sender, own }: Pick<Talk, 'time' | 'sender' | 'own'>,
  before: Entry | undefined,
): boolean {
  if (before?.kind !== 'talk' || before.own !== own || before.sender !== sender) return false
  return time - before.time < RUN_GAP_MS
}

function isNewDay(time: number, before: Entry | undefined): boolean {
  return before === undefined || new Date(time).toDateString() !== new Date(before.time).toDateString()
}

function minute(time: number): number {
  return Math.floor(time / 60_000)
}

/** Whole blocks leave; the first entry that stays says its day, its sender and its time. */
function bounded(blocks: readonly Block[]): readonly Block[] {
  const surplus = blocks.length - MAX_ENTRIES / BLOCK_ENTRIES
  if (surplus <= 0) return blocks
  const [first, ...rest] = blocks.slice(surplus)
  const [opening, ...others] = first?.entries ?? []
  if (first === undefined || opening === undefined) return blocks
  const shown = opening.kind === 'talk' ? { ...opening, head: true, newMinute: true } : opening
  return [{ ...first, entries: [{ ...shown, newDay: true }, ...others] }, ...rest]
}
