import { runLoad } from '../child.js'
import type { ServerProcess } from '../child.js'
import type { FanoutOptions, FanoutResult } from '../load/fanout.js'
import type { Figures } from '../rounds.js'
import type { Subject } from '../subjects.js'

/** What a fan-out is asked for, but for the server that it goes to. */
export type FanoutRequest = Omit<FanoutOptions, 'port' | 'transport' | 'path' | 'login' | 'receipts'>

export interface FanoutMeasure extends FanoutResult {
  readonly perCpuSecond: number
  /** What the server's resident memory grew by at most, in MB, from when all were connected. */
  readonly grownMb: number
}

/**
 * One run of a fan-out with a server of its own.
 *
 * @throws Error where a delivery was lost, or came twice
 */
export async function measureFanout(subject: Subject, request: FanoutRequest): Promise<FanoutMeasure> {
  return withServer(subject, async (server) => {
    const cpu: number[] = []
    let least = Infinity
    let most = 0
    const watch = setInterval(() => (most = Math.max(most, server.memory())), 100)
    const told = (): void => {
      cpu.push(server.cpuSeconds())
      least = Math.min(least, server.memory())
      most = Math.max(most, server.memory())
    }
    const options = { ...subject.reach, port: server.port, ...request }
    const result = await runLoad<FanoutResult>('fanout', options, told).finally(() => clearInterval(watch))
    if (result.lost !== 0) throw new Error(`${subject.name}: ${result.lost} deliveries were lost`)
    return { ...result, perCpuSecond: result.deliveries / (cpu[1]! - cpu[0]!), grownMb: (most - least) / 1e6 }
  })
}

export async function withServer<Result>(
  subject: Subject,
  use: (server: ServerProcess) => Promise<Result>,
): Promise<Result> {
  const server = await subject.start()
  try {
    return await use(server)
  } finally {
    await server.stop()
  }
}

/** Rates of a fan-out as figures. */
export const rates = ({ deliveriesPerSecond, perCpuSecond }: FanoutMeasure): Figures => ({
  wall: deliveriesPerSecond,
  cpu: perCpuSecond,
})

export const rateKinds = (workload: string) =>
  ({
    wall: { workload, unit: 'deliveries/s', better: 'more' },
    cpu: { workload, unit: 'deliveries/CPU s', better: 'more' },
  }) as const

/** Half of the messages a second that a subject fans out at most in a closed loop. */
export async function halfRate(
  subject: Subject,
  request: { readonly subscribers: number; readonly bodyBytes: number; readonly window: number },
): Promise<number> {
  const { deliveriesPerSecond } = await measureFanout(subject, { ...request, publishers: 4, seconds: 2 })
  return Math.floor(deliveriesPerSecond / request.subscribers / 2)
}
