import { startLoad } from '../child.js'
import type { LiveResult } from '../load/live.js'
import type { StormResult } from '../load/storm.js'
import { compare } from '../rounds.js'
import type { Comparison } from '../rounds.js'
import { ours, wsLoop } from '../subjects.js'
import { withServer } from './measure.js'

const LIVE = 100
/** Messages a second, to all that are live. */
const RATE = 50
const COME_BACK = 10_000

/**
 * What sessions that are connected notice while ten thousand others lose their connections at once and come back at once.
 */
export const storm = (): Promise<Comparison[]> =>
  compare(
    [ours, wsLoop],
    3,
    {
      p99: { workload: '10,000 come back at once: p99 of 100 that are there', unit: 'ms', better: 'less' },
      seconds: { workload: '10,000 come back at once: until all are subscribed', unit: 's', better: 'less' },
    },
    (subject) =>
      withServer(subject, async ({ port }) => {
        const reach = { name: 'stomp-websocket', port, path: subject.reach.path }
        const others = startLoad<StormResult>('storm', { ...reach, sessions: COME_BACK })
        await others.tells('open')
        const live = startLoad<LiveResult>('live', { ...reach, sessions: LIVE, rate: RATE })
        await live.tells('live')
        live.go()
        others.go()
        const { seconds } = await others.result
        live.go()
        const { latency, lost } = await live.result
        if (lost !== 0) throw new Error(`${subject.name}: ${lost} deliveries were lost`)
        return { p99: latency.p99, seconds }
      }),
  )
