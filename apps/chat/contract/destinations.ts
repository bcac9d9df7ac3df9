import { destination } from 'stomping-ground/contract'
import { ChatMessage, MemberEvent, RoomEvent } from './messages.js'

/** The SockJS endpoint; its raw WebSocket is under it. */
export const STOMP_PATH = '/websc'
export const WEBSOCKET_PATH = `${STOMP_PATH}/websocket`

/** Where a page sends ENTER and TALK (a `ChatRequest`). */
export const CHAT_MESSAGE = '/app/chat/message'

/** A room's conversation: exactly ENTER and TALK. */
export const roomTopic = destination('/topic/chat/room/{roomId}', ChatMessage)

/** Who came to a room and who left it. */
export const membersTopic = destination('/topic/chat/room/{roomId}/members', MemberEvent)

/** The list of rooms as it changes: a room made, a count changed. */
export const roomsTopic = destination('/topic/chat/rooms', RoomEvent)
