import { Link, openAll } from './link.js'
import { bodyOf } from './marks.js'
import { protocolOf } from './protocol.js'

export interface QueueOptions {
  readonly port: number
  readonly consumers: number
  readonly messages: number
}

export interface QueueResult {
  readonly messagesPerSecond: number
  readonly lost: number
}

/** No more may be under way than a queue holds. */
const UNDER_WAY = 20_000
const BATCH = 100

/** One producer over TCP, consumers that acknowledge each message: SEND to ACK, until all have been acknowledged. */
async function run({ port, consumers, messages }: QueueOptions): Promise<QueueResult> {
  const protocol = protocolOf({ name: 'stomp-tcp', port, path: '' })
  let received = 0
  await openAll(consumers, consumers, async () => {
    const link = await Link.open(port, protocol.open)
    await link.ask(...protocol.subscribe('c', '/queue/bench', 'ack:client-individual\nprefetch-count:1000\n'))
    const acknowledge = acknowledging()
    link.receive = (bytes, end) => {
      const { acks, count } = acknowledge(bytes.toString('latin1', 0, end))
      received += count
      if (count > 0) link.socket.write(acks)
    }
    return link
  })
  const producer = await Link.open(port, protocol.open)
  const batch = Buffer.concat(
    Array.from({ length: BATCH }, (_, i) => protocol.publish('/queue/bench', bodyOf(i, 128))),
  )
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  const from = performance.now()
  for (let sent = 0; sent < messages; sent += BATCH) {
    while (sent - received > UNDER_WAY || producer.socket.writableNeedDrain) await turn()
    producer.socket.write(batch)
  }
  const deadline = performance.now() + 30_000
  while (received < messages && performance.now() < deadline) await turn()
  return { messagesPerSecond: received / ((performance.now() - from) / 1_000), lost: messages - received }
}

/** Finds the ACKs that a stream of MESSAGE frames asks for. */
function acknowledging(): (text: string) => { acks: string; count: number } {
  let rest = ''
  return (chunk) => {
    const text = rest + chunk
    let acks = ''
    let count = 0
    let done = 0
    for (let at = text.indexOf('\nack:'); at !== -1; at = text.indexOf('\nack:', done)) {
      const end = text.indexOf('\n', at + 1)
      if (end === -1) break
      acks += `ACK\nid:${text.slice(at + '\nack:'.length, end)}\n\n\0`
      count++
      done = end
    }
    // What may be the beginning of one.
    rest = text.slice(Math.max(done, text.lastIndexOf('\n')))
    return { acks, count }
  }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as QueueOptions)))
process.exit(0)
