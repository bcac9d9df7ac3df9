import { FrameDecoder } from '@stomping-ground/codec'
import { LoadConnection } from './load-connection.js'

export interface QueueOptions {
  readonly port: number
  readonly consumers: number
  readonly messages: number
}

export interface QueueResult {
  readonly messagesPerSecond: number
}

const LIMITS = { frameBytes: 1e6, headerCount: 100, headerBytes: 1e5 }
const BODY = 'x'.repeat(128)

/** One producer over TCP, consumers that acknowledge each message: SEND to ACK, until all have been acknowledged. */
async function run({ port, consumers, messages }: QueueOptions): Promise<QueueResult> {
  let received = 0
  let resolveAll = (): void => {}
  const all = new Promise<void>((resolve) => (resolveAll = resolve))
  for (let i = 0; i < consumers; i++) {
    const connection = await LoadConnection.open('tcp', port, '')
    await connection.login()
    await connection.subscribe('c', '/queue/bench', 'ack:client-individual\nprefetch-count:1000\n')
    const decoder = new FrameDecoder(LIMITS, 'server')
    connection.socket.on('data', (chunk) => {
      decoder.push(chunk)
      const acks: string[] = []
      for (let frame = decoder.read(); frame !== undefined; frame = decoder.read()) {
        acks.push(`ACK\nid:${frame.headers.get('ack')}\n\n\0`)
      }
      received += acks.length
      if (acks.length > 0) connection.send(acks.join(''))
      if (received >= messages) resolveAll()
    })
  }
  const producer = await LoadConnection.open('tcp', port, '')
  await producer.login()
  const batch = `SEND\ndestination:/queue/bench\n\n${BODY}\0`.repeat(100)
  const from = performance.now()
  for (let sent = 0; sent < messages; sent += 100) {
    // As fast as it is taken, with no more under way than the queue may hold.
    while (sent - received > 20_000) await new Promise(setImmediate)
    producer.send(batch)
    if (producer.socket.writableNeedDrain)
      await new Promise<void>((resolve) => producer.socket.once('drain', resolve))
  }
  await all
  return { messagesPerSecond: messages / ((performance.now() - from) / 1_000) }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as QueueOptions)))
process.exit(0)
