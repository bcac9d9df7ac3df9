import type { Room } from './messages.js'

/** `GET /api/rooms`: oldest first. */
export interface RoomList {
  readonly rooms: readonly Room[]
}

/** `POST /api/rooms`; answers 201 with the `Room`, or an `HttpError`. */
export interface NewRoom {
  readonly name: string
}

/** `GET /api/rooms/{id}`: the room, who is in it, and the `seq` of the last `MemberEvent` that this includes. */
export interface RoomDetail {
  readonly room: Room
  readonly members: readonly string[]
  readonly seq: number
}

/** Every code with which the chat refuses something: as `code` in an `HttpError`, or as the `code` header of an ERROR. */
export const CHAT_ERRORS = {
  'room-unknown': 'No such room.',
  'room-name-empty': 'A room needs a name.',
  'room-name-too-long': 'The name of the room is too long.',
  'room-name-characters': 'The name of the room has a character that cannot be shown.',
  'room-name-taken': 'There is a room of this name already.',
  'room-limit': 'No more rooms can be made here.',
  'sender-too-long': 'The name is too long.',
  'sender-characters': 'The name has a character that cannot be shown.',
  'message-empty': 'A message needs a text.',
  'message-too-long': 'The message is too long.',
  'message-id-invalid':
    'The id of the message is too long or has characters other than letters, digits, - and _.',
  'too-many-requests': 'Too many requests. Try again in a moment.',
  'server-failed': 'Something went wrong here. Try again in a moment.',
  'request-invalid': 'The request is not of the form that is expected.',
} as const
export type ChatErrorCode = keyof typeof CHAT_ERRORS

/** The body of every HTTP answer of 400 and above. */
export interface HttpError {
  readonly code: ChatErrorCode
  readonly message: string
}
