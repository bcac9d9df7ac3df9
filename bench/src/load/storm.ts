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
 * So many close, or connect, in one turn of the event loop here: the kernel drops packets of the loopback interface of which more
 * than a thousand wait, and what it drops, of whatever connection, comes 200 ms later.
 */
const AT_ONCE = 50

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

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
  for (const [i, { socket }] of before.entries()) {
    socket.destroy()
    if (i % AT_ONCE === AT_ONCE - 1) await turn()
  }
  const back: Promise<Link>[] = []
  for (let id = 0; id < sessions; id++) {
    back.push(open(id))
    if (id % AT_ONCE === AT_ONCE - 1) await turn()
  }
  await Promise.all(back)
  return { seconds: (performance.now() - from) / 1_000 }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as StormOptions)))
process.exit(0)
