import { messageMap } from 'stomping-ground'
import type { MessageMap } from 'stomping-ground'
import type { ChatUser } from '../accounts/account.js'
import { RoomMembers } from '../../contract/index.js'
import { demand, policy } from '../policy.js'
import type { Rooms } from '../rooms/rooms.js'
import type { Members } from './members.js'

/** Who is in a room, for whoever may be in it: its `seq` is this node's, as that of the events which the session hears. */
export function membersMessages(
  members: Pick<Members, 'of'>,
  rooms: Pick<Rooms, 'use'>,
): MessageMap<ChatUser> {
  return messageMap<ChatUser>().subscribe(
    '/chat/room/{roomId}/members',
    { reply: RoomMembers },
    async ({ params, user: { account } }) => {
      const room = await rooms.use(params.roomId)
      demand(policy.beInRoom, { who: { account, name: account?.name }, room })
      return members.of(room.id)
    },
  )
}
