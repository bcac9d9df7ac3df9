export { postgresStore } from './postgres/postgres-store.js'
export type { PostgresStoreOptions } from './postgres/postgres-store.js'
export { sqliteStore } from './sqlite/sqlite-store.js'
export type { SqliteStore, SqliteStoreOptions } from './sqlite/sqlite-store.js'
