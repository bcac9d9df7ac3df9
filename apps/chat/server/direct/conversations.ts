import { randomBytes } from 'node:crypto'
import type { Account } from '../accounts/account.js'
import type { Conversation, DirectMessage } from '../../contract/index.js'
import { holdAccount } from '../database/counting.js'
import type { Database } from '../database/database.js'
import { again } from '../database/faults.js'
import { keepable } from '../names/text.js'
import { refusal } from '../refusal.js'

export interface ConversationsOptions {
  /** Messages of one conversation; the oldest go. */
  readonly kept: number
  /** Conversations that one account can have begun. */
  readonly started: number
  /** Conversations in one list, the newest. */
  readonly listed: number
  /** Messages that are read at a time. */
  readonly page: number
}

/** What one of the two has of a conversation. */
interface Side {
  readonly conversationId: string
  readonly readSeq: number
  readonly lastSeq: number
}

/** What two people wrote to each other, and how far each has read. */
export class Conversations {
  readonly #database: Database
  readonly #options: ConversationsOptions

  constructor(database: Database, options: ConversationsOptions) {
    this.#database = database
    this.#options = options
  }

  /**
   * Keeps a message once, however often it comes under its id.
   *
   * @returns the message, as it was kept the first time
   * @throws StompError `conversation-limit`
   */
  async add(from: Account, to: Account, id: string, text: string): Promise<DirectMessage> {
    const write = (): Promise<DirectMessage> =>
      this.#database.transaction().execute((transaction) => this.#add(transaction, from, to, id, text))
    return again(write)
  }

