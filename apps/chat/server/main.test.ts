import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect, it } from 'vitest'
import { RawClient } from './testing/raw-client.js'
import { removeTemporaryFolders, temporaryFolder } from './testing/test-chat.js'

// What `npm run build` made of it: a process of its own runs no TypeScript.
const MAIN = fileURLToPath(new URL('../dist/server/main.js', import.meta.url))

const running: ChildProcessWithoutNullStreams[] = []

function run(env: Record<string, string>): ChildProcessWithoutNullStreams {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'], PORT: '0', STOMP_TCP_PORT: '0', DATA_DIR: temporaryFolder(), ...env },
  })
  running.push(child)
  return child
}

async function outcome(
  child: ChildProcessWithoutNullStreams,
): Promise<{ code: number | null; errors: string }> {
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, errors }
}

async function address(child: ChildProcessWithoutNullStreams): Promise<string> {
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return /^The chat is open: (\S+)\n$/.exec(line.toString())?.[1] ?? ''
}

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})
afterAll(removeTemporaryFolders)

it('prints the address that a person opens, serves there, and exits with 0 on SIGTERM', async () => {
  const child = run({ LOG_LEVEL: 'silent' })
  const ended = outcome(child)
  const url = await address(child)
  expect(url).toMatch(/^http:\/\/localhost:\d+$/)
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  const client = await RawClient.connected(url)
  child.kill('SIGTERM')
  expect(await client.closed).toBe(1012)
  expect(await ended).toEqual({ code: 0, errors: '' })
})

it('exits at once on a second signal', async () => {
  const child = run({ LOG_LEVEL: 'silent' })
  const ended = outcome(child)
  const client = await RawClient.connected(await address(child))
  client.pause()
  child.kill('SIGINT')
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  expect(await ended).toMatchObject({ code: 130 })
  client.cut()
})

it('outlives whoever reads what it prints and logs', async () => {
  const child = run({ LOG_LEVEL: 'debug' })
  const url = await address(child)
  child.stdout.destroy()
  child.stderr.destroy()
  const client = await RawClient.connected(url)
  child.kill('SIGTERM')
  expect(await client.closed).toBe(1012)
  expect(await once(child, 'exit')).toEqual([0, null])
})

it('exits with 2 and names every mistake of the configuration', async () => {
  expect(await outcome(run({ PORT: 'http', OPEN_ROOMS: '1' }))).toEqual({
    code: 2,
    errors:
      'PORT has to be a number from 0 to 65535, not "http".\nOPEN_ROOMS has to be true or false, not "1".\n',
  })
})

it('exits with 1 and one line when the port is in use', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  expect(await outcome(run({ PORT: String(port), LOG_LEVEL: 'silent' }))).toEqual({
    code: 1,
    errors: `Port ${port} is in use by another program. Stop it, or set PORT to another number.\n`,
  })
  other.close()
})

it('exits with 1 and one line when its folder cannot be written to', async () => {
  const { code, errors } = await outcome(run({ DATA_DIR: `${MAIN}/below` }))
  expect(code).toBe(1)
  expect(errors).toMatch(/^The folder .*\(DATA_DIR\) cannot be written to: [^\n]*\n$/)
})
