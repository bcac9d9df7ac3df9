import type { Room } from '../../contract/index.js'
import type { Newest } from '../history/newest.js'
import type { Presence } from '../presence/presence.js'
import type { KeptRoom } from './room.js'

/** A room as clients see it. */
export function describeRoom(
  { id, name, createdAt, owner, invitation }: KeptRoom,
  presence: Pick<Presence, 'count'>,
  newest: Pick<Newest, 'of'>,
): Room {
  const said = newest.of(id)
  return {
    id,
    name,
    createdAt,
    members: presence.count(id),
    ...(owner === undefined ? {} : { owner: owner.name }),
    ...(invitation === undefined ? {} : { private: true }),
    ...(said === undefined ? {} : { said }),
  }
}
