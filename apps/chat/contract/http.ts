import type { ChatMessage, Place, Room } from './messages.js'

/** `GET /api/rooms`: oldest first. Private rooms are in the list of their members alone. */
export interface RoomList {
  readonly rooms: readonly Room[]
  /** Up to where this account has read its rooms, by their ids; missing for guests. */
  readonly read?: Readonly<Record<string, Place>>
}

/** `POST /api/rooms`; answers 201 with the `Room`. A private one needs an account. */
export interface NewRoom {
  readonly name: string
  readonly private?: boolean
}

/** `GET /api/rooms/{id}`: the room, who is in it, and the `seq` of the last `MemberEvent` that this includes. */
export interface RoomDetail {
  readonly room: Room
  readonly members: readonly string[]
  /** Those of `members` that are registered names. */
  readonly registered?: readonly string[]
  readonly seq: number
  /** How long a message can be edited after it was said. */
  readonly editMs?: number
}

/**
 * `GET /api/rooms/{id}/messages`, `?before={offset}`, `?from={offset}`: the latest that are kept, the latest before one, or
 * the first from one on; oldest first.
 * Offsets are those of `x-stream-offset`, of this `epoch`.
 */
export interface RoomMessages {
  /** The first that is kept; above the last where there is none. */
  readonly first: number
  readonly last: number
  readonly epoch: string
  readonly messages: readonly KeptMessage[]
}

export interface KeptMessage {
  readonly offset: number
  readonly message: ChatMessage
}

/**
 * `GET /api/search?q={words}`, `&room={id}`, `&before={next}`: messages that have all of the words, in any case and place,
 * newest first; of one room, or of all that this person may be in.
 */
export interface SearchResults {
  readonly hits: readonly SearchHit[]
  /** What `before` has to be for older ones; missing where there are none. A page may have few hits, or none, and a next. */
  readonly next?: string
}

export interface SearchHit {
  readonly roomId: string
  readonly offset: number
  readonly epoch: string
  readonly message: ChatMessage
  /** Where the words stand in the text: from, and up to, in UTF-16 code units. In order, apart from each other. */
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

/** `GET /api/rooms/{id}/settings`: for its owner. */
export interface RoomSettings {
  /** Who can enter a private room. */
  readonly people: readonly string[]
  readonly bans: readonly RoomBan[]
  /** Whoever has it can become a member: `/invitations/{invitation}`. Private rooms have one. */
  readonly invitation?: string
}

export interface RoomBan {
  readonly name: string
  /** Milliseconds since 1970; missing where it lasts until it is lifted. */
  readonly endsAt?: number
}

/** `GET /api/invitations/{invitation}`; a POST to it makes a member and answers with the `Room`. */
export interface Invitation {
  readonly roomName: string
}

/** `POST /api/accounts` (to sign up) and `POST /api/session` (to sign in); answers with a `Me` and sets the cookie. */
export interface Credentials {
  readonly name: string
  readonly password: string
}

/** `PUT /api/account/password`; every other sign-in ends. */
export interface PasswordChange {
  readonly password: string
  readonly newPassword: string
}

/** `GET /api/session`: who the page's cookie belongs to. `null`: a guest. */
export interface Me {
  readonly account: { readonly name: string } | null
}

/** Every code with which the chat refuses something: as `code` in an `HttpError`, or as the `code` header of an ERROR. */
export const CHAT_ERRORS = {
  'room-unknown': 'No such room.',
  'room-name-empty': 'A room needs a name.',
  'room-name-too-long': 'The name of the room is too long.',
  'room-name-characters': 'The name of the room has a character that cannot be shown.',
  'room-name-taken': 'There is a room of this name already.',
  'room-limit': 'No more rooms can be made here.',
  'room-own-limit': 'You own as many rooms as one person can.',
  'room-people-limit': 'The room has as many members or bans as it can.',
  'owner-only': 'Only the owner of the room can do this.',
  'owner-stays': 'The owner cannot be removed from the room.',
  kicked: 'You were removed from this room. You can come back in a few minutes.',
  'put-out': 'You are no longer one of the people who can enter this room.',
  banned: 'You cannot enter this room: its owner has banned you.',
  'invitation-unknown': 'This invitation is not valid, or not any more.',
  'sender-too-long': 'The name is too long.',
  'sender-characters': 'The name has a character that cannot be shown.',
  'name-empty': 'A registered name cannot be empty.',
  'name-registered': 'This name belongs to someone who has registered it.',
  'name-reserved': 'This name cannot be registered.',
  'password-too-short': 'The password is too short.',
  'password-too-long': 'The password is too long.',
  'password-is-name': 'The password cannot be the name.',
  'credentials-wrong': 'Name and password do not belong together.',
  'too-many-attempts': 'Too many wrong passwords for this name. Try again later.',
  'account-needed': 'This needs a registered name: sign in first.',
  'account-limit': 'No more names can be registered here.',
  'person-unknown': 'Nobody has registered this name.',
  'person-unavailable': 'There is nobody of this name who takes messages from you.',
  'person-yourself': 'This cannot be done with yourself.',
  'conversation-limit': 'You have started as many conversations as one person can.',
  'block-limit': 'You have blocked as many people as one person can.',
  'message-empty': 'A message needs a text.',
  'message-too-long': 'The message is too long.',
  'message-id-invalid':
    'The id of the message is too long or has characters other than letters, digits, - and _.',
  'message-unknown': 'There is no such message, or not any more.',
  'message-not-yours': 'Only whoever wrote a message can change it.',
  'message-deleted': 'The message was deleted.',
  'edit-too-late': 'The message is too old to be edited.',
  'search-empty': 'Say what to look for.',
  'search-too-long': 'That is too much to look for.',
  'too-many-requests': 'Too many requests. Try again in a moment.',
  'origin-refused': 'Pages of other sites may not do this.',
  'server-failed': 'Something went wrong here. Try again in a moment.',
  'service-unavailable': 'This cannot be kept or looked up at the moment. Try again later.',
  'request-invalid': 'The request is not of the form that is expected.',
} as const
export type ChatErrorCode = keyof typeof CHAT_ERRORS

/** The body of every HTTP answer of 400 and above. */
export interface HttpError {
  readonly code: ChatErrorCode
  readonly message: string
}
