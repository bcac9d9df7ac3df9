import { runLoad } from '../child.js'
import type { QueueOptions, QueueResult } from '../load/queue.js'
import { compare } from '../rounds.js'
import type { Comparison } from '../rounds.js'
import { oursOverTcp } from '../subjects.js'
import { withServer } from './measure.js'

/** One queue, 10 consumers that acknowledge each message, over TCP: messages a second from SEND to ACK. */
export const queue = (): Promise<Comparison[]> =>
  compare(
    [oursOverTcp],
    3,
    { rate: { workload: 'queue, 10 consumers, ack:client-individual', unit: 'messages/s', better: 'more' } },
    (subject) =>
      withServer(subject, async ({ port }) => {
        const options: QueueOptions = { port, consumers: 10, messages: 300_000 }
        const { messagesPerSecond, lost } = await runLoad<QueueResult>('queue', options)
        if (lost !== 0) throw new Error(`${lost} messages of the queue were lost`)
        return { rate: messagesPerSecond }
      }),
  )
