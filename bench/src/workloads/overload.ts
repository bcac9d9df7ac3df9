import { compare } from '../rounds.js'
import type { Comparison } from '../rounds.js'
import { OURS, ours } from '../subjects.js'
import type { Subject } from '../subjects.js'
import { halfRate, measureFanout } from './measure.js'

const READERS = 1_000

/** Large enough that what the kernel keeps for a reader that has stopped is full within the run. */
const BODY_BYTES = 16_384
const SECONDS = 8

interface Case extends Subject {
  readonly stopped: number
  readonly slow: number
}

const among = (name: string, stopped: number, slow: number): Case => ({
  ...ours,
  name: name === '' ? OURS : `${OURS}, ${name}`,
  stopped,
  slow,
})

const CASES = [
  among('', 0, 0),
  among('one reader at 1 kB/s', 0, 1),
  among('one reader stopped', 1, 0),
  among('100 of 1,000 readers stopped', 100, 0),
]

/** What readers that do not read, or hardly, do to the others and to the server's memory, at half of the saturated rate. */
export async function overload(): Promise<Comparison[]> {
  const rate = await halfRate(ours, READERS, BODY_BYTES)
  return compare(
    CASES,
    2,
    {
      p99: { workload: 'with nobody slow: p99 at half of the saturated rate', unit: 'ms', better: 'less' },
      memory: {
        workload: 'with nobody slow: memory that the process takes besides',
        unit: 'MB',
        better: 'less',
      },
    },
    async ({ stopped, slow, ...subject }) => {
      const subscribers = READERS - stopped - slow
      const request = {
        subscribers,
        publishers: 4,
        rate,
        bodyBytes: BODY_BYTES,
        seconds: SECONDS,
        stopped,
        slow,
      }
      const { latency, grownMb } = await measureFanout(subject, request)
      return { p99: latency.p99, memory: grownMb }
    },
  )
}
