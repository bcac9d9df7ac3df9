import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import type { Readable as Input, Writable as Output } from 'node:stream'
import type { RestorableStore } from '@stomping-ground/history'
import { ConfigError, readConfig } from './config.js'
import type { ChatConfig } from './config.js'
import { closeDatabase, openDatabase } from './database/database.js'
import type { Database } from './database/database.js'
import { openStore } from './history/store.js'
import { StartError } from './start-error.js'
import { backup } from './transfer/backup.js'
import { exported } from './transfer/export.js'
import { imported } from './transfer/import.js'
import { LineError } from './transfer/lines.js'

export const USAGE = `Usage: npm run -s chat -- <command>

  export [--no-passwords]   Writes everything that the chat keeps to standard output, as lines of JSON.
                            --no-passwords: without hashes of passwords and sign-ins; nobody can sign in then.
  import [--same-epoch]     Reads that from standard input, into an empty chat: all of it or nothing.
                            --same-epoch: pages resume where they were. Only where the chat that was exported
                            had been stopped, and is not started any more.
  backup FOLDER             Writes copies of the SQLite files to a new folder, also while the chat runs.

They work on what DATA_DIR or DATABASE_URL names, as the chat does.
`

export interface CommandStreams {
  readonly stdin: Input
  readonly stdout: Output
  readonly stderr: Output
}

/** While it reads or writes, a transaction waits for whoever is at the other end. */
const PATIENCE_MS = 3_600_000
const BOUNDS = { connections: 2, waiting: 10, timeoutMs: PATIENCE_MS }

/**
 * Carries out one command.
 *
 * @returns the exit code: 0, 1 when it could not be done, 2 when it was not understood
 */
export async function command(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  streams: CommandStreams,
): Promise<number> {
  try {
    return await run(args, readConfig(env), streams)
  } catch (error) {
    if (error instanceof ConfigError) {
      streams.stderr.write(`${error.mistakes.join('\n')}\n`)
      return 2
    }
    // Whoever reads has gone.
    if ((error as { code?: string }).code === 'EPIPE') return 1
    const isTold = error instanceof StartError || error instanceof LineError
    const text = isTold ? error.message : error instanceof Error ? error.stack : String(error)
    streams.stderr.write(`${text}\n`)
    return 1
  }
}

async function run(
  [name, ...args]: readonly string[],
  config: ChatConfig,
  { stdin, stdout, stderr }: CommandStreams,
): Promise<number> {
  const [arg] = args
  const only = (flag: string): boolean => args.length === 0 || (args.length === 1 && arg === flag)
  if (name === 'export' && only('--no-passwords')) {
    const passwords = arg === undefined
    await opened(config, async (database, store) => {
      await pipeline(Readable.from(exported({ database, store, passwords })), stdout, { end: false })
    })
    if (passwords) {
      stderr.write(
        'What was written has hashes of passwords, and lets people in: keep it as you keep passwords.\n',
      )
    }
    return 0
  }
  if (name === 'import' && only('--same-epoch')) {
    const sameEpoch = arg !== undefined
    const { rows, messages } = await opened(config, (database, store) =>
      imported({ database, store, input: stdin, sameEpoch }),
    )
    stderr.write(`Imported: ${rows} rows and ${messages} messages of rooms.\n`)
    return 0
  }
  if (name === 'backup' && arg !== undefined && args.length === 1 && !arg.startsWith('-')) {
    await backup(config, arg)
    stderr.write(`Copied to ${arg}: chat.db and history.db.\n`)
    return 0
  }
  stderr.write(USAGE)
  return 2
}

async function opened<T>(
  config: ChatConfig,
  run: (database: Database, store: RestorableStore) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(config, { bounds: BOUNDS })
  try {
    const store = openStore(config, PATIENCE_MS)
    try {
      await store.start()
    } catch (error) {
      throw new StartError(error instanceof Error ? error.message : String(error))
    }
    try {
      return await run(database, store)
    } finally {
      await store.stop()
    }
  } finally {
    await closeDatabase(database)
  }
}
