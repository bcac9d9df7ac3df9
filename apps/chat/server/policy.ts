import { allow, rule } from 'stomping-ground'
import type { Permissions, RuleContext } from 'stomping-ground'
import type { Account, ChatUser } from './accounts/account.js'
import { hasWritten } from './changes/authorship.js'
import {
  changesTopic,
  directQueue,
  membersTopic,
  ownRooms,
  roomReads,
  roomTopic,
  roomsTopic,
  statusTopic,
} from '../contract/index.js'
import type { ChatErrorCode, ChatMessage } from '../contract/index.js'
import { nameKey } from './names/text.js'
import { refusal } from './refusal.js'
import type { Ban, KeptRoom } from './rooms/room.js'
import type { Rooms } from './rooms/rooms.js'

/** Who wants something. */
export interface Person {
  readonly account: Account | undefined
  /** The name that they go by; of a guest who has said none yet, nothing. */
  readonly name?: string | undefined
}

interface Wish {
  readonly who: Person
}

interface RoomWish extends Wish {
  readonly room: KeptRoom
}

/** Something that is done to somebody else in a room. */
interface RoomWishAbout extends RoomWish {
  readonly whom: Person
}

/** Something that is done to what was said. */
interface MessageWish extends RoomWish {
  readonly message: ChatMessage
  /** What a guest knows of what they have said. */
  readonly secret: string | undefined
}

interface EditWish extends MessageWish {
  /** How long a message can be edited after it was said. */
  readonly editMs: number
}

/** Something that is done with somebody else, who may not be there. */
interface PersonWish extends Wish {
  readonly whom: Account | undefined
  /** Whether one of the two has blocked the other. */
  readonly blocked?: boolean
}

/** A condition, and what whoever does not meet it is told. */
interface Clause<Of extends Wish> {
  readonly holds: (wish: Of) => boolean
  readonly code: ChatErrorCode
}
type Rule<Of extends Wish> = readonly Clause<Of>[]

const isRegistered = ({ who }: Wish): boolean => who.account !== undefined
const canBeKnownTo = ({ who, room }: RoomWish): boolean =>
  room.invitation === undefined || (who.account !== undefined && room.people.has(who.account.id))
const isOwner = ({ who, room }: RoomWish): boolean =>
  room.owner !== undefined && room.owner.id === who.account?.id
const isPrivate = ({ room }: RoomWish): boolean => room.invitation !== undefined
const isWriter = ({ who, message, secret }: MessageWish): boolean => hasWritten(who.account, secret, message)
const isDeleted = ({ message }: MessageWish): boolean => message.deleted !== undefined
const isYoung = ({ message, editMs }: EditWish): boolean => Date.now() - message.time < editMs
const isKicked = (wish: RoomWish): boolean => banOf(wish)?.endsAt !== undefined
const isBanned = (wish: RoomWish): boolean => banOf(wish) !== undefined
const isAboutTheOwner = ({ room, whom }: RoomWishAbout): boolean =>
  room.owner !== undefined && room.owner.id === whom.account?.id
const isAboutThemselves = ({ who, whom }: Wish & { readonly whom: Person | Account | undefined }): boolean =>
  idOf(whom) !== undefined && idOf(whom) === who.account?.id

/**
 * Who may do what. A rule holds when all of its conditions do, from the top; the first that does not is what is told.
 *
 * A private room that somebody may not know of is told from one that does not exist by nothing: the first condition of
 * every rule about rooms says the same as `Rooms` says of those.
 */