  async #add(
    transaction: Database,
    from: Account,
    to: Account,
    id: string,
    text: string,
  ): Promise<DirectMessage> {
    const side = await sideOf(transaction, from, to)
    const conversationId = side?.conversationId ?? (await this.#begin(transaction, from, to))
    const known = await transaction
      .selectFrom('direct_messages')
      .select(['seq', 'id', 'text', 'sent_at'])
      .where('conversation_id', '=', conversationId)
      .where('sender_id', '=', from.id)
      .where('id', '=', id)
      .executeTakeFirst()
    if (known !== undefined) return asMessage(known, from.name)
    const sent_at = Date.now()
    const { last_seq: seq } = await transaction
      .updateTable('conversations')
      .set(({ eb }) => ({ last_seq: eb('last_seq', '+', 1), last_at: sent_at }))
      .where('id', '=', conversationId)
      .returning('last_seq')
      .executeTakeFirstOrThrow()
    const row = {
      conversation_id: conversationId,
      seq,
      sender_id: from.id,
      id,
      text: keepable(text),
      sent_at,
    }
    await transaction.insertInto('direct_messages').values(row).execute()
    await transaction
      .deleteFrom('direct_messages')
      .where('conversation_id', '=', conversationId)
      .where('seq', '<=', seq - this.#options.kept)
      .execute()
    return asMessage(row, from.name)
  }

  /** The newest first. */
  async list(account: Account): Promise<Conversation[]> {
    const rows = await this.#database
      .selectFrom('conversation_sides as side')
      .innerJoin('conversations as conversation', 'conversation.id', 'side.conversation_id')
      .innerJoin('accounts as other', 'other.id', 'side.other_id')
      .innerJoin('direct_messages as last', (join) =>
        join
          .onRef('last.conversation_id', '=', 'conversation.id')
          .onRef('last.seq', '=', 'conversation.last_seq'),
      )
      .select(['other.id as otherId', 'other.name as with', 'side.read_seq as readSeq'])
      .select(['last.seq as seq', 'last.id as id', 'last.text as text', 'last.sent_at as sent_at'])
      .select('last.sender_id as senderId')
      .select((expressions) =>
        expressions
          .selectFrom('direct_messages as message')
          .select(expressions.fn.countAll<number>().as('count'))
          .whereRef('message.conversation_id', '=', 'conversation.id')
          .whereRef('message.seq', '>', 'side.read_seq')
          .whereRef('message.sender_id', '=', 'side.other_id')
          .as('unread'),
      )
      .where('side.account_id', '=', account.id)
      .orderBy('conversation.last_at', 'desc')
      .orderBy('conversation.id')
      .limit(this.#options.listed)
      .execute()
    return rows.map((row) => ({
      with: row.with,
      last: asMessage(row, row.senderId === account.id ? account.name : row.with),
      readSeq: row.readSeq,
      unread: row.unread ?? 0,
    }))
  }

  /** The latest messages, or the latest before one; oldest first. */
  async read(
    account: Account,
    other: Account,
    before = Number.MAX_SAFE_INTEGER,
  ): Promise<{ messages: DirectMessage[]; more: boolean; readSeq: number }> {
    const side = await sideOf(this.#database, account, other)
    if (side === undefined) return { messages: [], more: false, readSeq: 0 }
    const rows = await this.#database
      .selectFrom('direct_messages')
      .select(['seq', 'id', 'text', 'sent_at', 'sender_id'])
      .where('conversation_id', '=', side.conversationId)
      .where('seq', '<', before)
      .orderBy('seq', 'desc')
      .limit(this.#options.page + 1)
      .execute()
    const more = rows.length > this.#options.page
    const messages = rows
      .slice(0, this.#options.page)
      .toReversed()
      .map((row) => asMessage(row, row.sender_id === account.id ? account.name : other.name))
    return { messages, more, readSeq: side.readSeq }
  }

  /** @returns how far the account has read now, or `undefined` where that has not changed */
  async markRead(account: Account, other: Account, seq: number): Promise<number | undefined> {
    const side = await sideOf(this.#database, account, other)
    if (side === undefined) return undefined
    const readSeq = Math.min(seq, side.lastSeq)
    const { numUpdatedRows } = await this.#database
      .updateTable('conversation_sides')
      .set({ read_seq: readSeq })
      .where('account_id', '=', account.id)
      .where('other_id', '=', other.id)
      .where('read_seq', '<', readSeq)
      .executeTakeFirst()
    return Number(numUpdatedRows) > 0 ? readSeq : undefined
  }

  async #begin(database: Database, from: Account, to: Account): Promise<string> {
    await holdAccount(database, from.id)
    const { count } = await database
      .selectFrom('conversations')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('started_by', '=', from.id)
      .executeTakeFirstOrThrow()
    if (count >= this.#options.started) throw refusal('conversation-limit')
    const id = randomBytes(12).toString('base64url')
    await database
      .insertInto('conversations')
      .values({ id, started_by: from.id, last_seq: 0, last_at: 0 })
      .execute()
    const side = { conversation_id: id, read_seq: 0 }
    const sides = [
      { ...side, account_id: from.id, other_id: to.id },
      { ...side, account_id: to.id, other_id: from.id },
    ]
    // In one order, whoever writes first: two who write to each other at the same time wait for one another, and not both.
    await database
      .insertInto('conversation_sides')
      .values(sides.toSorted((a, b) => (a.account_id < b.account_id ? -1 : 1)))
      .execute()
    return id
  }
}

async function sideOf(database: Database, account: Account, other: Account): Promise<Side | undefined> {
  return database
    .selectFrom('conversation_sides as side')
    .innerJoin('conversations as conversation', 'conversation.id', 'side.conversation_id')
    .select(['conversation.id as conversationId', 'read_seq as readSeq', 'last_seq as lastSeq'])
    .where('account_id', '=', account.id)
    .where('other_id', '=', other.id)
    .executeTakeFirst()
}

interface KeptMessage {
  readonly seq: number
  readonly id: string
  readonly text: string
  readonly sent_at: number
}

function asMessage({ seq, id, text, sent_at }: KeptMessage, sender: string): DirectMessage {
  return { seq, id, sender, message: text, time: sent_at }
}
