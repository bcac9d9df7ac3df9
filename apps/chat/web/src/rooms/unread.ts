import type { Place, Room } from '../../../contract/index.js'
import type { Places } from './read-places.js'

/** How many messages were said after the place up to which the room was read; 0 where it never was. */
export function unreadIn({ said }: Pick<Room, 'said'>, place: Place | undefined): number {
  if (said === undefined || place === undefined || said.epoch !== place.epoch) return 0
  return Math.max(0, said.offset - place.offset)
}

export function unreadInAll(rooms: readonly Room[], places: Places): number {
  return rooms.reduce((sum, room) => sum + unreadIn(room, places[room.id]), 0)
}
