/** The tables of the newest migration. Times are milliseconds since 1970; whatever the database, they are read as numbers. */
export interface Tables {
  rooms: RoomRow
  accounts: AccountRow
  logins: LoginRow
  room_owners: { readonly room_id: string; readonly account_id: string; readonly invitation: string | null }
  room_members: { readonly room_id: string; readonly account_id: string; readonly joined_at: number }
  room_bans: BanRow
  room_reads: RoomReadRow
  search_rooms: SearchRoomRow
  search_messages: SearchMessageRow
  message_changes: MessageChangeRow
  conversations: ConversationRow
  conversation_sides: SideRow
  direct_messages: DirectMessageRow
  blocks: { readonly account_id: string; readonly blocked_id: string }
}

interface RoomRow {
  readonly id: string
  readonly name: string
  /** Unique; null where the room is private, or its name is only its id, and was taken. */
  readonly name_key: string | null
  readonly created_at: number
}

interface AccountRow {
  readonly id: string
  readonly name: string
  readonly name_key: string
  /** As `Passwords` writes it. */
  readonly password: string
  readonly created_at: number
}

/** One browser that somebody signed in with. */
interface LoginRow {
  readonly id: string
  readonly account_id: string
  readonly token_hash: string
  /** Of the token before; it holds for a moment after `rotated_at`. */
  readonly previous_hash: string | null
  readonly created_at: number
  readonly rotated_at: number
  readonly expires_at: number
}

interface BanRow {
  readonly room_id: string
  readonly name_key: string
  readonly name: string
  readonly made_at: number
  /** Null: until it is lifted. */
  readonly ends_at: number | null
}

/** Up to where an account has read a room. */
interface RoomReadRow {
  readonly account_id: string
  readonly room_id: string
  readonly read_offset: number
  readonly epoch: string
}

/** How far a room has been made searchable. There may be no such room any more. */
interface SearchRoomRow {
  readonly room_id: string
  readonly epoch: string
  /** Nothing before it is there any more. */
  readonly first_offset: number
  /** Everything up to there is there. */
  readonly indexed_offset: number
  /** Another one after each change: who has read something before it may not write what follows from it. */
  readonly version: number
}

/**
 * A message that can be found. Its grams are in a column of their own in PostgreSQL, and in SQLite in the table `search_grams`,
 * which follows this one.
 */
interface SearchMessageRow {
  /** When it was said, and a number that tells apart what was said in the same millisecond: newer ones are larger. */
  readonly id: number
  readonly room_id: string
  readonly said_offset: number
  /** A `ChatMessage` as JSON. */
  readonly message: string
}

/** A message that is being changed, or was when a process ended. */
interface MessageChangeRow {
  readonly room_id: string
  readonly said_offset: number
  readonly begun_at: number
}

interface ConversationRow {
  readonly id: string
  readonly started_by: string
  readonly last_seq: number
  readonly last_at: number
}

/** A conversation as one of its two sees it: each has a row. */
interface SideRow {
  readonly conversation_id: string
  readonly account_id: string
  readonly other_id: string
  readonly read_seq: number
}

interface DirectMessageRow {
  readonly conversation_id: string
  readonly seq: number
  readonly sender_id: string
  readonly id: string
  readonly text: string
  readonly sent_at: number
}
