import { createRequire } from 'node:module'
import { nodeServer, startServer } from './child.js'
import type { ServerCommand, ServerProcess } from './child.js'
import { buildLimit } from './limit.js'
import type { FanoutOptions } from './load/fanout.js'
import { startRabbit } from './rabbitmq.js'
import type { RabbitProcess } from './rabbitmq.js'

/** How a load reaches a server. */
export type Reach = Pick<FanoutOptions, 'transport' | 'path' | 'login' | 'receipts'>

/** A server that is measured. */
export interface Subject {
  readonly name: string
  readonly reach: Reach
  start(): Promise<ServerProcess>
}

const command = createRequire(import.meta.url)
  .resolve('stomping-ground/package.json')
  .replace(/package\.json$/, 'bin/stomping-ground.js')

const WS: Reach = { transport: 'stomp-websocket', path: '/stomp' }

/** What the standalone broker prints of each of its listeners. */
const WS_PORT = /ws:\/\/[^:]+:(\d+)/
const TCP_PORT = /tcp:\/\/[^:]+:(\d+)/

const standalone = (listening: RegExp, tcpPort: number): ServerCommand => ({
  program: process.execPath,
  args: [command, '--port', '0', '--tcp-port', String(tcpPort), '--allow-publish'],
  listening,
})

const subject = (name: string, reach: Reach, server: ServerCommand): Subject => ({
  name,
  reach,
  start: () => startServer(server),
})

export const OURS = 'Stomping Ground'
const LIMIT = 'the limit: C, one write a subscriber'
const WS_LOOP = 'ws, a loop of send'

export const ours = subject(OURS, WS, standalone(WS_PORT, 0))
export const oursOverTcp = subject(
  `${OURS} over TCP`,
  { transport: 'stomp-tcp', path: '' },
  // 0 would mean none.
  standalone(TCP_PORT, 20_000 + (process.pid % 10_000)),
)
export const oursOverStreams = subject(
  `${OURS} over xhr-streaming`,
  { ...WS, transport: 'xhr-streaming' },
  standalone(WS_PORT, 0),
)
export const wsLoop = subject(WS_LOOP, WS, nodeServer('ws-loop'))
export const bareWs = subject(
  'ws, nothing but the upgrade',
  { ...WS, transport: 'upgrade-only' },
  nodeServer('ws-loop'),
)
export const socketIo = subject(
  'socket.io, a room',
  { transport: 'socket.io', path: '/socket.io/?EIO=4&transport=websocket' },
  nodeServer('socket-io'),
)
export const stompBroker = subject('stomp-broker-js', { ...WS, receipts: false }, nodeServer('stomp-broker'))
export const sockJsNode = subject(
  'sockjs-node over xhr-streaming, a loop of write',
  { ...WS, transport: 'xhr-streaming' },
  nodeServer('sockjs-node'),
)

/** A node and the broker behind it. */
export interface NodeBehind extends ServerProcess {
  readonly broker: RabbitProcess
}

/** A node with RabbitMQ behind it, on the same core: CPU time and memory are those of both together. */
export const oursBeforeRabbit = {
  name: `${OURS} before RabbitMQ`,
  reach: WS,
  /** @throws TypeError where RabbitMQ is not installed */
  async start(): Promise<NodeBehind> {
    const broker = await startRabbit()!()
    const url = `stomp://guest:guest@127.0.0.1:${broker.tcpPort}`
    const node = await startServer({ ...nodeServer('relay'), environment: { BROKER_URL: url } })
    return {
      ...node,
      broker,
      cpuSeconds: () => node.cpuSeconds() + broker.cpuSeconds(),
      memory: () => node.memory() + broker.memory(),
    }
  },
}

/** What this machine cannot run, by name, with the reason; filled while subjects are asked for. */
export const leftOut = new Map<string, string>()

/** The limit, where there is a C compiler. */
export function limit(): Subject[] {
  const program = buildLimit()
  if (program !== undefined)
    return [subject(LIMIT, WS, { program, args: [], listening: /listening on (\d+)/ })]
  leftOut.set(LIMIT, 'there is no C compiler: apt-get install gcc libc6-dev')
  return []
}

/** RabbitMQ, where it is installed. It takes seconds to start, so one serves the whole run. */
export function rabbit(): Subject[] {
  const start = startRabbit()
  if (start !== undefined) {
    const reach: Reach = { transport: 'stomp-websocket', path: '/ws', login: 'guest' }
    return [{ name: 'RabbitMQ, web-stomp', reach, start }]
  }
  leftOut.set('RabbitMQ, web-stomp', 'it is not installed: apt-get install rabbitmq-server')
  return []
}
