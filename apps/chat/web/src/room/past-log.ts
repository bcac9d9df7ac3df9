import type { KeptMessage, RoomMessages } from '../../../contract/index.js'
import { append, firstOffset, join, lastOffset, type Block } from './entries.js'
import { talkOf, type IsOwn, type RoomLog } from './room-log.js'

/**
 * What a room's log shows in place of its end: messages of long ago that somebody looked for, with those around them.
 * Reading on from there leads to the end again.
 */
export interface PastLog {
  readonly blocks: readonly Block[]
  /** Whether the history has older messages. */
  readonly more: boolean
}

interface WithPast extends RoomLog {
  readonly past: PastLog | undefined
}

/** The page around a message. Where it reaches the log, it becomes a part of it. */
export function takeAround<Log extends WithPast>(log: Log, page: RoomMessages, isOwn: IsOwn): Log {
  const first = page.messages[0]
  if (first === undefined) return log
  const past = { blocks: [], more: first.offset > page.first }
  return grown({ ...log, past }, page, isOwn)
}

/** The messages after those of long ago. */
export function takeNewer<Log extends WithPast>(log: Log, page: RoomMessages, isOwn: IsOwn): Log {
  return log.past === undefined ? log : grown(log, page, isOwn)
}

/** Whether a message stands in the log, or in what is shown in its place. */
export function isShown({ blocks, past }: WithPast, offset: number): boolean {
  const shown = past?.blocks ?? blocks
  const first = firstOffset(shown)
  const last = lastOffset(shown)
  return first !== undefined && last !== undefined && first <= offset && offset <= last
}

function grown<Log extends WithPast>(log: Log, page: RoomMessages, isOwn: IsOwn): Log {
  const { past, blocks: present } = log
  if (past === undefined) return log
  const begins = firstOffset(present) ?? Infinity
  const isBefore = ({ offset }: KeptMessage): boolean => offset < begins
  const blocks = page.messages
    .filter(isBefore)
    .map((kept) => talkOf(kept, isOwn))
    .reduce(append, past.blocks)
  const newest = page.messages.at(-1)?.offset ?? Infinity
  if (newest < Math.min(begins - 1, page.last)) return { ...log, past: { ...past, blocks } }
  // A line above what is new stands further down, or nowhere.
  return { ...log, past: undefined, lineAfter: undefined, more: past.more, blocks: join(blocks, present) }
}
