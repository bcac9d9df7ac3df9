import { aligned } from './report.js'
import type { Comparison } from './rounds.js'

/** What the parts of a deployment cost, in µs of one core, as they were measured. */
export interface Costs {
  /** One delivery, where a tick brings its session that one alone. */
  readonly delivery: number
  /** One delivery, where a tick brings its session 16. */
  readonly deliveryOf16: number
  /** A message through a node: taken from a browser, sent to the broker, had back, delivered once. */
  readonly node: number
  /** A message through the broker to one node, and to each further one. */
  readonly broker: number
  readonly brokerEach: number
  /** A topic that a node subscribes to. */
  readonly topic: number
  /** A session that connects and subscribes. */
  readonly session: number
  /** Memory of an idle session, in kB. */
  readonly sessionKb: number
}

/** @throws Error where something is not measured yet */
export function costsOf(saved: (name: string) => readonly Comparison[] | undefined): Costs {
  const value = (name: string, workload: RegExp, unit: RegExp, row = 0): number => {
    const found = saved(name)?.find((one) => workload.test(one.workload) && unit.test(one.rows[0]!.unit))
    if (found === undefined) throw new Error(`${name} is not measured`)
    return found.rows[row]!.value
  }
  const spread = (row: number): number => value('relay-costs', /to nodes by one topic/, /µs/, row)
  return {
    delivery: 1e6 / value('fanout-1', /./, /CPU/),
    deliveryOf16: 1e6 / value('fanout-16', /./, /CPU/),
    node: value('relay-costs', /the node's part/, /µs/),
    broker: spread(0),
    brokerEach: (spread(2) - spread(0)) / 15,
    topic: value('relay-costs', /topics that a node/, /ms of CPU/) * 1e3,
    session: 1e6 / value('connecting', /./, /CPU/),
    sessionKb: value('idle', /./, /kB/),
  }
}

/** Half of a core: the rest is for those that a lost node sends over, and for what comes in bursts. */
const BUDGET = 5e5
const SESSIONS = 10_000
const NODES = [2, 4, 100]

interface Crowd {
  readonly name: string
  /** Who is in one room; the people of a room are on any node. */
  readonly room: (sessions: number) => number
  readonly delivery: (costs: Costs) => number
}

const CROWDS: readonly Crowd[] = [
  {
    name: 'one room for all, messages in bursts',
    room: (all) => all,
    delivery: (costs) => costs.deliveryOf16,
  },
  { name: 'one room for all, message by message', room: (all) => all, delivery: (costs) => costs.delivery },
  { name: 'rooms of 1,000', room: () => 1_000, delivery: (costs) => costs.delivery },
  { name: 'rooms of 10', room: () => 10, delivery: (costs) => costs.delivery },
]

/** Messages a second that all nodes together, and one core of the broker, carry at half of their cores. */
export function carried(
  costs: Costs,
  crowd: Crowd,
  nodes: number,
): { nodes: number; broker: number; room: number } {
  const room = crowd.room(nodes * SESSIONS)
  // The nodes that a room's people are on, where each of them is on any.
  const reached = nodes * (1 - (1 - 1 / nodes) ** room)
  const each = (reached / nodes) * costs.node + (room / nodes) * crowd.delivery(costs)
  return { room, nodes: BUDGET / each, broker: BUDGET / (costs.broker + (reached - 1) * costs.brokerEach) }
}

const BEGIN = '<!-- computed from bench/results -->'
const END = '<!-- the end of what is computed -->'

/** The page with its tables computed anew. */
export function capacity(page: string, costs: Costs): string {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (before === -1 || after === -1) return page
  const lines = [BEGIN, '', ...parts(costs), '', ...crowds(costs), '', ...million(costs), '', '']
  return page.slice(0, before) + lines.join('\n') + page.slice(after)
}

function parts(costs: Costs): string[] {
  const rows: [string, string, string][] = [
    ['a delivery that a tick brings its session alone', us(costs.delivery), '`fanout-1`'],
    ['a delivery among 16 that a tick brings its session', us(costs.deliveryOf16), '`fanout-16`'],
    ['a message through a node: in, to the broker, back, to one browser', us(costs.node), '`relay-costs`'],
    ['a message through RabbitMQ to one node', us(costs.broker), '`relay-costs`'],
    ['to each further node', us(costs.brokerEach), '`relay-costs`'],
    ['a topic that a node subscribes to at RabbitMQ, of both', us(costs.topic), '`relay-costs`'],
    ['a session that connects and subscribes', us(costs.session), '`connecting`'],
    ['the memory of an idle session', `${digits(costs.sessionKb)} kB`, '`idle`'],
  ]
  return aligned(
    [['what', 'of one core', 'measured by'], ['---', '---:', '---'], ...rows],
    [false, true, false],
  )
}

function crowds(costs: Costs): string[] {
  const rows = CROWDS.flatMap((crowd) =>
    NODES.map((count) => {
      const { nodes, broker, room } = carried(costs, crowd, count)
      const least = Math.min(nodes, broker)
      return [
        crowd.name,
        String(count),
        whole(nodes),
        whole(broker),
        nodes < broker ? 'the nodes' : 'the broker',
        whole(least * room),
      ]
    }),
  )
  const head = ['crowd', 'nodes', 'messages/s: nodes', 'one broker', 'bound', 'deliveries/s']
  return aligned([head, head.map(() => '---'), ...rows], [false, true, true, true, false, true])
}

const MILLION = 1_000_000
const EACH = 25_000
const ROOMS_EACH = 1_000

function million(costs: Costs): string[] {
  const nodes = MILLION / EACH
  const rows: [string, string][] = [
    [`nodes, of ${whole(EACH)} sessions each`, whole(nodes)],
    [
      'memory of a node for its sessions, without the kernel’s buffers',
      `${whole((EACH * costs.sessionKb) / 1e3)} MB`,
    ],
    ['all of a node’s sessions come back: CPU', seconds(EACH * costs.session)],
    ['they go to the other nodes: CPU of each', seconds((EACH / (nodes - 1)) * costs.session)],
    ['a message to all of them: CPU of each node', seconds(EACH * costs.delivery)],
    ['the same message: CPU of the broker', seconds(costs.broker + (nodes - 1) * costs.brokerEach)],
    [
      `the broker comes back, ${whole(ROOMS_EACH)} topics on each node: CPU of the broker and the nodes together`,
      seconds(nodes * ROOMS_EACH * costs.topic),
    ],
    [
      'heart-beats every 10 s each way, written: CPU of a node',
      `${digits(((EACH / 10) * costs.delivery) / 1e4)} %`,
    ],
  ]
  return aligned([['a million sessions', ''], ['---', '---:'], ...rows], [false, true])
}

function us(value: number): string {
  return value >= 1_000 ? `${digits(value / 1e3)} ms` : `${digits(value)} µs`
}

function seconds(microseconds: number): string {
  return microseconds >= 1e6 ? `${digits(microseconds / 1e6)} s` : `${digits(microseconds / 1e3)} ms`
}

/** What a model knows: two digits. */
function digits(value: number): string {
  return value >= 10 ? whole(value) : value.toPrecision(2)
}

function whole(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en')
}
