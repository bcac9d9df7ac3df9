import type { Kysely, Migration } from 'kysely'
import { searchTables } from './search-tables.js'

/**
 * The steps from an empty file to the newest tables, in order of their names. Forward only: a step that has been released
 * is never changed. Those that are missing are taken at start in one transaction, all or none, whatever the database.
 *
 * They are the same for SQLite and PostgreSQL; `isPostgres(db)` tells which it is where they have to differ. Times (milliseconds
 * since 1970) and everything that counts are `bigint`: an `integer` of PostgreSQL has 32 bits. What is true or false is an
 * `integer`, 0 or 1. What two names have in common is found out by `nameKey` and kept: `lower()`, `like` and the order of texts
 * are another thing in each database.
 */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-rooms': {
    up: (db: Kysely<unknown>) =>
      db.schema
        .createTable('rooms')
        .ifNotExists()
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('name_key', 'text', (column) => column.unique())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .execute(),
  },
  '0002-accounts': { up: accounts },
  '0003-room-owners': { up: roomOwners },
  '0004-direct-messages': { up: directMessages },
  '0005-room-reads': { up: roomReads },
  '0006-search': { up: searchTables },
  '0007-message-changes': { up: messageChanges },
}

async function accounts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('accounts')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('name_key', 'text', (column) => column.notNull().unique())
    .addColumn('password', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('logins')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('previous_hash', 'text', (column) => column.unique())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('rotated_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await index(db, 'logins', ['account_id'])
  await index(db, 'logins', ['expires_at'])
}

async function roomOwners(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('room_owners')
    .ifNotExists()
    .addColumn('room_id', 'text', (column) => column.primaryKey().references('rooms.id').onDelete('cascade'))
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    // Of a private room; null where everyone may come.
    .addColumn('invitation', 'text', (column) => column.unique())
    .execute()
  await db.schema
    .createTable('room_members')
    .ifNotExists()
    .addColumn('room_id', 'text', (column) => column.notNull().references('rooms.id').onDelete('cascade'))
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('joined_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('room_members_key', ['room_id', 'account_id'])
    .execute()
  await db.schema
    .createTable('room_bans')
    .ifNotExists()
    .addColumn('room_id', 'text', (column) => column.notNull().references('rooms.id').onDelete('cascade'))
    .addColumn('name_key', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('made_at', 'bigint', (column) => column.notNull())
    // Null: until it is lifted.
    .addColumn('ends_at', 'bigint')
    .addPrimaryKeyConstraint('room_bans_key', ['room_id', 'name_key'])
    .execute()
}

async function directMessages(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('conversations')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('started_by', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('last_seq', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .execute()
  await index(db, 'conversations', ['started_by'])
  await db.schema
    .createTable('conversation_sides')
    .ifNotExists()
    .addColumn('conversation_id', 'text', (column) =>
      column.notNull().references('conversations.id').onDelete('cascade'),
    )
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('other_id', 'text', (column) => column.notNull().references('accounts.id').onDelete('cascade'))
    // The last message that this side has read.
    .addColumn('read_seq', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('conversation_sides_key', ['account_id', 'other_id'])
    .execute()
  await db.schema
    .createTable('direct_messages')
    .ifNotExists()
    .addColumn('conversation_id', 'text', (column) =>
      column.notNull().references('conversations.id').onDelete('cascade'),
    )
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('sender_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    // The page's own; one that comes twice from its sender is kept once.
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('text', 'text', (column) => column.notNull())
    .addColumn('sent_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('direct_messages_key', ['conversation_id', 'seq'])
    .addUniqueConstraint('direct_messages_once', ['conversation_id', 'sender_id', 'id'])
    .execute()
  await db.schema
    .createTable('blocks')
    .ifNotExists()
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('blocked_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('blocks_key', ['account_id', 'blocked_id'])
    .execute()
}

async function roomReads(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('room_reads')
    .ifNotExists()
    .addColumn('account_id', 'text', (column) =>
      column.notNull().references('accounts.id').onDelete('cascade'),
    )
    .addColumn('room_id', 'text', (column) => column.notNull().references('rooms.id').onDelete('cascade'))
    // The last message that was read, in the numbering of the epoch.
    .addColumn('read_offset', 'bigint', (column) => column.notNull())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('room_reads_key', ['account_id', 'room_id'])
    .execute()
  await index(db, 'room_reads', ['room_id'])
}

/** No row of it goes with its room: another room of this id is another matter. */
async function messageChanges(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('message_changes')
    .ifNotExists()
    .addColumn('room_id', 'text', (column) => column.notNull())
    .addColumn('said_offset', 'bigint', (column) => column.notNull())
    .addColumn('begun_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('message_changes_key', ['room_id', 'said_offset'])
    .execute()
}

function index(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  return db.schema
    .createIndex(`${table}_by_${columns.join('_')}`)
    .ifNotExists()
    .on(table)
    .columns(columns)
    .execute()
}
