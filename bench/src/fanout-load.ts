import { LoadConnection } from './load-connection.js'
import type { Transport } from './load-connection.js'

export interface FanoutOptions {
  readonly transport: Transport
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
  readonly lost: number
}

const BODY = 'x'.repeat(128)

async function open({ transport, port, path }: FanoutOptions): Promise<LoadConnection> {
  const connection = await LoadConnection.open(transport, port, path)
  await connection.login()
  return connection
}

async function run(options: FanoutOptions): Promise<FanoutResult> {
  const { subscribers, publishers, window, uniqueIds, seconds } = options
  let delivered = 0
  let published = 0
  let publish = (): void => {}
  for (let i = 0; i < subscribers; i++) {
    const connection = await open(options)
    await connection.subscribe(uniqueIds ? `sub-${1000 + i}` : 'sub-0', '/topic/bench')
    const counter = connection.counter()
    connection.socket.on('data', (chunk) => {
      delivered += counter.count(chunk)
      publish()
    })
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
  await after(seconds * 1_000)
  const deliveriesPerSecond = (delivered - from.delivered) / ((performance.now() - from.at) / 1_000)
  going = false
  for (let tries = 0; delivered < published * subscribers && tries < 50; tries++) await after(100)
  return { deliveriesPerSecond, lost: published * subscribers - delivered }
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as FanoutOptions)))
process.exit(0)
