import { Link } from './link.js'
import { percentiles } from './percentiles.js'
import type { Percentiles } from './percentiles.js'
import { protocolOf, textMessage } from './protocol.js'
import type { ProtocolOptions } from './protocol.js'

interface ReceiptsOptions extends Omit<ProtocolOptions, 'name'> {
  readonly transport: ProtocolOptions['name']
  readonly seconds: number
}

/** In milliseconds. */
export interface ReceiptsResult {
  readonly latency: Percentiles
}

/** SENDs one message after the other, each when the receipt of the last has come. */
async function run(options: ReceiptsOptions): Promise<ReceiptsResult> {
  const protocol = protocolOf({ ...options, name: options.transport })
  const link = await Link.open(options.port, protocol.open)
  const frame = `SEND\ndestination:/topic/receipts\nreceipt:r\n\n${'x'.repeat(128)}\0`
  const step = { send: textMessage(frame), until: 'RECEIPT' }
  const latencies: number[] = []
  const from = performance.now()
  const warm = from + 1_000
  const end = warm + options.seconds * 1_000
  for (let start = from; start < end;) {
    await link.ask(step)
    const now = performance.now()
    if (start > warm) latencies.push(now - start)
    start = now
  }
  return { latency: percentiles(latencies) }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as ReceiptsOptions)))
process.exit(0)
