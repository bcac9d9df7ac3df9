import { compare } from '../rounds.js'
import type { Comparison } from '../rounds.js'
import {
  limit,
  ours,
  oursOverStreams,
  oursOverTcp,
  rabbit,
  socketIo,
  sockJsNode,
  stompBroker,
  wsLoop,
} from '../subjects.js'
import type { Subject } from '../subjects.js'
import { measureFanout, rateKinds, rates } from './measure.js'
import type { FanoutRequest } from './measure.js'

const SUBSCRIBERS = 1_000
const base: FanoutRequest = { subscribers: SUBSCRIBERS, publishers: 4, seconds: 2 }

function fanout(
  workload: string,
  subjects: readonly Subject[],
  request: Partial<FanoutRequest>,
  rounds = 3,
): Promise<Comparison[]> {
  return compare(subjects, rounds, rateKinds(workload), async (subject) =>
    rates(await measureFanout(subject, { ...base, ...request })),
  )
}

/** 1,000 subscribers of one topic, bodies of 128 octets. */
export const fanoutAt = (window: number) => (): Promise<Comparison[]> =>
  fanout(
    `fan-out to 1,000, window ${window}`,
    [ours, ...limit(), wsLoop, socketIo, stompBroker, ...rabbit()],
    { window },
  )

export const uniqueIds = (): Promise<Comparison[]> =>
  fanout('fan-out to 1,000, every subscription with an id of its own, window 16', [ours, wsLoop], {
    window: 16,
    uniqueIds: true,
  })

export const overTcp = (): Promise<Comparison[]> =>
  fanout(
    'fan-out to 1,000 over TCP, window 16',
    [oursOverTcp, { ...ours, name: `${ours.name} over WebSocket` }],
    { window: 16 },
    7,
  )

export const overStreams = (): Promise<Comparison[]> =>
  fanout(
    'fan-out to 1,000 over xhr-streaming, window 16',
    [oursOverStreams, { ...ours, name: `${ours.name} over WebSocket` }, sockJsNode],
    { window: 16 },
  )

/** 10,000 sessions. */
export const rooms = (): Promise<Comparison[]> =>
  fanout(
    '100 rooms of 100, window 16',
    [ours, wsLoop, socketIo],
    { subscribers: 10_000, rooms: 100, publishers: 16, window: 16 },
    2,
  )

/** What a delivery costs must not grow with what else there is. */
export const scale = (): Promise<Comparison[]> => {
  const one = { ...ours, name: `${ours.name}, 1,000 sessions in one room` }
  const many = { ...ours, name: `${ours.name}, 15,000 sessions in 300 rooms` }
  return compare(
    [many, one],
    4,
    { cpu: { workload: 'cost of a delivery, window 16', unit: 'µs of CPU', better: 'less' } },
    async (subject) => {
      const crowd = { subscribers: 15_000, rooms: 300, publishers: 16 }
      const { perCpuSecond } = await measureFanout(subject, {
        ...base,
        window: 16,
        ...(subject === many ? crowd : {}),
      })
      return { cpu: 1e6 / perCpuSecond }
    },
  )
}
