import type { Room, RoomEvent } from '../../../contract/index.js'

/** The list of rooms: oldest first, as the server gives it; what is new comes last, so that nothing moves. */
export interface RoomsState {
  readonly read: 'reading' | 'yes' | 'unreachable'
  readonly rooms: readonly Room[]
}

export const NO_ROOMS: RoomsState = { read: 'reading', rooms: [] }

export type RoomsAction =
  | { readonly type: 'list'; readonly rooms: readonly Room[]; readonly newer: readonly RoomEvent[] }
  | { readonly type: 'unreachable' }
  | { readonly type: 'event'; readonly event: RoomEvent }

export function reduceRooms(state: RoomsState, action: RoomsAction): RoomsState {
  switch (action.type) {
    case 'list':
      return { read: 'yes', rooms: action.newer.reduce(take, action.rooms) }
    case 'unreachable':
      return state.read === 'yes' ? state : { ...state, read: 'unreachable' }
    case 'event':
    default:
      return { ...state, rooms: take(state.rooms, action.event) }
  }
}

function take(rooms: readonly Room[], event: RoomEvent): readonly Room[] {
  if (event.type === 'ROOM') return put(rooms, event.room)
  if (event.type === 'GONE') return rooms.filter(({ id }) => id !== event.roomId)
  const { roomId, offset, epoch } = event
  return rooms.map((room) => (room.id === roomId ? { ...room, said: { offset, epoch } } : room))
}

function put(rooms: readonly Room[], room: Room): readonly Room[] {
  const at = rooms.findIndex(({ id }) => id === room.id)
  return at < 0 ? [...rooms, room] : rooms.with(at, room)
}

/** Whether a room's name has everything that was typed, in any order and case. */
export function matches(name: string, query: string): boolean {
  const searched = name.normalize('NFC').toLocaleLowerCase()
  return query
    .normalize('NFC')
    .toLocaleLowerCase()
    .split(/\s+/u)
    .every((word) => searched.includes(word))
}
