import { createInterface } from 'node:readline'
import { Link, after, openAll } from './link.js'
import { MarkCounter, bodyOf, numberAt } from './marks.js'
import { percentiles } from './percentiles.js'
import type { Percentiles } from './percentiles.js'
import { protocolOf } from './protocol.js'
import type { ProtocolOptions } from './protocol.js'

interface LiveOptions extends ProtocolOptions {
  readonly sessions: number
  /** Messages a second, each to all of them. */
  readonly rate: number
}

export interface LiveResult {
  /** From publishing to arrival, in milliseconds. */
  readonly latency: Percentiles
  readonly lost: number
}

const DESTINATION = '/topic/live'
const BODY_BYTES = 128
/** What is still on its way then is lost. */
const LAST_MS = 5_000

/**
 * Sessions that are connected and served while others come and go. Tells `live` when all are there; what is published from the
 * first line of its input to the second counts.
 */
async function run(options: LiveOptions): Promise<LiveResult> {
  const { port, sessions, rate } = options
  const protocol = protocolOf(options)
  const counter = new MarkCounter()
  const sentAt: number[] = []
  const latencies: number[] = []
  let expected = 0
  let measuring = false
  let done = (): void => {}
  const publisher = await Link.open(port, protocol.open)
  await openAll(sessions, 64, async () => {
    const link = await Link.open(port, protocol.open)
    await link.ask(...protocol.subscribe('sub-0', DESTINATION))
    link.receive = (bytes, end) => {
      const now = performance.now()
      counter.count(link, bytes, end, (mark) => {
        const sent = sentAt[numberAt(bytes, mark, end)]
        // What was published before is not measured.
        if (sent !== undefined && latencies.push(now - sent) === expected) done()
      })
    }
  })
  console.log('live')
  const pace = setInterval(() => {
    const number = measuring ? sentAt.push(performance.now()) - 1 : 9_999_999
    if (measuring) expected += sessions
    publisher.socket.write(protocol.publish(DESTINATION, bodyOf(number, BODY_BYTES)))
  }, 1_000 / rate)
  for await (const _ of createInterface(process.stdin)) {
    if (measuring) break
    measuring = true
  }
  clearInterval(pace)
  await Promise.race([
    new Promise<void>((resolve) => {
      done = resolve
      if (latencies.length === expected) resolve()
    }),
    after(LAST_MS),
  ])
  return { latency: percentiles(latencies), lost: expected - latencies.length }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as LiveOptions)))
process.exit(0)
