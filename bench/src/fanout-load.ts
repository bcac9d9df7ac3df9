import { LoadConnection } from './load-connection.js'
import type { Transport } from './load-connection.js'
import { XhrConnection } from './xhr-connection.js'

export interface FanoutOptions {
  /** How the subscribers are connected. Publishers use WebSockets where these are SockJS sessions. */
  readonly transport: Transport | 'xhr-streaming'
  readonly port: number
  readonly path: string
  readonly subscribers: number
  readonly publishers: number
  /** Messages published before the first of them has reached everyone. */
  readonly window: number
  /** Whether every subscription has an id of its own. */
  readonly uniqueIds: boolean
  readonly seconds: number
}

export interface FanoutResult {
  readonly deliveriesPerSecond: number
  readonly deliveries: number
  readonly lost: number
}

const BODY = 'x'.repeat(128)

async function open({ transport, port, path }: FanoutOptions): Promise<LoadConnection> {
  const raw = transport === 'xhr-streaming'
  const connection = await LoadConnection.open(
    raw ? 'websocket' : transport,
    port,
    raw ? `${path}/websocket` : path,
  )
  await connection.login()
  return connection
}

async function run(options: FanoutOptions): Promise<FanoutResult> {
  const { transport, port, path, subscribers, publishers, window, uniqueIds, seconds } = options
  let delivered = 0
  let published = 0
  let publish = (): void => {}
  const arrived = (frames: number): void => {
    delivered += frames
    publish()
  }
  for (let id = 0; id < subscribers; id++) {
    if (transport === 'xhr-streaming') {
      await XhrConnection.subscribed({ port, path, id, destination: '/topic/bench' }, arrived)
      continue
    }
    const connection = await open(options)
    await connection.subscribe(uniqueIds ? `sub-${1000 + id}` : 'sub-0', '/topic/bench')
    const counter = connection.counter()
    connection.socket.on('data', (chunk) => arrived(counter.count(chunk)))
  }
  const senders = await Promise.all(Array.from({ length: publishers }, () => open(options)))
  const frame = `SEND\ndestination:/topic/bench\ncontent-type:text/plain\n\n${BODY}\0`
  let going = true
  publish = () => {
    const room = window - Math.ceil((published * subscribers - delivered) / subscribers)
    if (!going || room <= 0) return
    published += room
    const each = Math.ceil(room / senders.length)
    for (let i = 0, left = room; left > 0; i++, left -= each) {
      senders[i]!.send(...Array.from<string>({ length: Math.min(each, left) }).fill(frame))
    }
  }
  publish()
  await after(1_000)
  const from = { delivered, at: performance.now() }
  // Whoever watches the server's CPU time begins and ends with these lines.
  console.log('measuring')
  await after(seconds * 1_000)
  console.log('measured')
  const deliveries = delivered - from.delivered
  const deliveriesPerSecond = deliveries / ((performance.now() - from.at) / 1_000)
  going = false
  for (let tries = 0; delivered < published * subscribers && tries < 50; tries++) await after(100)
  return { deliveriesPerSecond, deliveries, lost: published * subscribers - delivered }
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as FanoutOptions)))
process.exit(0)
