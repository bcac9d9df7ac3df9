import type { Room } from '../../contract/index.js'
import type { Newest } from '../history/newest.js'
import type { Members } from '../presence/members.js'
import type { KeptRoom } from './room.js'

/** A room as clients see it. */
export function describeRoom(
  { id, name, createdAt, owner, invitation }: KeptRoom,
  present: Pick<Members, 'count'>,
  newest: Pick<Newest, 'of'>,
): Room {
  const said = newest.of(id)
  return {
    id,
    name,
    createdAt,
    members: present.count(id),
    ...(owner === undefined ? {} : { owner: owner.name }),
    ...(invitation === undefined ? {} : { private: true }),
    ...(said === undefined ? {} : { said }),
  }
}
