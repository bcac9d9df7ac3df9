import { parseArgs } from 'node:util'

export interface CommandOptions {
  readonly host: string
  readonly port: number
  readonly path: string
  /** 0: no TCP. `undefined`: the default port, if it is free. */
  readonly tcpPort: number | undefined
  readonly allowPublish: boolean
  readonly origins: readonly string[]
}

export const USAGE = `stomping-ground: a STOMP broker in one process

Usage: stomping-ground [options]
       stomping-ground asyncapi <module>   (describes your own server; --help)

  --host H          address to listen on (default 127.0.0.1)
  --port N          port for WebSockets; 0 takes a free one (default 8080)
  --path P          path for WebSockets, also at P/websocket, and for SockJS (default /stomp)
  --tcp-port N      port for STOMP over TCP; 0 opens none (default 61613, or none where that is taken)
  --allow-publish   let clients SEND to /topic/ and /queue/; without it they may only subscribe
  --allow-origin O  let pages of this origin connect, such as https://example.com; * for all; may be
                    repeated (default: only pages of this address)
  --help            show this
  --version         show the version

Any login and any host header are accepted.
`

/** What the command line asks for; texts for people where it is wrong. */
export function parseCommand(
  args: readonly string[],
): CommandOptions | 'help' | 'version' | { errors: string[] } {
  let values
  try {
    values = parseArgs({
      args: [...args],
      options: {
        host: { type: 'string', default: '127.0.0.1' },
        port: { type: 'string', default: '8080' },
        path: { type: 'string', default: '/stomp' },
        'tcp-port': { type: 'string' },
        'allow-publish': { type: 'boolean', default: false },
        'allow-origin': { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return { errors: [(error as Error).message] }
  }
  if (values.help) return 'help'
  if (values.version) return 'version'
  const errors: string[] = []
  const port = portNumber(values.port)
  const tcpPort = values['tcp-port'] === undefined ? undefined : portNumber(values['tcp-port'])
  if (Number.isNaN(port)) errors.push(`--port has to be 0 to 65535, not ${values.port}`)
  if (Number.isNaN(tcpPort)) errors.push(`--tcp-port has to be 0 to 65535, not ${values['tcp-port']}`)
  if (!/^\/[^\s?#]*$/.test(values.path)) errors.push(`--path has to begin with a slash, not ${values.path}`)
  if (values.host === '') errors.push('--host cannot be empty')
  for (const origin of values['allow-origin']) {
    if (origin !== '*' && (!URL.canParse(origin) || new URL(origin).origin !== origin)) {
      errors.push(`--allow-origin has to be * or of the form https://example.com, not ${origin}`)
    }
  }
  if (errors.length > 0) return { errors }
  return {
    host: values.host,
    port,
    path: values.path,
    tcpPort,
    allowPublish: values['allow-publish'],
    origins: values['allow-origin'],
  }
}

function portNumber(text: string): number {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : Number.NaN
}
