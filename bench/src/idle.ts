import { beside, runLoad, startServer } from './child.js'
import type { IdleOptions } from './idle-load.js'
import { OURS, PORT, ourServer } from './our-server.js'
import { median } from './row.js'
import type { Row } from './row.js'

const SESSIONS = 5_000

const SUBJECTS: readonly (readonly [string, IdleOptions['kind'], Parameters<typeof startServer>])[] = [
  [`${OURS} over WebSocket`, 'websocket', ourServer(PORT)],
  ['ws, nothing but the connection', 'websocket', [beside('servers/ws-loop.js'), [], /on (\d+)/]],
  [`${OURS} over xhr-streaming`, 'xhr-streaming', ourServer(PORT)],
]

/** What 5,000 idle sessions with one subscription each add to the server's resident memory. */
export async function idleBench({ rounds }: { rounds: number }): Promise<Row[]> {
  const workload = 'memory of an idle session'
  const measured = SUBJECTS.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [i, [, kind, command]] of SUBJECTS.entries()) measured[i]!.push(await measure(kind, command))
  }
  const rows: Row[] = []
  for (const [i, [subject]] of SUBJECTS.entries()) {
    const value = median(measured[i]!) / 1_000
    const first = rows[0]
    const compared = first === undefined ? {} : { ratio: first.value / value, against: first.subject }
    rows.push({ workload, subject, value, unit: 'kB', ...compared })
  }
  return rows
}

async function measure(kind: IdleOptions['kind'], command: Parameters<typeof startServer>): Promise<number> {
  const server = await startServer(...command)
  try {
    const before = server.memory()
    let after = before
    const options: IdleOptions = { kind, port: server.port, sessions: SESSIONS }
    await runLoad(beside('idle-load.js'), options, () => (after = server.memory()))
    return (after - before) / SESSIONS
  } finally {
    await server.stop()
  }
}
