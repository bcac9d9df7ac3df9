import type { Tables } from '../database/tables.js'

/**
 * An export is a file of JSON lines:
 *
 *     {"stomping-ground-chat": 1, "exported": …, "epoch": …, "passwords": …}     the first line: the version of this form
 *     {"accounts": {…}}   {"rooms": {…}}   …                                    a row of a table, in the order of TABLES
 *     {"history": {"destination": …, "first": …, "last": …}}                    what was said in one room, and then
 *     {"message": {"offset": …, "time": …, "headers": […], "body": …}}           each message of it, oldest first
 *     {"end": {"lines": …}}                                                     the last line: how many there are
 *
 * A body that is no JSON, or JSON of another spelling, is `bytes`, in base64.
 */
export const VERSION = 1

/** A value of a column: `?` may be null, a `number` is a whole one. */
type Column = 'text' | 'text?' | 'number' | 'number?'

interface Table {
  /** By which rows are found, and in which order they are written. */
  readonly key: readonly string[]
  readonly columns: Readonly<Record<string, Column>>
  /** Lets people in: written only with passwords. */
  readonly secret?: true
}

/** What begins so is made of what was said, by the chat itself, and is not exported. */
export const DERIVED = 'search_'
/** What is under way at the moment of an export; the source finishes it. */
export const UNDER_WAY = 'message_changes'

/** What is exported, in an order in which no row is there before one that it refers to. */
export const TABLES = {
  accounts: {
    key: ['id'],
    columns: { id: 'text', name: 'text', name_key: 'text', password: 'text', created_at: 'number' },
  },
  logins: {
    key: ['id'],
    columns: {
      id: 'text',
      account_id: 'text',
      token_hash: 'text',
      previous_hash: 'text?',
      created_at: 'number',
      rotated_at: 'number',
      expires_at: 'number',
    },
    secret: true,
  },
  rooms: { key: ['id'], columns: { id: 'text', name: 'text', name_key: 'text?', created_at: 'number' } },
  room_owners: { key: ['room_id'], columns: { room_id: 'text', account_id: 'text', invitation: 'text?' } },
  room_members: {
    key: ['room_id', 'account_id'],
    columns: { room_id: 'text', account_id: 'text', joined_at: 'number' },
  },
  room_bans: {
    key: ['room_id', 'name_key'],
    columns: { room_id: 'text', name_key: 'text', name: 'text', made_at: 'number', ends_at: 'number?' },
  },
  room_reads: {
    key: ['account_id', 'room_id'],
    columns: { account_id: 'text', room_id: 'text', read_offset: 'number', epoch: 'text' },
  },
  conversations: {
    key: ['id'],
    columns: { id: 'text', started_by: 'text', last_seq: 'number', last_at: 'number' },
  },
  conversation_sides: {
    key: ['account_id', 'other_id'],
    columns: { conversation_id: 'text', account_id: 'text', other_id: 'text', read_seq: 'number' },
  },
  direct_messages: {
    key: ['conversation_id', 'seq'],
    columns: {
      conversation_id: 'text',
      seq: 'number',
      sender_id: 'text',
      id: 'text',
      text: 'text',
      sent_at: 'number',
    },
  },
  blocks: { key: ['account_id', 'blocked_id'], columns: { account_id: 'text', blocked_id: 'text' } },
} as const satisfies Partial<Record<keyof Tables, Table>>

export type TableName = keyof typeof TABLES
export type Row = Readonly<Record<string, string | number | null>>

export const TABLE_NAMES = Object.keys(TABLES) as TableName[]

/** The same, where the columns of all tables are alike. */
export function tableOf(name: TableName): Table {
  return TABLES[name]
}

export interface Header {
  readonly 'stomping-ground-chat': number
  /** When, in ISO 8601. */
  readonly exported: string
  /** Of the history. */
  readonly epoch: string
  /** Whether hashes of passwords, and sign-ins, are in it. */
  readonly passwords: boolean
}

/** What one room's topic holds; its messages follow. */
export interface HistoryLine {
  readonly destination: string
  readonly first: number
  readonly last: number
}

export interface MessageLine {
  readonly offset: number
  readonly time: number
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body?: unknown
  readonly bytes?: string
}
