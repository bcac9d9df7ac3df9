import { destination, userDestination } from 'stomping-ground/contract'
import { DirectEvent } from './direct.js'
import { ChatMessage, RoomEvent, RoomNews } from './messages.js'

/** The SockJS endpoint; its raw WebSocket is under it. */
export const STOMP_PATH = '/websc'
export const WEBSOCKET_PATH = `${STOMP_PATH}/websocket`

/** Where a page sends ENTER and TALK (a `ChatRequest`). */
export const CHAT_MESSAGE = '/app/chat/message'

/** Where a page sends messages to one person (a `DirectRequest`), and what it has read of them (a `ReadRequest`). */
export const DIRECT_MESSAGE = '/app/chat/direct'
export const DIRECT_READ = '/app/chat/direct/read'

/** A room's conversation: exactly ENTER and TALK. */
export const roomTopic = destination('/topic/chat/room/{roomId}', ChatMessage)

/** Who came to a room and who left it, and the room itself when it has got another name. */
export const membersTopic = destination('/topic/chat/room/{roomId}/members', RoomNews)

/** The list of rooms as it changes: a room made, a count changed, a room gone. Private rooms are not in it. */
export const roomsTopic = destination('/topic/chat/rooms', RoomEvent)

/** The private rooms of this account, as they change. */
export const ownRooms = userDestination('/queue/chat/rooms', RoomEvent)

/** Direct messages of this account, and what it has read of them: the same for all of its sessions. */
export const directQueue = userDestination('/queue/chat/direct', DirectEvent)
