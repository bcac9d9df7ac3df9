import type { StompServer } from 'stomping-ground'
import { changesTopic, membersTopic, roomTopic } from '../../contract/index.js'
import type { ChatUser } from '../accounts/account.js'
import type { ActivityLog } from '../log.js'
import type { Names } from '../names/names.js'
import type { Listeners } from './listeners.js'
import type { Presence } from './presence.js'

export interface Following {
  readonly names: Names
  readonly presence: Presence
  readonly listeners: Listeners
  readonly activity: ActivityLog
}

/** Subscriptions to a room are who is in it, however they end. Who hears of it in any way listens to it. */
export function followSessions(
  stomp: StompServer<ChatUser>,
  { names, presence, listeners, activity }: Following,
): void {
  stomp.events.on('subscribed', ({ session, destination }) => {
    const room = roomTopic.match(destination)
    const heard = room ?? membersTopic.match(destination) ?? changesTopic.match(destination)
    if (heard !== undefined) listeners.subscribed(session, heard.roomId)
    if (room !== undefined) presence.subscribed(session, room.roomId)
  })
  stomp.events.on('unsubscribed', ({ session, destination }) => {
    const room = roomTopic.match(destination)
    const heard = room ?? membersTopic.match(destination) ?? changesTopic.match(destination)
    if (heard !== undefined) listeners.unsubscribed(session, heard.roomId)
    if (room !== undefined && presence.unsubscribed(session, room.roomId))
      activity.leftRoom(session, room.roomId)
  })
  stomp.events.on('disconnected', ({ session }) => names.release(session))
  activity.watch(stomp)
}
