import { allow, rule } from 'stomping-ground'
import type { Permissions, StompUser } from 'stomping-ground'
import { membersTopic, roomTopic, roomsTopic } from '../contract/index.js'
import type { Rooms } from './rooms/rooms.js'

/**
 * Who may listen to what.
 *
 * - Everyone to a room that there is, and to who is in it. Where rooms are open, there is any room that is asked for.
 * - Everyone to the list of rooms.
 * - Nobody to anything else, so not to all rooms at once by a wildcard either.
 *
 * Nobody may send to a topic: what people say goes to `/app/chat/message`, and the handler there passes it on.
 */
export function chatPermissions(rooms: Rooms): Permissions<StompUser> {
  const inRoom = async ({ params }: { params: { roomId: string } }): Promise<boolean> => {
    await rooms.use(params.roomId)
    return true
  }
  return {
    subscribe: [
      rule(roomTopic.pattern, inRoom),
      rule(membersTopic.pattern, inRoom),
      allow(roomsTopic.pattern),
    ],
    send: [],
  }
}
