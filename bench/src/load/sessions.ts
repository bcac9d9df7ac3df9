import { Link, after, openAll } from './link.js'
import { protocolOf } from './protocol.js'
import type { ProtocolOptions } from './protocol.js'
import { openStream } from './streams.js'

interface SessionsOptions extends Omit<ProtocolOptions, 'name'> {
  readonly transport: ProtocolOptions['name'] | 'xhr-streaming'
  readonly sessions: number
  /** Sessions that are opened before, so that what is measured runs warm. */
  readonly before: number
  /** What each subscribes to; `{i}` stands for a number of its own. Default `/topic/bench`. */
  readonly destination?: string
}

export interface SessionsResult {
  readonly perSecond: number
}

const OPENED_AT_A_TIME = 64

/**
 * Opens sessions with one subscription each (or bare connections), and stays until it is ended. Tells `measuring` before
 * and `measured` after, and once more, `settled`, when the server has had time to let go of what opening took.
 */
async function run(options: SessionsOptions): Promise<SessionsResult> {
  const { transport, port, path, sessions, before, destination = '/topic/bench' } = options
  const bare = transport === 'upgrade-only'
  const protocol = protocolOf({
    ...options,
    name: transport === 'xhr-streaming' ? 'stomp-websocket' : transport,
  })
  const open = async (id: number): Promise<void> => {
    if (transport === 'xhr-streaming') return void (await openStream({ port, path, id, destination }))
    const link = await Link.open(port, protocol.open)
    if (!bare) await link.ask(...protocol.subscribe('sub-0', destination.replace('{i}', String(id))))
  }
  await openAll(before, OPENED_AT_A_TIME, open)
  console.log('measuring')
  const from = performance.now()
  await openAll(sessions, OPENED_AT_A_TIME, (index) => open(before + index))
  const perSecond = sessions / ((performance.now() - from) / 1_000)
  console.log('measured')
  await after(2_000)
  console.log('settled')
  return { perSecond }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as SessionsOptions)))
process.exit(0)
