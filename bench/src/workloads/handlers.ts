import { nodeServer, startServer } from '../child.js'
import { compare, median } from '../rounds.js'
import type { Comparison } from '../rounds.js'
import { OURS } from '../subjects.js'
import type { Subject } from '../subjects.js'
import { measureFanout } from './measure.js'

interface Way extends Subject {
  readonly sendTo: string
  readonly from: string
}

const way = (name: string, sendTo: string, from: string): Way => ({
  name: `${OURS}, ${name}`,
  sendTo,
  from,
  reach: { transport: 'stomp-websocket', path: '/stomp' },
  start: () => startServer(nodeServer('handlers')),
})

const WAYS = [
  way('a handler with a schema', '/app/entries', '/topic/entries'),
  way('a handler', '/app/bare', '/topic/bare'),
  way('straight to the topic', '/topic/bare', '/topic/bare'),
]

/** From SEND to one subscriber: what a handler costs, and what the validation of its body does. */
export async function handlers(): Promise<Comparison[]> {
  const validation: number[] = []
  const costs = new Map<string, number>()
  const compared = await compare(
    WAYS,
    5,
    { cost: { workload: 'handler round trip', unit: 'µs of CPU', better: 'less' } },
    async ({ sendTo, from, ...subject }) => {
      const { perCpuSecond } = await measureFanout(subject, {
        subscribers: 1,
        publishers: 1,
        window: 256,
        destination: from,
        sendTo,
        json: true,
        contentType: 'application/json',
        seconds: 2,
      })
      costs.set(sendTo, 1e6 / perCpuSecond)
      if (sendTo === '/app/bare') validation.push(costs.get('/app/entries')! - costs.get('/app/bare')!)
      return { cost: 1e6 / perCpuSecond }
    },
  )
  const range = [Math.min(...validation), Math.max(...validation)] as const
  const row = { subject: OURS, value: median(validation), range, unit: 'µs of CPU' }
  return [
    ...compared,
    { workload: 'validation by a schema, above a handler without one', better: 'less', rows: [row] },
  ]
}
