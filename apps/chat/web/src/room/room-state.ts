import type {
  ChatMessage,
  MemberEvent,
  Room,
  RoomDetail,
  RoomMembers,
  RoomMessages,
} from '../../../contract/index.js'
import type { Refusal } from '../refusal.js'
import { append, withChange, type Happening } from './entries.js'
import {
  expectSnapshot,
  NO_MEMBERS,
  takeEvent,
  takeFirstLook,
  takeSnapshot,
  type Members,
} from './members.js'
import { takeAround, takeNewer, type PastLog } from './past-log.js'
import {
  isAnotherHistory,
  NEW_LOG,
  takeOlder,
  takeReplay,
  takeTalk,
  type Came,
  type IsOwn,
  type Replaying,
  type RoomLog,
} from './room-log.js'

/** The same message can be looked for twice. */
export interface Sought {
  readonly offset: number
}

/** Everything that the page of one room shows. */
export interface RoomState extends RoomLog {
  /** What stands in place of the log. */
  readonly past: PastLog | undefined
  /** A message that was looked for, to be shown. */
  readonly sought: Sought | undefined
  /** Whether there is such a room; `unreachable` means that nobody could be asked. */
  readonly found: 'asking' | 'yes' | 'no' | 'unreachable'
  readonly room: Room | undefined
  /** How long a message can be edited after it was said; `undefined` where none can be changed. */
  readonly editMs: number | undefined
  /** `in` from the moment that the room has our ENTER. */
  readonly entry: 'out' | 'entering' | 'in' | 'refused'
  readonly entryRefusal: Refusal | undefined
  /** The name that the session holds, as the room has been told. */
  readonly name: string | undefined
  readonly members: Members
}

export const NEW_ROOM: RoomState = {
  ...NEW_LOG,
  past: undefined,
  sought: undefined,
  found: 'asking',
  room: undefined,
  editMs: undefined,
  entry: 'out',
  entryRefusal: undefined,
  name: undefined,
  members: NO_MEMBERS,
}

export type RoomAction =
  | { readonly type: 'snapshot'; readonly detail: RoomDetail }
  | { readonly type: 'members'; readonly members: RoomMembers }
  | { readonly type: 'room'; readonly room: Room }
  | { readonly type: 'unknown' }
  | { readonly type: 'unreachable' }
  | { readonly type: 'entering' }
  | { readonly type: 'entered'; readonly name: string | undefined }
  | { readonly type: 'entry-refused'; readonly refusal: Refusal }
  | { readonly type: 'session-lost' }
  | ({ readonly type: 'replay' } & Replaying)
  | ({ readonly type: 'message' } & Came)
  | { readonly type: 'older' | 'newer' | 'around'; readonly page: RoomMessages; readonly isOwn: IsOwn }
  | { readonly type: 'sought'; readonly offset: number }
  /** Back to the end of the log. */
  | { readonly type: 'present' }
  | { readonly type: 'changed'; readonly message: ChatMessage }
  | { readonly type: 'member'; readonly event: MemberEvent }
  | { readonly type: 'happened'; readonly id: string; readonly time: number; readonly happening: Happening }

export function reduceRoom(state: RoomState, action: RoomAction): RoomState {
  switch (action.type) {
    case 'snapshot': {
      const { detail } = action
      const { room, editMs } = detail
      return { ...state, found: 'yes', room, editMs, members: takeFirstLook(state.members, detail) }
    }
    case 'members':
      return { ...state, members: takeSnapshot(state.members, action.members) }
    case 'room':
      return { ...state, room: action.room }
    case 'unknown':
      return { ...state, found: 'no' }
    case 'unreachable':
      return state.found === 'yes' ? state : { ...state, found: 'unreachable' }
    case 'entering':
      return { ...state, entry: 'entering', entryRefusal: undefined, members: expectSnapshot(state.members) }
    case 'entered':
      return { ...state, entry: 'in', name: action.name ?? state.name }
    case 'entry-refused':
      return { ...state, entry: 'refused', entryRefusal: action.refusal }
    case 'session-lost':
      return state.entry === 'refused' || state.entry === 'out' ? state : { ...state, entry: 'out' }
    case 'message':
      return takeMessage(state, action)
    case 'replay':
      return takeReplay(isAnotherHistory(state, action.epoch) ? { ...state, past: undefined } : state, action)
    case 'older':
      return state.past === undefined
        ? takeOlder(state, action.page, action.isOwn)
        : { ...state, past: olderPast(state.past, action.page, action.isOwn) }
    case 'newer':
      return takeNewer(state, action.page, action.isOwn)
    case 'around':
      return takeAround(state, action.page, action.isOwn)
    case 'sought':
      return { ...state, sought: { offset: action.offset } }
    case 'present':
      return { ...state, past: undefined, sought: undefined }
    case 'changed':
      return takeChange(state, action.message)
    case 'member':
      return { ...state, members: takeEvent(state.members, action.event) }
    case 'happened':
    default:
      return { ...state, blocks: append(state.blocks, { kind: 'notice', ...action }) }
  }
}

function olderPast(past: PastLog, page: RoomMessages, isOwn: IsOwn): PastLog {
  const { blocks, more } = takeOlder({ ...NEW_LOG, ...past }, page, isOwn)
  return { blocks, more }
}

function takeChange(state: RoomState, message: ChatMessage): RoomState {
  const { past } = state
  const blocks = withChange(state.blocks, message)
  return { ...state, blocks, past: past && { ...past, blocks: withChange(past.blocks, message) } }
}

function takeMessage(state: RoomState, came: Came): RoomState {
  const { message } = came
  if (message.type === 'TALK') return takeTalk(state, came)
  const happening = { what: 'came', name: message.sender, text: message.message } as const
  const { id, time } = message
  return { ...state, blocks: append(state.blocks, { kind: 'notice', id, time, happening }) }
}
