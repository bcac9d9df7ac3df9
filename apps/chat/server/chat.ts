import type { Logger } from 'pino'
import * as z from 'zod/mini'
import { assemble } from './assemble.js'
import type { Chat } from './assemble.js'
import type { ChatConfig } from './config.js'
import { closeDatabase, openDatabase } from './database/database.js'
import { CHAT_LIMITS } from './limits.js'
import type { ChatLimits } from './limits.js'
import { Rooms } from './rooms/rooms.js'

export type { Chat }

export interface ChatOptions {
  readonly config: ChatConfig
  readonly log: Logger
  /** The folder that the page was built into. */
  readonly webRoot: string
  readonly limits?: Partial<ChatLimits>
}

/**
 * Opens what the chat keeps, and puts it together.
 *
 * @throws StartError when its database cannot be used
 */
export async function createChat({ config, log, webRoot, limits: given }: ChatOptions): Promise<Chat> {
  // What is wrong with a body is told in words; zod/mini has none of its own.
  z.config(z.locales.en())
  const limits = { ...CHAT_LIMITS, ...given }
  if (config.brokerUrl !== undefined && config.databaseUrl === undefined) {
    log.warn('BROKER_URL without DATABASE_URL is for one node: rooms and accounts are in its DATA_DIR alone')
  }
  let available = true
  const database = await openDatabase(config, {
    bounds: {
      connections: limits.databaseConnections,
      waiting: limits.databaseWaiting,
      timeoutMs: limits.databaseMs,
    },
    onAvailability(isThere, why) {
      available = isThere
      if (isThere) log.info('the database is back')
      else log.error({ err: why }, 'the database is away')
    },
  })
  try {
    const rooms = await Rooms.load(database, {
      limit: limits.rooms,
      owned: limits.roomsOwned,
      open: config.openRooms,
    })
    return await assemble({ config, log, webRoot, limits, database, rooms, available: () => available })
  } catch (error) {
    await closeDatabase(database)
    throw error
  }
}
