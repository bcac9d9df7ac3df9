import type { ChatMessage, KeptMessage, Place, RoomMessages } from '../../../contract/index.js'
import { append, firstOffset, prepend, withoutPlaces, type Block, type NewEntry } from './entries.js'

/** What stands in a room's log, and where that is in the room's history. */
export interface RoomLog {
  readonly blocks: readonly Block[]
  /** How many talks of others have come since the room was opened: the page counts the unread by it. */
  readonly heard: number
  /** Whether the history has older messages than the log. */
  readonly more: boolean
  /** The newest kept message that was had, or what was there before the first one. */
  readonly last: Place | undefined
  /** What comes up to this offset was said before the subscription. */
  readonly replayUntil: number
  /** Whether the replay is the page that the room is opened with. */
  readonly opening: boolean
  /** Messages after this offset have not been read; `undefined` when there are none, or the line above them stands. */
  readonly lineAfter: number | undefined
}

export const NEW_LOG: RoomLog = {
  blocks: [],
  heard: 0,
  more: false,
  last: undefined,
  replayUntil: 0,
  opening: false,
  lineAfter: undefined,
}

/** A message as it came, or as it was read. */
export interface Came {
  readonly message: ChatMessage
  readonly own: boolean
  /** Missing where it is not kept. */
  readonly place?: Place | undefined
}

/** The subscription stands: what comes next, up to an offset, is what was said before. */
export interface Replaying {
  /** 0 where nothing is said again. */
  readonly until: number
  readonly epoch: string
  /** Up to where the room has been read, if that is known. */
  readonly readUpTo: number | undefined
  /** Something between the log and what comes is gone. */
  readonly gap: boolean
  readonly time: number
}

export function takeReplay<Log extends RoomLog>(log: Log, replay: Replaying): Log {
  const { until, epoch, readUpTo, gap, time } = replay
  const opening = log.last === undefined
  const known = gap ? undefined : log.last
  const last = known ?? (until === 0 ? { offset: 0, epoch } : undefined)
  const another = isAnotherHistory(log, epoch)
  const shown = another ? withoutPlaces(log.blocks) : log.blocks
  const blocks = gap
    ? append(shown, { kind: 'notice', id: `gap ${epoch} ${time}`, time, happening: { what: 'gap' } })
    : shown
  const lineAfter = readUpTo !== undefined && readUpTo < until ? readUpTo : undefined
  return { ...log, blocks, more: log.more && !another, last, opening, lineAfter, replayUntil: until }
}

/** The room has begun a history anew: what is shown was kept in one that is gone. */
export function isAnotherHistory({ last }: RoomLog, epoch: string): boolean {
  return last !== undefined && last.epoch !== epoch
}

export function takeTalk<Log extends RoomLog>(log: Log, { message, own, place }: Came): Log {
  const talk: NewEntry = { kind: 'talk', message, own, offset: place?.offset }
  const isReplayed = place !== undefined && place.offset <= log.replayUntil
  const lined = isReplayed && !own ? withLine(log, place.offset, message.time) : log
  const blocks = append(lined.blocks, talk)
  const last = place ?? log.last
  if (blocks === lined.blocks) return last === log.last ? log : { ...log, last }
  const dropped = log.blocks.length > 0 && blocks[0]?.entries[0]?.id !== log.blocks[0]?.entries[0]?.id
  const isFirst = place !== undefined && firstOffset(blocks) === place.offset
  return {
    ...lined,
    blocks,
    last,
    more: dropped || (isFirst ? place.offset > 1 : log.more),
    heard: own || (log.opening && isReplayed) ? log.heard : log.heard + 1,
  }
}

/** There were messages before the first one, and they are not kept any more. */
export function isTrimmed({ more, blocks }: Pick<RoomLog, 'more' | 'blocks'>): boolean {
  return !more && (firstOffset(blocks) ?? 1) > 1
}

/** Messages before those that are here. */
export function takeOlder<Log extends RoomLog>(log: Log, page: RoomMessages, isOwn: IsOwn): Log {
  const { lineAfter } = log
  const oldest = page.messages[0]
  const more = oldest !== undefined && oldest.offset > page.first
  const older = page.messages.map((kept) => talkOf(kept, isOwn))
  if (lineAfter === undefined) return { ...log, more, blocks: prepend(log.blocks, older) }
  const at = page.messages.findIndex(({ offset }) => offset > lineAfter)
  const begins = at === -1 ? page.messages.length : at
  // Further up, where the messages are not here yet.
  if (begins === 0 && more) return { ...log, more, blocks: prepend(log.blocks, older) }
  older.splice(begins, 0, lineOf(lineAfter, page.messages[begins]?.message.time ?? oldest?.message.time ?? 0))
  return { ...log, more, lineAfter: undefined, blocks: prepend(log.blocks, older) }
}

export type IsOwn = (message: ChatMessage) => boolean

export function talkOf({ offset, message }: KeptMessage, isOwn: IsOwn): NewEntry {
  return { kind: 'talk', message, own: isOwn(message), offset }
}

/** The line stands above the first that was not read, where what was read last is in the log too. */
function withLine<Log extends RoomLog>(log: Log, offset: number, time: number): Log {
  const { lineAfter } = log
  if (lineAfter === undefined || offset <= lineAfter) return log
  const joins = offset === lineAfter + 1 || (firstOffset(log.blocks) ?? Infinity) <= lineAfter
  if (!joins) return log
  return { ...log, lineAfter: undefined, blocks: append(log.blocks, lineOf(lineAfter, time)) }
}

function lineOf(after: number, time: number): NewEntry {
  return { kind: 'notice', id: `new after ${after}`, time, happening: { what: 'new' } }
}
