import { messageMap } from 'stomping-ground'
import type { MessageMap } from 'stomping-ground'
import type { ChatSession, ChatUser } from '../accounts/account.js'
import { DeleteRequest, EditRequest } from '../../contract/index.js'
import type { Names } from '../names/names.js'
import type { Person } from '../policy.js'
import type { Changes } from './changes.js'
import type { PerMinute } from './per-minute.js'

export interface ChangeMessagesOptions {
  readonly changes: Changes
  readonly names: Pick<Names, 'of'>
  /** Of one account, or of the guests of one address. */
  readonly rate: PerMinute
}

/** Editing and deleting what was said. A receipt means that it is kept, and told. */
export function changeMessages({ changes, names, rate }: ChangeMessagesOptions): MessageMap<ChatUser> {
  const counted = (session: ChatSession): Person => {
    const { account } = session.user
    rate.take(account === undefined ? session.remoteAddress : `account ${account.id}`)
    return { account, name: names.of(session) ?? account?.name }
  }
  return messageMap<ChatUser>()
    .message('/chat/message/edit', { body: EditRequest }, ({ body, session }) =>
      changes.edit(counted(session), body),
    )
    .message('/chat/message/delete', { body: DeleteRequest }, ({ body, session }) =>
      changes.delete(counted(session), body),
    )
}
