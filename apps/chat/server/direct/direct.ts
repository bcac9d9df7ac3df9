import type { Messaging } from 'stomping-ground'
import type { Account } from '../accounts/account.js'
import type { Accounts } from '../accounts/accounts.js'
import { directQueue } from '../../contract/index.js'
import type { ConversationList, ConversationPage, DirectEvent } from '../../contract/index.js'
import type { ActivityLog } from '../log.js'
import { demand, policy } from '../policy.js'
import type { Person } from '../policy.js'
import type { Blocks } from './blocks.js'
import type { Conversations } from './conversations.js'

export interface DirectOptions {
  readonly accounts: Pick<Accounts, 'named'>
  readonly conversations: Conversations
  readonly blocks: Blocks
  readonly messaging: () => Messaging
  readonly activity: ActivityLog
}

/** Messages from one person to another. Each method asks the policy, and throws its refusals. */
export class Direct {
  readonly #parts: DirectOptions

  constructor(parts: DirectOptions) {
    this.#parts = parts
  }

  /** Done when the message is kept, and on its way to all sessions of both. */
  async send(who: Person, toName: string, id: string, text: string): Promise<void> {
    const { accounts, blocks, conversations, activity } = this.#parts
    demand(policy.haveConversations, { who })
    const from = who.account as Account
    const to = await accounts.named(toName)
    const blocked = to !== undefined && ((await blocks.has(to, from)) || (await blocks.has(from, to)))
    demand(policy.writeTo, { who, whom: to, blocked })
    if (to === undefined) return
    const message = await conversations.add(from, to, id, text)
    activity.did('wrote', { by: from.name, to: to.name })
    await this.#tell(from, { type: 'MESSAGE', with: to.name, message })
    await this.#tell(to, { type: 'MESSAGE', with: from.name, message })
  }

  async markRead(who: Person, name: string, seq: number): Promise<void> {
    const [account, other] = await this.#pair(who, name)
    const readSeq = await this.#parts.conversations.markRead(account, other, seq)
    if (readSeq !== undefined) await this.#tell(account, { type: 'READ', with: other.name, seq: readSeq })
  }

  async list(who: Person): Promise<ConversationList> {
    demand(policy.haveConversations, { who })
    return { conversations: await this.#parts.conversations.list(who.account as Account) }
  }

  async read(who: Person, name: string, before?: number): Promise<ConversationPage> {
    const [account, other] = await this.#pair(who, name)
    const page = await this.#parts.conversations.read(account, other, before)
    return { with: other.name, ...page, blocked: await this.#parts.blocks.has(account, other) }
  }

  async block(who: Person, name: string): Promise<void> {
    const whom = await this.#parts.accounts.named(name)
    demand(policy.block, { who, whom })
    await this.#parts.blocks.add(who.account as Account, whom as Account)
    this.#parts.activity.did('blocked', { by: who.account?.name, whom: whom?.name })
  }

  async unblock(who: Person, name: string): Promise<void> {
    const whom = await this.#parts.accounts.named(name)
    demand(policy.block, { who, whom })
    await this.#parts.blocks.remove(who.account as Account, whom as Account)
    this.#parts.activity.did('unblocked', { by: who.account?.name, whom: whom?.name })
  }

  async #pair(who: Person, name: string): Promise<[Account, Account]> {
    const whom = await this.#parts.accounts.named(name)
    demand(policy.readConversationWith, { who, whom })
    return [who.account as Account, whom as Account]
  }

  async #tell(account: Account, event: DirectEvent): Promise<void> {
    await this.#parts.messaging().sendToUser(account.id, directQueue.to({}), event)
  }
}
