import { createServer } from 'node:http'
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { ASYNCAPI_USAGE, AsyncApiCommandError, runAsyncApi } from './command-asyncapi.js'
import { USAGE, parseCommand } from './command-options.js'
import type { CommandOptions } from './command-options.js'
import { allow } from './messaging/permissions.js'
import { VERSION, createStompServer } from './server.js'
import type { StompServer } from './server.js'
import type { TcpListener } from './transport/tcp.js'

/** How long the sessions get to leave at SIGTERM. */
const DRAIN_MS = 3_000

async function run(options: CommandOptions): Promise<void> {
  const everything = [allow('/topic/**'), allow('/queue/**')]
  const stomp = createStompServer({
    origins: options.origins,
    // A broker for any client: whoever gets in may consume from the queues too.
    permissions: { subscribe: everything, send: options.allowPublish ? everything : [] },
  })
  stomp.events.on('failed', ({ error, during }) => console.error(`stomping-ground: ${during}:`, error))
  const http = createServer((_, response) => {
    response
      .writeHead(404, { 'content-type': 'text/plain' })
      .end('There is a STOMP broker here, for WebSockets.\n')
  })
  stomp.attach(http, { path: options.path, sockjs: true })
  // Room for a storm of clients that come back at once.
  http.listen({ port: options.port, host: options.host, backlog: 4_096 })
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  const tcp = await listenTcp(stomp, options)
  // Before the first line: whoever reads it may send a signal.
  drainAtSignals(stomp, http)
  console.log(`stomping-ground: STOMP over WebSocket on ws://${host}:${port}${options.path}`)
  if (tcp !== undefined) console.log(`stomping-ground: STOMP over TCP on tcp://${host}:${tcp.port}`)
  if (!options.allowPublish) {
    console.log('stomping-ground: clients may subscribe; start with --allow-publish to let them send')
  }
}

function drainAtSignals(stomp: StompServer, http: HttpServer): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      process.once(signal, () => process.exit(1))
      // The HTTP server last: clients that poll hear of the close by their next request.
      void stomp.drain({ withinMs: DRAIN_MS }).then(() => {
        http.close()
        http.closeAllConnections()
      })
    })
  }
}

/** The default port may be another broker's: then there is no TCP, and the person is told. */
async function listenTcp(
  stomp: StompServer,
  { host, tcpPort }: CommandOptions,
): Promise<TcpListener | undefined> {
  if (tcpPort === 0) return undefined
  if (tcpPort !== undefined) return stomp.listenTcp({ host, port: tcpPort })
  return stomp.listenTcp({ host }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    console.error('stomping-ground: no STOMP over TCP: its port is taken; name another with --tcp-port')
    return undefined
  })
}

/** The module may have left something running: what is printed is all that was asked for. */
async function describe(args: readonly string[]): Promise<void> {
  try {
    const text = await runAsyncApi(args)
    process.stdout.write(text, () => process.exit(0))
  } catch (error) {
    if (!(error instanceof AsyncApiCommandError)) throw error
    console.error(`stomping-ground: ${error.message}`)
    if (error.exitCode === 2) console.error(`\n${ASYNCAPI_USAGE}`)
    process.exit(error.exitCode)
  }
}

async function serve(args: readonly string[]): Promise<void> {
  const options = parseCommand(args)
  if (options === 'help') console.log(USAGE)
  else if (options === 'version') console.log(VERSION)
  else if ('errors' in options) {
    console.error(`${options.errors.map((error) => `stomping-ground: ${error}`).join('\n')}\n\n${USAGE}`)
    process.exitCode = 2
  } else {
    await run(options).catch((error: NodeJS.ErrnoException & { port?: number }) => {
      console.error(`stomping-ground: ${whyNot(error, options)}`)
      process.exit(1)
    })
  }
}

function whyNot(error: NodeJS.ErrnoException & { port?: number }, { port, tcpPort }: CommandOptions): string {
  if (error.code !== 'EADDRINUSE') return error.message
  const option = error.port === tcpPort && error.port !== port ? '--tcp-port' : '--port'
  return `port ${error.port} is in use by another program; name another with ${option}`
}

const [first, ...rest] = process.argv.slice(2)
await (first === 'asyncapi' ? describe(rest) : serve(process.argv.slice(2)))
