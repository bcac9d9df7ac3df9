import { LoadConnection } from './load-connection.js'
import { XhrConnection } from './xhr-connection.js'

export interface IdleOptions {
  readonly kind: 'websocket' | 'xhr-streaming'
  readonly port: number
  readonly sessions: number
}

/** Opens sessions with one subscription each, and says so when all are there; they stay until it is ended. */
async function run({ kind, port, sessions }: IdleOptions): Promise<void> {
  for (let id = 0; id < sessions; id++) {
    if (kind === 'xhr-streaming') {
      await XhrConnection.subscribed({ port, path: '/stomp', id, destination: '/topic/bench' }, () => {})
      continue
    }
    const connection = await LoadConnection.open('websocket', port, '/stomp')
    await connection.login()
    await connection.subscribe('sub-0', '/topic/bench')
  }
  console.log('opened')
  // Time for the server to let go of what opening took.
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  console.log(JSON.stringify({ sessions }))
}

await run(JSON.parse(process.argv[2]!) as IdleOptions)
process.exit(0)
