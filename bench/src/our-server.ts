import { createRequire } from 'node:module'
import type { startServer } from './child.js'

export const OURS = 'Stomping Ground'

/** What the command prints of each of its listeners. */
export const PORT = /ws:\/\/[^:]+:(\d+)/
export const TCP_PORT = /tcp:\/\/[^:]+:(\d+)/

const command = createRequire(import.meta.url)
  .resolve('stomping-ground/package.json')
  .replace(/package\.json$/, 'bin/stomping-ground.js')

/** The standalone broker, waited for until the listener of this pattern is there. */
export function ourServer(listener: RegExp): Parameters<typeof startServer> {
  const tcpPort = listener === TCP_PORT ? String(20_000 + (process.pid % 20_000)) : '0'
  return [command, ['--port', '0', '--tcp-port', tcpPort, '--allow-publish'], listener]
}
