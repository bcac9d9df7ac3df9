import { join } from 'node:path'
import { postgresStore, sqliteStore } from '@stomping-ground/history'
import type { RestorableStore } from '@stomping-ground/history'
import type { ChatConfig } from '../config.js'

/** Where what is said in rooms is kept: beside rooms and accounts. It is not started. */
export function openStore(
  { dataDir, databaseUrl: url }: Pick<ChatConfig, 'dataDir' | 'databaseUrl'>,
  timeoutMs: number,
): RestorableStore {
  if (url === undefined) return sqliteStore({ file: join(dataDir, 'history.db') })
  return postgresStore({ url, timeoutMs })
}
