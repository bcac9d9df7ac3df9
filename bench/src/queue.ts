import { beside, runLoad, startServer } from './child.js'
import { OURS, TCP_PORT, ourServer } from './our-server.js'
import type { QueueOptions, QueueResult } from './queue-load.js'
import { median } from './row.js'
import type { Row } from './row.js'

/** One queue, 10 consumers that acknowledge each message, over TCP: messages a second from SEND to ACK. */
export async function queueBench({ rounds }: { rounds: number }): Promise<Row[]> {
  const values: number[] = []
  for (let round = 0; round < rounds; round++) {
    const server = await startServer(...ourServer(TCP_PORT))
    const options: QueueOptions = { port: server.port, consumers: 10, messages: 300_000 }
    values.push((await runLoad<QueueResult>(beside('queue-load.js'), options)).messagesPerSecond)
    await server.stop()
  }
  const workload = 'queue, 10 consumers, client-individual'
  return [{ workload, subject: OURS, value: median(values), unit: 'messages/s' }]
}
