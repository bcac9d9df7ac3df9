import type { MemberEvent, Room, RoomDetail, RoomMessages } from '../../../contract/index.js'
import type { Refusal } from '../refusal.js'
import { append, type Happening } from './entries.js'
import { expectSnapshot, NO_MEMBERS, takeEvent, takeSnapshot, type Members } from './members.js'
import {
  enqueue,
  failed,
  published,
  removed,
  retried,
  sessionLost,
  stored,
  type Outgoing,
} from './outgoing.js'
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
  readonly outgoing: readonly Outgoing[]
}

export const NEW_ROOM: RoomState = {
  ...NEW_LOG,
  found: 'asking',
  room: undefined,
  entry: 'out',
  entryRefusal: undefined,
  name: undefined,
  members: NO_MEMBERS,
  outgoing: [],
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
  | { readonly type: 'enqueue'; readonly id: string; readonly text: string; readonly time: number }
  | { readonly type: 'published' | 'stored' | 'retry' | 'discard'; readonly id: string }
  | { readonly type: 'failed'; readonly id: string; readonly refusal: Refusal }

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
      return {
        ...state,
        entry: state.entry === 'refused' ? 'refused' : 'out',
        outgoing: sessionLost(state.outgoing),
      }
    case 'message':
      return takeMessage(state, action)
    case 'replay':
      return takeReplay(state, action)
    case 'older':
      return takeOlder(state, action.page, action.isOwn)
    case 'member':
      return { ...state, members: takeEvent(state.members, action.event) }
    case 'happened':
      return { ...state, blocks: append(state.blocks, { kind: 'notice', ...action }) }
    case 'enqueue':
    case 'published':
    case 'stored':
    case 'retry':
    case 'discard':
    case 'failed':
    default:
      return reduceOutgoing(state, action)
  }
}

type OutgoingAction = Extract<
  RoomAction,
  { type: 'enqueue' | 'published' | 'stored' | 'retry' | 'discard' | 'failed' }
>

function reduceOutgoing(state: RoomState, action: OutgoingAction): RoomState {
  const outgoing = nextOutgoing(state.outgoing, action)
  return outgoing === state.outgoing ? state : { ...state, outgoing }
}

function nextOutgoing(queue: readonly Outgoing[], action: OutgoingAction): readonly Outgoing[] {
  switch (action.type) {
    case 'enqueue':
      return enqueue(queue, action)
    case 'published':
      return published(queue, action.id)
    case 'stored':
      return stored(queue, action.id)
    case 'retry':
      return retried(queue, action.id)
    case 'discard':
      return removed(queue, action.id)
    case 'failed':
    default:
      return failed(queue, action.id, action.refusal)
  }
}

function takeMessage(state: RoomState, came: Came): RoomState {
  const { message } = came
  if (message.type === 'ENTER') {
    const happening = { what: 'came', name: message.sender, text: message.message } as const
    const { id, time } = message
    return { ...state, blocks: append(state.blocks, { kind: 'notice', id, time, happening }) }
  }
  const outgoing = removed(state.outgoing, message.id)
  const next = takeTalk(state, came)
  return outgoing === next.outgoing ? next : { ...next, outgoing }
}
