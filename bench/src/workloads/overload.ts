import { compare } from '../rounds.js'
import type { Comparison } from '../rounds.js'
import { OURS, ours } from '../subjects.js'
import type { Subject } from '../subjects.js'
import { halfRate, measureFanout } from './measure.js'

const READERS = 1_000

/** Large enough that the run sees all of it: what the kernel keeps for a slow reader is full, its backlog too, it is let go. */
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
  among('100 of 1,000 readers at 1 kB/s', 0, 100),
]

/**
 * What readers that do not read, or hardly, do to the others and to the server's memory, while the server is half busy: at
 * half of the rate at which it fans out messages one by one. What saturates it by batches of several would keep it so busy
 * with messages that come one by one that each chance delay shows many times over, whoever caused it.
 */
export async function overload(): Promise<Comparison[]> {
  const rate = await halfRate(ours, { subscribers: READERS, bodyBytes: BODY_BYTES, window: 1 })
  return compare(
    CASES,
    3,
    {
      p99: { workload: 'with nobody slow: p99 of a server that is half busy', unit: 'ms', better: 'less' },
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
