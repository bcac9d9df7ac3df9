import { runLoad } from '../child.js'
import type { ReceiptsResult } from '../load/receipts.js'
import type { Percentiles } from '../load/percentiles.js'
import { compare } from '../rounds.js'
import type { Comparison } from '../rounds.js'
import { limit, ours, rabbit } from '../subjects.js'
import { halfRate, measureFanout, withServer } from './measure.js'

const SUBSCRIBERS = 1_000

const kinds = (workload: string) =>
  ({
    p50: { workload: `${workload}, p50`, unit: 'ms', better: 'less' },
    p99: { workload: `${workload}, p99`, unit: 'ms', better: 'less' },
    p999: { workload: `${workload}, p999`, unit: 'ms', better: 'less' },
  }) as const

const figures = ({ p50, p99, p999 }: Percentiles) => ({ p50, p99, p999 })

/** From publishing to arrival, at half of the rate that saturates this server. */
export async function latency(): Promise<Comparison[]> {
  const rate = await halfRate(ours, { subscribers: SUBSCRIBERS, bodyBytes: 128, window: 16 })
  return compare([ours, ...limit()], 3, kinds('latency at half of the saturated rate'), async (subject) =>
    figures(
      (await measureFanout(subject, { subscribers: SUBSCRIBERS, publishers: 4, rate, seconds: 3 })).latency,
    ),
  )
}

/** One SEND after the other, each when the receipt of the last has come. */
export const receipts = (): Promise<Comparison[]> =>
  compare([ours, ...rabbit()], 3, kinds('SEND to RECEIPT'), (subject) =>
    withServer(subject, async (server) => {
      const options = { ...subject.reach, port: server.port, seconds: 2 }
      return figures((await runLoad<ReceiptsResult>('receipts', options)).latency)
    }),
  )
