import { messageMap } from 'stomping-ground'
import type { MessageMap } from 'stomping-ground'
import type { ChatUser } from '../accounts/account.js'
import { DirectRequest, ReadRequest } from '../../contract/index.js'
import { messageId, talkText } from '../messages.js'
import type { Direct } from './direct.js'

/** What people send to each other. A receipt means that it is kept. */
export function directMessages(direct: Direct): MessageMap<ChatUser> {
  return messageMap<ChatUser>()
    .message('/chat/direct', { body: DirectRequest }, async ({ body, user }) => {
      await direct.send(user, body.to, messageId(body.id), talkText(body.message))
    })
    .message('/chat/direct/read', { body: ReadRequest }, async ({ body, user }) => {
      await direct.markRead(user, body.with, body.seq)
    })
}
