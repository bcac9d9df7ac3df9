import { randomUUID } from 'node:crypto'
import { messageMap, unretained } from 'stomping-ground'
import type { Awaitable, MessageMap, Messaging } from 'stomping-ground'
import type { Accounts } from './accounts/accounts.js'
import type { ChatSession, ChatUser } from './accounts/account.js'
import { authorOf, authorSecret } from './changes/authorship.js'
import { BOUNDS, ChatRequest, roomTopic } from '../contract/index.js'
import type { ChatMessage } from '../contract/index.js'
import type { ActivityLog } from './log.js'
import { personName } from './names/names.js'
import type { Names } from './names/names.js'
import { codePoints } from './names/text.js'
import { demand, policy } from './policy.js'
import type { Presence } from './presence/presence.js'
import { refusal } from './refusal.js'
import type { KeptRoom } from './rooms/room.js'
import type { Later, Rooms } from './rooms/rooms.js'

export interface MessagesOptions {
  readonly accounts: Pick<Accounts, 'named'>
  readonly rooms: Rooms
  readonly names: Names
  readonly presence: Presence
  readonly activity: ActivityLog
  readonly messaging: () => Pick<Messaging, 'send'>
  /** Something was said in a room, and is kept. */
  readonly said: (roomId: string) => void
  /** A session turned out to be somebody's who may not be in a room: nothing more of it comes to them. */
  readonly cut: (session: ChatSession, room: KeptRoom, error: unknown) => void
}

/**
 * ENTER and TALK: checked, signed with the session's name, and passed on to the room. What is said is kept; who came is
 * not, for it makes no sense later. A page's own id makes what it repeats after a lost receipt kept once.
 */
export function chatMessages(options: MessagesOptions): MessageMap<ChatUser> {
  const { rooms, names, activity, cut, messaging, said } = options
  const introduced = introducer(options)
  return messageMap<ChatUser>().message('/chat/message', { body: ChatRequest }, ({ body, session }) => {
    const { type, roomId } = body
    const id = messageId(body.id)
    const secret = authorSecret(body.author)
    const { account } = session.user
    const asked = names.of(session) ?? account?.name ?? personName(body.sender)
    const text = type === 'TALK' ? talkText(body.message) : undefined
    const admitted = (room: KeptRoom): void => {
      try {
        demand(policy.beInRoom, { who: { account, name: asked }, room })
      } catch (error) {
        cut(session, room, error)
        throw error
      }
    }
    const pass = (room: KeptRoom, sender: string): Awaitable<void> => {
      // Someone may have been banned while a name was looked up.
      admitted(room)
      const message = text ?? `${sender}님이 입장했습니다.`
      activity.passed(session, { type, roomId, sender })
      const spoken: ChatMessage = { type, roomId, sender, message, id, time: Date.now() }
      const to = roomTopic.to({ roomId })
      if (type === 'ENTER') return messaging().send(unretained(to), spoken)
      const repeats = body.id === undefined ? undefined : { headers: { 'x-message-id': id } }
      const signed = account === undefined ? byGuest(spoken, secret) : { ...spoken, registered: true }
      const kept = messaging().send(to, signed, repeats)
      return kept instanceof Promise ? kept.then(() => said(roomId)) : said(roomId)
    }
    const talk = (room: KeptRoom): Awaitable<void> => {
      admitted(room)
      const sender = introduced(session, asked)
      return sender instanceof Promise ? sender.then((name) => pass(room, name)) : pass(room, sender)
    }
    // Only a room that has to be made first is waited for, and a name that is asked for the first time.
    const room = rooms.use(roomId)
    return room instanceof Promise ? room.then(talk) : talk(room)
  })
}

/**
 * Finds the name of a session: once it has one, whatever is asked for later counts for nothing. The name of an account is
 * the account's; guests have what nobody has registered.
 */
function introducer({
  accounts,
  names,
  presence,
}: MessagesOptions): (session: ChatSession, asked: string | undefined) => Later<string> {
  return (session, asked) => {
    const known = names.of(session)
    if (known !== undefined) return known
    const name = names.claim(session, asked)
    const isChecked = asked === undefined || session.user.account !== undefined
    if (isChecked) {
      presence.named(session, name)
      return name
    }
    // Claimed first: whoever registers the name at this moment finds the session by it.
    return checked(session, name)
  }

  async function checked(session: ChatSession, name: string): Promise<string> {
    try {
      if ((await accounts.named(name)) !== undefined) throw refusal('name-registered')
    } catch (error) {
      names.takeBack(session)
      throw error
    }
    presence.named(session, name)
    return name
  }
}

/** Whoever knows the secret may change it later. */
function byGuest(spoken: ChatMessage, secret: string | undefined): ChatMessage {
  return secret === undefined ? spoken : { ...spoken, author: authorOf(secret, spoken.id) }
}

const MESSAGE_ID = new RegExp(`^[A-Za-z0-9_-]{1,${BOUNDS.messageId}}$`)

/** @throws StompError `message-id-invalid` */
export function messageId(given: string | undefined): string {
  if (given === undefined) return randomUUID()
  if (!MESSAGE_ID.test(given)) throw refusal('message-id-invalid')
  return given
}

/**
 * Kept as it was typed.
 *
 * @throws StompError `message-empty` or `message-too-long`
 */
export function talkText(given: string | null | undefined): string {
  if (given === undefined || given === null || given.trim() === '') throw refusal('message-empty')
  if (codePoints(given) > BOUNDS.message) throw refusal('message-too-long')
  return given
}
