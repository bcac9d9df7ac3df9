import { destination, userDestination } from 'stomping-ground/contract'
import { DirectEvent, DirectRequest, ReadRequest } from './direct.js'
import {
  ChangeEvent,
  ChatMessage,
  ChatRequest,
  ChatStatus,
  DeleteRequest,
  EditRequest,
  RoomEvent,
  RoomMembers,
  RoomNews,
  RoomReadEvent,
  RoomReadRequest,
} from './messages.js'

/** The SockJS endpoint; its raw WebSocket is under it. */
export const STOMP_PATH = '/websc'
export const WEBSOCKET_PATH = `${STOMP_PATH}/websocket`

/** Where a page sends ENTER and TALK. */
export const chatMessage = destination('/app/chat/message', ChatRequest)

/** Where a page changes what it has said. */
export const messageEdit = destination('/app/chat/message/edit', EditRequest)
export const messageDelete = destination('/app/chat/message/delete', DeleteRequest)

/** Where a page with an account says what it has read of a room. */
export const roomRead = destination('/app/chat/room/read', RoomReadRequest)

/** Where a page sends messages to one person, and what it has read of them. */
export const directMessage = destination('/app/chat/direct', DirectRequest)
export const directRead = destination('/app/chat/direct/read', ReadRequest)

/** A room's conversation: exactly ENTER and TALK. */
export const roomTopic = destination('/topic/chat/room/{roomId}', ChatMessage)

/** Messages of a room that were edited or deleted. It has a history: a page that was away asks for what it missed. */
export const changesTopic = destination('/topic/chat/room/{roomId}/changes', ChangeEvent)

/** Who came to a room and who left it, and the room itself when it has got another name. */
export const membersTopic = destination('/topic/chat/room/{roomId}/members', RoomNews)

/** Who is in a room: a SUBSCRIBE is answered with it as it is now. Its `seq` fits the events that this session hears. */
export const roomMembers = destination('/app/chat/room/{roomId}/members', RoomMembers)

/** The list of rooms as it changes: a room made, a count changed, something said, a room gone. Private rooms are not in it. */
export const roomsTopic = destination('/topic/chat/rooms', RoomEvent)

/** Whether what is said reaches everybody: a SUBSCRIBE is answered with it as it is now, and then with each change. */
export const CHAT_STATUS = '/app/chat/status'

/** The changes alone. */
export const statusTopic = destination('/topic/chat/status', ChatStatus)

/** The private rooms of this account, as they change. */
export const ownRooms = userDestination('/queue/chat/rooms', RoomEvent)

/** Up to where this account has read its rooms, told to all of its sessions. */
export const roomReads = userDestination('/queue/chat/read', RoomReadEvent)

/** Direct messages of this account, and what it has read of them: the same for all of its sessions. */
export const directQueue = userDestination('/queue/chat/direct', DirectEvent)
