import type { Room } from '../../../contract/index.js'

/** The list of rooms: oldest first, as the server gives it; what is new comes last, so that nothing moves. */
export interface RoomsState {
  readonly read: 'reading' | 'yes' | 'unreachable'
  readonly rooms: readonly Room[]
}

export const NO_ROOMS: RoomsState = { read: 'reading', rooms: [] }

export type RoomsAction =
  | { readonly type: 'list'; readonly rooms: readonly Room[]; readonly newer: readonly Room[] }
  | { readonly type: 'unreachable' }
  | { readonly type: 'room'; readonly room: Room }

export function reduceRooms(state: RoomsState, action: RoomsAction): RoomsState {
  switch (action.type) {
    case 'list':
      return { read: 'yes', rooms: action.newer.reduce(put, action.rooms) }
    case 'unreachable':
      return state.read === 'yes' ? state : { ...state, read: 'unreachable' }
    case 'room':
    default:
      return { ...state, rooms: put(state.rooms, action.room) }
  }
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
