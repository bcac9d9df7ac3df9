import { runLoad } from '../child.js'
import type { FanoutResult } from '../load/fanout.js'
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

const PIPE = { publishers: 4, seconds: 2, window: 64 }
const NODES = [1, 4, 16]
const TOPICS = 2_000

/** What docs/scaling.md computes with: the parts that a message and a topic cost the node and the broker behind. */
export const relayCosts = async (): Promise<Comparison[]> => {
  if (rabbit().length === 0) return []
  const unit = 'µs of CPU'
  const through = 'a message from one browser to another through RabbitMQ'
  const parts = await compare(
    [oursBeforeRabbit],
    3,
    {
      node: { workload: `${through}, the node's part`, unit, better: 'less' },
      broker: { workload: `${through}, RabbitMQ's part`, unit, better: 'less' },
    },
    async (subject) => {
      const server = await subject.start()
      try {
        const at: { all: number; broker: number }[] = []
        const told = (): void =>
          void at.push({ all: server.cpuSeconds(), broker: server.broker.cpuSeconds() })
        const options = { ...subject.reach, port: server.port, ...PIPE, subscribers: 1 }
        const { deliveries } = await runLoad<FanoutResult>('fanout', options, told)
        const [from, to] = at as [{ all: number; broker: number }, { all: number; broker: number }]
        const broker = to.broker - from.broker
        const each = 1e6 / deliveries
        return { broker: broker * each, node: (to.all - from.all - broker) * each }
      } finally {
        await server.stop()
      }
    },
  )
  const spread = await compare(
    NODES.map((nodes) => ({ name: `to ${nodes} ${nodes === 1 ? 'node' : 'nodes'}`, nodes })),
    3,
    { cpu: { workload: 'a message to nodes by one topic, RabbitMQ alone', unit, better: 'less' } },
    async ({ nodes }) => ({ cpu: await costOfSpreading(nodes) }),
  )
  return [...parts, ...spread, ...(await topicCosts())]
}

/** Nodes are one subscription each, over TCP. */
async function costOfSpreading(nodes: number): Promise<number> {
  const [subject] = rabbit()
  const server = await oursBeforeRabbit.start()
  try {
    const { broker } = server
    const cpu: number[] = []
    const options = {
      transport: 'stomp-tcp',
      path: '',
      login: subject!.reach.login,
      port: broker.tcpPort,
      ...PIPE,
      subscribers: nodes,
    }
    const { deliveries } = await runLoad<FanoutResult>('fanout', options, () => cpu.push(broker.cpuSeconds()))
    return ((cpu[1]! - cpu[0]!) / (deliveries / nodes)) * 1e6
  } finally {
    await server.stop()
  }
}

/** Every topic that somebody on a node is subscribed to is a queue of the broker's. */
function topicCosts(): Promise<Comparison[]> {
  const workload = `each of ${TOPICS.toLocaleString('en')} topics that a node is subscribed to at RabbitMQ`
  return compare(
    [oursBeforeRabbit],
    3,
    {
      cpu: { workload: `${workload}, CPU of both`, unit: 'ms of CPU', better: 'less' },
      memory: { workload: `${workload}, memory of RabbitMQ`, unit: 'kB', better: 'less' },
    },
    async (subject) => {
      const server = await subject.start()
      try {
        const seen: { cpu: number; memory: number }[] = []
        const told = (): void => void seen.push({ cpu: server.cpuSeconds(), memory: server.broker.memory() })
        const destination = '/topic/bench/{i}'
        const options = { ...subject.reach, port: server.port, sessions: TOPICS, before: 0, destination }
        await runLoad<SessionsResult>('sessions', options, told)
        const [from, to, settled] = seen as [(typeof seen)[0], (typeof seen)[0], (typeof seen)[0]]
        return {
          cpu: ((to.cpu - from.cpu) / TOPICS) * 1e3,
          memory: (settled.memory - from.memory) / TOPICS / 1e3,
        }
      } finally {
        await server.stop()
      }
    },
  )
}
