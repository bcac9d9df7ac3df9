import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { isPostgres } from './is-postgres.js'

/** What makes messages searchable. No row of these goes with its room: so many at once would hold up everybody else. */
export async function searchTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('search_rooms')
    .ifNotExists()
    .addColumn('room_id', 'text', (column) => column.primaryKey())
    .addColumn('epoch', 'text', (column) => column.notNull())
    .addColumn('first_offset', 'bigint', (column) => column.notNull())
    .addColumn('indexed_offset', 'bigint', (column) => column.notNull())
    .addColumn('version', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('search_messages')
    .ifNotExists()
    // SQLite numbers the rows of a table by a column of this very type, and its full-text index refers to them so.
    .addColumn('id', isPostgres(db) ? 'bigint' : 'integer', (column) => column.primaryKey())
    .addColumn('room_id', 'text', (column) => column.notNull())
    .addColumn('said_offset', 'bigint', (column) => column.notNull())
    .addColumn('message', 'text', (column) => column.notNull())
    .addUniqueConstraint('search_messages_once', ['room_id', 'said_offset'])
    .execute()
  await (isPostgres(db) ? grams(db) : gramsOfSqlite(db))
}

async function grams(db: Kysely<unknown>): Promise<void> {
  await sql`alter table search_messages add column if not exists grams tsvector not null`.execute(db)
  // Without a list of what is new: every search would have to look through it.
  await sql`create index if not exists search_messages_by_grams on search_messages using gin (grams)
    with (fastupdate = off)`.execute(db)
}

/** The index alone, without the text, without where in the text something stands. */
async function gramsOfSqlite(db: Kysely<unknown>): Promise<void> {
  await sql`create virtual table if not exists search_grams using fts5
    (grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii')`.execute(db)
  await sql`create trigger if not exists search_grams_follow after delete on search_messages
    begin delete from search_grams where rowid = old.id; end`.execute(db)
}
