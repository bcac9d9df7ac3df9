import type { Kysely, Migration } from 'kysely'

/**
 * The steps from an empty file to the newest tables, in order of their names. Forward only: a step that has been released
 * is never changed. Each can be run again, for a process may be killed between a step and the note that it was taken.
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
        .addColumn('created_at', 'integer', (column) => column.notNull())
        .execute(),
  },
}
