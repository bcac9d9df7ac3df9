import { runLoad } from '../child.js'
import type { SessionsResult } from '../load/sessions.js'
import { compare } from '../rounds.js'
import type { Comparison } from '../rounds.js'
import { bareWs, ours, oursOverStreams, wsLoop } from '../subjects.js'
import type { Subject } from '../subjects.js'
import { withServer } from './measure.js'

const IDLE = 15_000
const CONNECTED = 5_000
/** Enough that the compiler has done its work, which takes more of the first thousands than they do themselves. */
const BEFORE = 5_000

interface Opened {
  readonly perSecond: number
  readonly perCpuSecond: number
  /** What each took of resident memory, in kB. */
  readonly kb: number
}

function open(subject: Subject, sessions: number, before: number): Promise<Opened> {
  return withServer(subject, async (server) => {
    const seen: { cpu: number; memory: number }[] = []
    const told = (): void => void seen.push({ cpu: server.cpuSeconds(), memory: server.memory() })
    const options = { ...subject.reach, port: server.port, sessions, before }
    const { perSecond } = await runLoad<SessionsResult>('sessions', options, told)
    const [from, to, settled] = seen as [
      Opened & { cpu: number; memory: number },
      { cpu: number },
      { memory: number },
    ]
    return {
      perSecond,
      perCpuSecond: sessions / (to.cpu - from.cpu),
      kb: (settled.memory - from.memory) / sessions / 1_000,
    }
  })
}

/** What idle sessions with one subscription each add to the server's resident memory. */
export const idle = (): Promise<Comparison[]> =>
  compare(
    [ours, bareWs, wsLoop],
    3,
    { kb: { workload: '15,000 idle sessions, memory of each', unit: 'kB', better: 'less' } },
    async (subject) => ({ kb: (await open(subject, IDLE, 0)).kb }),
  )

export const idleStreams = (): Promise<Comparison[]> =>
  compare(
    [oursOverStreams, { ...ours, name: `${ours.name} over WebSocket` }],
    2,
    { kb: { workload: '5,000 idle xhr-streaming sessions, memory of each', unit: 'kB', better: 'less' } },
    async (subject) => ({ kb: (await open(subject, 5_000, 0)).kb }),
  )

/** Upgrade, CONNECT and SUBSCRIBE, beside nothing but the upgrade. */
export const connecting = (): Promise<Comparison[]> => {
  const workload = 'connecting: upgrade, CONNECT, SUBSCRIBE'
  return compare(
    [ours, bareWs, wsLoop],
    3,
    {
      wall: { workload, unit: 'sessions/s', better: 'more' },
      cpu: { workload, unit: 'sessions/CPU s', better: 'more' },
    },
    async (subject) => {
      const { perSecond, perCpuSecond } = await open(subject, CONNECTED, BEFORE)
      return { wall: perSecond, cpu: perCpuSecond }
    },
  )
}