export const policy = {
  seeRoom: all<RoomWish>(only(canBeKnownTo, 'room-unknown')),
  beInRoom: all<RoomWish>(
    only(canBeKnownTo, 'room-unknown'),
    unless(isKicked, 'kicked'),
    unless(isBanned, 'banned'),
  ),
  /** What they have read of it is kept, for all of their devices. */
  keepRead: all<RoomWish>(
    only(canBeKnownTo, 'room-unknown'),
    only(isRegistered, 'account-needed'),
    unless(isKicked, 'kicked'),
    unless(isBanned, 'banned'),
  ),
  editMessage: all<EditWish>(
    only(canBeKnownTo, 'room-unknown'),
    unless(isKicked, 'kicked'),
    unless(isBanned, 'banned'),
    only(isWriter, 'message-not-yours'),
    unless(isDeleted, 'message-deleted'),
    only(isYoung, 'edit-too-late'),
  ),
  /** One's own, however old, or whatever was said in one's own room. */
  deleteMessage: all<MessageWish>(
    only(canBeKnownTo, 'room-unknown'),
    unless(isKicked, 'kicked'),
    unless(isBanned, 'banned'),
    only((wish) => isWriter(wish) || isOwner(wish), 'message-not-yours'),
  ),
  makePrivateRoom: all<Wish>(only(isRegistered, 'account-needed')),

  /** Rename it, delete it, read and change who can enter it. */
  runRoom: all<RoomWish>(
    only(canBeKnownTo, 'room-unknown'),
    only(isRegistered, 'account-needed'),
    only(isOwner, 'owner-only'),
  ),
  invite: all<RoomWish>(
    only(canBeKnownTo, 'room-unknown'),
    only(isRegistered, 'account-needed'),
    only(isOwner, 'owner-only'),
    only(isPrivate, 'request-invalid'),
  ),
  /** The invitation itself is the permission; who was banned comes in by none. */
  acceptInvitation: all<RoomWish>(
    only(isRegistered, 'account-needed'),
    unless(isKicked, 'kicked'),
    unless(isBanned, 'banned'),
  ),
  /** To kick, to ban, to take out of a private room. */
  removePerson: all<RoomWishAbout>(
    only(canBeKnownTo, 'room-unknown'),
    only(isRegistered, 'account-needed'),
    only(isOwner, 'owner-only'),
    unless(isAboutTheOwner, 'owner-stays'),
  ),
  leaveForGood: all<RoomWish>(
    only(canBeKnownTo, 'room-unknown'),
    only(isRegistered, 'account-needed'),
    only(isPrivate, 'request-invalid'),
    unless(isOwner, 'owner-stays'),
  ),

  /** Everybody has conversations of their own, and no other: there is no wish for another's that could be granted. */
  haveConversations: all<Wish>(only(isRegistered, 'account-needed')),
  /** Someone who blocks is told from someone who does not exist by nothing. */
  writeTo: all<PersonWish>(
    only(isRegistered, 'account-needed'),
    unless(isAboutThemselves, 'person-yourself'),
    only(({ whom }) => whom !== undefined, 'person-unavailable'),
    unless(({ blocked }) => blocked === true, 'person-unavailable'),
  ),
  readConversationWith: all<PersonWish>(
    only(isRegistered, 'account-needed'),
    unless(isAboutThemselves, 'person-yourself'),
    only(({ whom }) => whom !== undefined, 'person-unavailable'),
  ),
  block: all<PersonWish>(
    only(isRegistered, 'account-needed'),
    unless(isAboutThemselves, 'person-yourself'),
    only(({ whom }) => whom !== undefined, 'person-unknown'),
  ),
} as const

/** @throws StompError with the code of the first condition that does not hold */
export function demand<Of extends Wish>(rule: Rule<Of>, wish: Of): void {
  for (const { holds, code } of rule) if (!holds(wish)) throw refusal(code)
}

export function may<Of extends Wish>(rule: Rule<Of>, wish: Of): boolean {
  return rule.every(({ holds }) => holds(wish))
}

/**
 * Who may listen to what.
 *
 * - Whoever may be in a room to the room, to what is changed in it, and to who is in it. Where rooms are open, there is any room that is asked for.
 * - Everyone to the list of rooms, and to how far what is said reaches.
 * - Accounts to what is sent to themselves. Nobody can name what is another's.
 * - Nobody to anything else, so not to all rooms at once by a wildcard either.
 *
 * Nobody may send to a topic: what people say goes to handlers under `/app/chat`, and those pass it on.
 */
export function chatPermissions(rooms: Rooms): Permissions<ChatUser> {
  const inRoom = async ({
    params,
    user: { account },
  }: RuleContext<ChatUser, { roomId: string }>): Promise<boolean> => {
    const room = await rooms.use(params.roomId)
    demand(policy.beInRoom, { who: { account, name: account?.name }, room })
    return true
  }
  const registered = ({ user }: RuleContext<ChatUser, unknown>): boolean => {
    demand(policy.haveConversations, { who: user })
    return true
  }
  return {
    subscribe: [
      rule(roomTopic.pattern, inRoom),
      rule(changesTopic.pattern, inRoom),
      rule(membersTopic.pattern, inRoom),
      allow(roomsTopic.pattern),
      allow(statusTopic.pattern),
      rule(ownRooms.pattern, registered),
      rule(roomReads.pattern, registered),
      rule(directQueue.pattern, registered),
      rule('/**', () => false),
    ],
    send: [],
  }
}

function banOf({ who, room }: RoomWish): Ban | undefined {
  // The owner could not lift it.
  if (who.name === undefined || isOwner({ who, room })) return undefined
  const ban = room.bans.get(nameKey(who.name))
  return ban === undefined || (ban.endsAt !== undefined && ban.endsAt <= Date.now()) ? undefined : ban
}

function idOf(whom: Person | Account | undefined): string | undefined {
  if (whom === undefined) return undefined
  return 'id' in whom ? whom.id : whom.account?.id
}

function only<Of extends Wish>(holds: (wish: Of) => boolean, code: ChatErrorCode): Clause<Of> {
  return { holds, code }
}

function unless<Of extends Wish>(holds: (wish: Of) => boolean, code: ChatErrorCode): Clause<Of> {
  return { holds: (wish) => !holds(wish), code }
}

function all<Of extends Wish>(...clauses: Rule<Of>): Rule<Of> {
  return clauses
}
