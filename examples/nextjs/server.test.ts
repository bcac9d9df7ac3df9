import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { beforeAll, describe, expect, test } from 'vitest'
import { missing, requirements } from '../../tools/requirements.js'
import { postsAndHears, visitsOf } from '../visitor.js'

const cwd = import.meta.dirname
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production', PORT: '0' }

describe.skipIf(missing(requirements.next))('in Next.js', () => {
  beforeAll(() => {
    execFileSync('npm', ['run', 'build'], { cwd, env, stdio: 'pipe' })
  }, 300_000)

  visitsOf(start)

  test('what is posted to a route handler is heard in the room', async () => {
    const heard = await postsAndHears(start, '/rooms/lobby/messages', { text: 'Hello' })
    expect(heard).toEqual({ from: 'http', text: 'Hello' })
  })
})

/** The build, as it runs in production: a process of its own, for Next keeps what it has started. */
async function start() {
  const child = spawn(process.execPath, ['dist/main.js'], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /:(\d+); STOMP/.exec(line)?.[1]
    if (port === undefined) continue
    return {
      port: Number(port),
      close: async () => {
        child.kill('SIGTERM')
        expect(await exited).toEqual([0, null])
      },
    }
  }
  throw new Error('Next.js did not start')
}
