import { runLoad } from '../child.js'
import type { SessionsResult } from '../load/sessions.js'
import { compare } from '../rounds.js'
import type { Comparison } from '../rounds.js'
import { oursBeforeRabbit, rabbit } from '../subjects.js'
import { measureFanout, rateKinds, rates } from './measure.js'

/** 1,000 browsers on one topic: by a node with RabbitMQ behind it, and by RabbitMQ itself; each has one core. */
export const relayFanout = async (): Promise<Comparison[]> => {
  const alone = rabbit()
  if (alone.length === 0) return []
  const all: Comparison[] = []
  for (const window of [16, 64]) {
    const workload = `fan-out to 1,000 through RabbitMQ, window ${window}`
    const request = { subscribers: 1_000, publishers: 4, seconds: 2, window }
    all.push(
      ...(await compare([oursBeforeRabbit, ...alone], 3, rateKinds(workload), async (subject) =>
        rates(await measureFanout(subject, request)),
      )),
    )
  }
  return all
}

const CROWDS = [
  { sessions: 1_000, destination: '/topic/bench' },
  { sessions: 10_000, destination: '/topic/bench' },
  { sessions: 1_000, destination: '/queue/bench' },
]

/** How many connections browsers cost the broker behind: none for topics, one each for queues. */
export const relayConnections = async (): Promise<Comparison[]> => {
  if (rabbit().length === 0) return []
  const all: Comparison[] = []
  for (const { sessions, destination } of CROWDS) {
    const workload = `${sessions.toLocaleString('en')} browsers on ${destination}, connections of the broker`
    const kinds = { connections: { workload, unit: 'connections', better: 'less' } } as const
    all.push(
      ...(await compare([oursBeforeRabbit], 1, kinds, async (subject) => {
        const server = await subject.start()
        try {
          let connections = 0
          const told = (line: string): void => {
            if (line === 'settled') connections = server.broker.connections()
          }
          const options = { ...subject.reach, port: server.port, sessions, before: 0, destination }
          await runLoad<SessionsResult>('sessions', options, told)
          return { connections }
        } finally {
          await server.stop()
        }
      })),
    )
  }
  return all
}
