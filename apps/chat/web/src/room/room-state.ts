import type { MemberEvent, Room, RoomDetail, RoomMessages } from '../../../contract/index.js'
import type { Refusal } from '../refusal.js'
import { append, type Happening } from './entries.js'
import { expectSnapshot, NO_MEMBERS, takeEvent, takeSnapshot, type Members } from './members.js'
import {
  NEW_LOG,
  takeOlder,
  takeReplay,
  takeTalk,
  type Came,
  type IsOwn,
  type Replaying,
  type RoomLog,
} from './room-log.js'

/** Everything that the page of one room shows. */
export interface RoomState extends RoomLog {
  /** Whether there is such a room; `unreachable` means that nobody could be asked. */
  readonly found: 'asking' | 'yes' | 'no' | 'unreachable'
  readonly room: Room | undefined
  /** `in` from the moment that the room has our ENTER. */
  readonly entry: 'out' | 'entering' | 'in' | 'refused'
  readonly entryRefusal: Refusal | undefined
  /** The name that the session holds, as the room has been told. */
  readonly name: string | undefined
  readonly members: Members
}

export const NEW_ROOM: RoomState = {
  ...NEW_LOG,
  found: 'asking',
  room: undefined,
  entry: 'out',
  entryRefusal: undefined,
  name: undefined,
  members: NO_MEMBERS,
}

export type RoomAction =
  | { readonly type: 'snapshot'; readonly detail: RoomDetail }
  | { readonly type: 'room'; readonly room: Room }
  | { readonly type: 'unknown' }
  | { readonly type: 'unreachable' }
  | { readonly type: 'entering' }
  | { readonly type: 'entered'; readonly name: string | undefined }
  | { readonly type: 'entry-refused'; readonly refusal: Refusal }
  | { readonly type: 'session-lost' }
  | ({ readonly type: 'replay' } & Replaying)
  | ({ readonly type: 'message' } & Came)
  | { readonly type: 'older'; readonly page: RoomMessages; readonly isOwn: IsOwn }
  | { readonly type: 'member'; readonly event: MemberEvent }
  | { readonly type: 'happened'; readonly id: string; readonly time: number; readonly happening: Happening }

export function reduceRoom(state: RoomState, action: RoomAction): RoomState {
  switch (action.type) {
    case 'snapshot': {
      const { detail } = action
      return { ...state, found: 'yes', room: detail.room, members: takeSnapshot(state.members, detail) }
    }
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
      return takeReplay(state, action)
    case 'older':
      return takeOlder(state, action.page, action.isOwn)
    case 'member':
      return { ...state, members: takeEvent(state.members, action.event) }
    case 'happened':
    default:
      return { ...state, blocks: append(state.blocks, { kind: 'notice', ...action }) }
  }
}

function takeMessage(state: RoomState, came: Came): RoomState {
  const { message } = came
  if (message.type === 'TALK') return takeTalk(state, came)
  const happening = { what: 'came', name: message.sender, text: message.message } as const
  const { id, time } = message
  return { ...state, blocks: append(state.blocks, { kind: 'notice', id, time, happening }) }
}
