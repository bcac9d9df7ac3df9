import { beside, runLoad, startServer } from './child.js'
import type { FanoutOptions, FanoutResult } from './fanout-load.js'
import { OURS, PORT, TCP_PORT, ourServer } from './our-server.js'
import { median } from './row.js'
import type { Row } from './row.js'

const SUBSCRIBERS = 1_000

/** One server, and how its subscribers are connected. */
interface Subject {
  readonly name: string
  readonly server: Parameters<typeof startServer>
  readonly change: Partial<FanoutOptions>
}

const LISTENING = /on (\d+)/
const ours = (name: string, change: Partial<FanoutOptions> = {}): Subject => ({
  name,
  server: ourServer(change.transport === 'tcp' ? TCP_PORT : PORT),
  change,
})
const wsLoop: Subject = {
  name: 'ws, a loop of send',
  server: [beside('servers/ws-loop.js'), [], LISTENING],
  change: {},
}
const sockJsNode: Subject = {
  name: 'sockjs-node over xhr-streaming, a loop of write',
  server: [beside('servers/sockjs-node.js'), [], LISTENING],
  change: { transport: 'xhr-streaming' },
}

/** The first of each is compared with all others. */
const WORKLOADS: readonly (readonly [workload: string, window: number, subjects: readonly Subject[]])[] = [
  ['fan-out, window 1', 1, [ours(OURS), wsLoop]],
  ['fan-out, window 16', 16, [ours(OURS), wsLoop]],
  ['fan-out, window 64', 64, [ours(OURS), wsLoop]],
  ['fan-out, unique subscription ids, window 16', 16, [ours(OURS, { uniqueIds: true }), wsLoop]],
  [
    'fan-out over TCP, window 16',
    16,
    [ours(`${OURS} over TCP`, { transport: 'tcp' }), ours(`${OURS} over WebSocket`)],
  ],
  [
    'fan-out over SockJS, window 16',
    16,
    [
      ours(`${OURS} over xhr-streaming`, { transport: 'xhr-streaming' }),
      ours(`${OURS} over WebSocket`),
      sockJsNode,
    ],
  ],
]

/**
 * 1,000 subscribers of one topic, bodies of 128 bytes: deliveries a second, and a second of the server's CPU time. Rounds
 * of the subjects alternate, and the middle one counts.
 */
export async function fanoutBench({ rounds, seconds }: { rounds: number; seconds: number }): Promise<Row[]> {
  const rows: Row[] = []
  for (const [workload, window, subjects] of WORKLOADS) {
    const measured = subjects.map((): Measure[] => [])
    for (let round = 0; round < rounds; round++) {
      for (const [i, subject] of subjects.entries())
        measured[i]!.push(await measure(subject, window, seconds))
    }
    const medians = measured.map((all) => ({
      wall: median(all.map((one) => one.perSecond)),
      cpu: median(all.map((one) => one.perCpuSecond)),
    }))
    for (const [i, { name }] of subjects.entries()) {
      const { wall, cpu } = medians[i]!
      rows.push({
        workload,
        subject: name,
        value: wall,
        unit: 'deliveries/s',
        ...ratio(medians[0]!.wall, wall, i, subjects),
      })
      rows.push({
        workload,
        subject: name,
        value: cpu,
        unit: 'deliveries/CPU s',
        ...ratio(medians[0]!.cpu, cpu, i, subjects),
      })
    }
  }
  return rows
}

interface Measure {
  readonly perSecond: number
  readonly perCpuSecond: number
}

/** Beside each peer stands how many times its figure the first subject reaches. */
function ratio(first: number, figure: number, i: number, subjects: readonly Subject[]): Partial<Row> {
  return i === 0 ? {} : { ratio: first / figure, against: subjects[0]!.name }
}

async function measure(
  { server: command, change }: Subject,
  window: number,
  seconds: number,
): Promise<Measure> {
  const server = await startServer(...command)
  try {
    const options: FanoutOptions = {
      transport: 'websocket',
      port: server.port,
      path: '/stomp',
      subscribers: SUBSCRIBERS,
      publishers: 4,
      window,
      uniqueIds: false,
      seconds,
      ...change,
    }
    const cpu: number[] = []
    const told = (): void => void cpu.push(server.cpuSeconds())
    const result = await runLoad<FanoutResult>(beside('fanout-load.js'), options, told)
    if (result.lost !== 0) throw new Error(`${result.lost} deliveries were lost`)
    return { perSecond: result.deliveriesPerSecond, perCpuSecond: result.deliveries / (cpu[1]! - cpu[0]!) }
  } finally {
    await server.stop()
  }
}
