import { beside, runLoad, startServer } from './child.js'
import type { FanoutOptions, FanoutResult } from './fanout-load.js'
import { OURS, PORT, TCP_PORT, ourServer } from './our-server.js'
import { median } from './row.js'
import type { Row } from './row.js'

const WS_LOOP = 'ws, a loop of send'

/** 1,000 subscribers of one topic, 128-byte bodies: deliveries a second, beside a plain loop over `ws`. */
export async function fanoutBench({ rounds, seconds }: { rounds: number; seconds: number }): Promise<Row[]> {
  const rows: Row[] = []
  for (const [workload, change] of WORKLOADS) {
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < rounds; round++) {
      ours.push(await measure(change, seconds, ...ourServer(change.transport === 'tcp' ? TCP_PORT : PORT)))
      const loop = [beside('servers/ws-loop.js'), [], /on (\d+)/] as const
      theirs.push(await measure({ ...change, transport: 'websocket' }, seconds, ...loop))
    }
    const [value, against] = [median(ours), median(theirs)]
    rows.push({
      workload,
      subject: OURS,
      value,
      unit: 'deliveries/s',
      ratio: value / against,
      against: WS_LOOP,
    })
    rows.push({ workload, subject: WS_LOOP, value: against, unit: 'deliveries/s' })
  }
  return rows
}

const WORKLOADS: readonly (readonly [string, Partial<FanoutOptions>])[] = [
  ['fan-out, window 1', { window: 1 }],
  ['fan-out, window 16', { window: 16 }],
  ['fan-out, window 64', { window: 64 }],
  ['fan-out, window 16, unique subscription ids', { window: 16, uniqueIds: true }],
  ['fan-out over TCP, window 16', { window: 16, transport: 'tcp' }],
]

async function measure(
  change: Partial<FanoutOptions>,
  seconds: number,
  ...server: Parameters<typeof startServer>
): Promise<number> {
  const { port, stop } = await startServer(...server)
  try {
    const options: FanoutOptions = {
      transport: 'websocket',
      port,
      path: '/stomp',
      subscribers: 1_000,
      publishers: 4,
      window: 1,
      uniqueIds: false,
      seconds,
      ...change,
    }
    const { deliveriesPerSecond, lost } = await runLoad<FanoutResult>(beside('fanout-load.js'), options)
    if (lost !== 0) throw new Error(`${lost} deliveries were lost`)
    return deliveriesPerSecond
  } finally {
    await stop()
  }
}
