import type { Room } from '../../contract/index.js'
import type { Presence } from '../presence/presence.js'
import type { KeptRoom } from './room.js'

/** A room as clients see it. */
export function describeRoom(
  { id, name, createdAt, owner, invitation }: KeptRoom,
  presence: Pick<Presence, 'count'>,
): Room {
  return {
    id,
    name,
    createdAt,
    members: presence.count(id),
    ...(owner === undefined ? {} : { owner: owner.name }),
    ...(invitation === undefined ? {} : { private: true }),
  }
}
