import { once } from 'node:events'
import { setPriority } from 'node:os'
import { Link, openAll } from './link.js'
import { protocolOf } from './protocol.js'
import type { ProtocolOptions } from './protocol.js'

interface StormOptions extends ProtocolOptions {
  readonly sessions: number
}

export interface StormResult {
  /** From the moment that all connections were cut until all sessions were subscribed again. */
  readonly seconds: number
}

/**
 * Sessions that all lose their connection at once and come back at once. Tells `open` when they are there, and begins when its
 * input has a line.
 */
async function run(options: StormOptions): Promise<StormResult> {
  const { port, sessions } = options
  // Whoever measures on the same core comes first.
  setPriority(19)
  const protocol = protocolOf(options)
  const open = async (id: number): Promise<Link> => {
    const link = await Link.open(port, protocol.open)
    await link.ask(...protocol.subscribe('sub-0', `/topic/storm/${id % 100}`))
    return link
  }
  const before = await openAll(sessions, 64, open)
  console.log('open')
  await once(process.stdin, 'data')
  const from = performance.now()
  for (const { socket } of before) socket.destroy()
  await openAll(sessions, sessions, open)
  return { seconds: (performance.now() - from) / 1_000 }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as StormOptions)))
process.exit(0)
