import { randomUUID } from 'node:crypto'
import { messageMap } from 'stomping-ground'
import type { MessageMap, StompSession, StompUser } from 'stomping-ground'
import { BOUNDS, ChatRequest, roomTopic } from '../contract/index.js'
import type { ChatMessage } from '../contract/index.js'
import type { ActivityLog } from './log.js'
import { personName } from './names/names.js'
import type { Names } from './names/names.js'
import { codePoints } from './names/text.js'
import type { Presence } from './presence/presence.js'
import { refusal } from './refusal.js'
import type { Rooms } from './rooms/rooms.js'

export interface MessagesOptions {
  readonly rooms: Rooms
  readonly names: Names
  readonly presence: Presence
  readonly activity: ActivityLog
}

/** ENTER and TALK: checked, signed with the session's name, and passed on to the room. */
export function chatMessages({ rooms, names, presence, activity }: MessagesOptions): MessageMap<StompUser> {
  /** The session's name: once it has one, whatever is asked for later counts for nothing. */
  const introduced = (session: StompSession, asked: string | undefined): string => {
    const known = names.of(session)
    if (known !== undefined) return known
    const name = names.claim(session, asked)
    presence.named(session, name)
    return name
  }
  return messageMap().message(
    '/chat/message',
    { body: ChatRequest, sendTo: (_params, { roomId }) => roomTopic.to({ roomId }) },
    ({ body, session }) => {
      const { type, roomId } = body
      const id = messageId(body.id)
      const asked = names.of(session) ?? personName(body.sender)
      const text = type === 'TALK' ? talkText(body.message) : undefined
      const pass = (): ChatMessage => {
        const sender = introduced(session, asked)
        const message = text ?? `${sender}님이 입장했습니다.`
        activity.passed(session, { type, roomId, sender })
        return { type, roomId, sender, message, id, time: Date.now() }
      }
      // Only a room that has to be made first is waited for.
      const room = rooms.use(roomId)
      return room instanceof Promise ? room.then(pass) : pass()
    },
  )
}

const MESSAGE_ID = new RegExp(`^[A-Za-z0-9_-]{1,${BOUNDS.messageId}}$`)

function messageId(given: string | undefined): string {
  if (given === undefined) return randomUUID()
  if (!MESSAGE_ID.test(given)) throw refusal('message-id-invalid')
  return given
}

/** Kept as it was typed. */
function talkText(given: string | null | undefined): string {
  if (given === undefined || given === null || given.trim() === '') throw refusal('message-empty')
  if (codePoints(given) > BOUNDS.message) throw refusal('message-too-long')
  return given
}
