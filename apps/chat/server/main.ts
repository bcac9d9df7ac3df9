import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createChat } from './chat.js'
import type { Chat } from './chat.js'
import { ConfigError, readConfig } from './config.js'
import { createLog } from './log.js'
import { StartError } from './start-error.js'

const WEB_ROOT = fileURLToPath(new URL('../web', import.meta.url))

// Whoever reads what is printed may go away; those who talk stay.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

/** Exit codes: 0 after a signal, 1 when it could not start, 2 when the configuration is wrong. */
async function main(): Promise<void> {
  const config = readConfig(process.env)
  const log = createLog(config.logLevel)
  const chat = await createChat({ config, log, webRoot: WEB_ROOT })
  try {
    const address = await chat.listen()
    stopOnSignal(chat)
    process.stdout.write(`The chat is open: ${address}\n`)
  } catch (error) {
    await chat.close()
    throw error
  }
}

function stopOnSignal(chat: Chat): void {
  let stopping = false
  const stop = (signal: 'SIGINT' | 'SIGTERM'): void => {
    if (stopping) process.exit(128 + constants.signals[signal])
    stopping = true
    process.stdout.write('Closing. Once more to stop at once.\n')
    chat.close().then(() => process.exit(0), fail)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function fail(error: unknown): void {
  if (error instanceof ConfigError) {
    for (const mistake of error.mistakes) process.stderr.write(`${mistake}\n`)
    process.exit(2)
  }
  const text =
    error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`${text}\n`)
  process.exit(1)
}

main().catch(fail)
