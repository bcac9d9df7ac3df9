import type { Comparison } from './rounds.js'
import { codecBench } from './workloads/codec.js'
import { fanoutAt, overStreams, overTcp, rooms, scale, uniqueIds } from './workloads/fanout.js'
import { handlers } from './workloads/handlers.js'
import { history } from './workloads/history.js'
import { latency, receipts } from './workloads/latency.js'
import { overload } from './workloads/overload.js'
import { relayConnections, relayCosts, relayFanout } from './workloads/relay.js'
import { queue } from './workloads/queue.js'
import { connecting, idle, idleStreams } from './workloads/sessions.js'
import { storm } from './workloads/storm.js'

export interface Workload {
  readonly name: string
  /** Whether the README shows it. */
  readonly shown?: true
  readonly run: () => Promise<Comparison[]>
}

/** All that is measured, in the order of the tables. */
export const WORKLOADS: readonly Workload[] = [
  { name: 'fanout-1', shown: true, run: fanoutAt(1) },
  { name: 'fanout-16', shown: true, run: fanoutAt(16) },
  { name: 'fanout-64', shown: true, run: fanoutAt(64) },
  { name: 'unique-ids', shown: true, run: uniqueIds },
  { name: 'rooms', shown: true, run: rooms },
  { name: 'scale', run: scale },
  { name: 'tcp', run: overTcp },
  { name: 'streams', shown: true, run: overStreams },
  { name: 'latency', run: latency },
  { name: 'receipts', run: receipts },
  { name: 'handlers', run: handlers },
  { name: 'queue', run: queue },
  { name: 'history', run: history },
  { name: 'relay', shown: true, run: relayFanout },
  { name: 'relay-connections', run: relayConnections },
  { name: 'relay-costs', run: relayCosts },
  { name: 'connecting', shown: true, run: connecting },
  { name: 'storm', shown: true, run: storm },
  { name: 'idle', shown: true, run: idle },
  { name: 'idle-streams', run: idleStreams },
  { name: 'overload', run: overload },
  { name: 'codec', run: codecBench },
]
