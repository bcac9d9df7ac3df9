export { sqliteStore } from './sqlite/sqlite-store.js'
export type { SqliteStore, SqliteStoreOptions } from './sqlite/sqlite-store.js'
