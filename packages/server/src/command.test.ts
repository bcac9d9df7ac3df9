import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { Page } from '../test/websocket-kit.js'
import { VERSION } from './server.js'

// The command as it is installed: it needs the build.
const COMMAND = fileURLToPath(new URL('../bin/stomping-ground.js', import.meta.url))

interface Run {
  readonly process: ChildProcess
  /** The next line of its output. */
  readonly line: () => Promise<string | undefined>
  /** How it ended, with all that it wrote to its error output. */
  readonly exit: Promise<{ code: number | null; errors: string }>
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const exit = once(child, 'close').then(([code]) => ({ code: code as number | null, errors }))
  return { process: child, exit, line: async () => (await lines.next()).value as string | undefined }
}

/** Starts it without TCP, and gives the address that it prints. */
async function started(...args: string[]): Promise<Run & { url: string }> {
  const command = run('--port', '0', '--tcp-port', '0', ...args)
  const line = await command.line()
  const url = /^stomping-ground: STOMP over WebSocket on (ws:\/\/127\.0\.0\.1:\d+\/\S*)$/.exec(
    line ?? '',
  )?.[1]
  if (url === undefined) throw new Error(`It printed ${line}\n${(await command.exit).errors}`)
  return { ...command, url }
}

async function connected(url: string): Promise<Page> {
  const page = new Page(new WebSocket(url))
  onTestFinished(() => page.websocket.terminate())
  await once(page.websocket, 'open')
  return page.connect()
}

/** A port that nobody uses at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('stomping-ground', () => {
  test('prints a line for each listener, and each accepts by then', async () => {
    const tcpPort = await freePort()
    const command = run('--port', '0', '--tcp-port', `${tcpPort}`, '--allow-publish')
    const url = (await command.line())!.split(' ').at(-1)!
    expect(await command.line()).toBe(`stomping-ground: STOMP over TCP on tcp://127.0.0.1:${tcpPort}`)
    await connected(url)
    await connected(`${url}/websocket`)
    command.process.kill('SIGTERM')
    expect(await command.exit).toEqual({ code: 0, errors: '' })
  })

  test('lets clients subscribe, and says that they may not send', async () => {
    const { url, line } = await started()
    expect(await line()).toBe(
      'stomping-ground: clients may subscribe; start with --allow-publish to let them send',
    )
    const page = await connected(url)
    expect(await page.ask('SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:r\n\n\0')).toContain('RECEIPT')
    expect(await page.ask('SEND\ndestination:/topic/a\n\nhi\0')).toContain('code:permission-denied')
  })

  test('lets them send with --allow-publish', async () => {
    const { url } = await started('--allow-publish', '--path', '/mine')
    expect(url).toMatch(/\/mine$/)
    const page = await connected(url)
    await page.ask('SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:r\n\n\0')
    expect(await page.ask('SEND\ndestination:/topic/a\n\nhi\0')).toMatch(/^MESSAGE[^]*hi\0$/)
  })

  test('at SIGTERM closes its sessions with 1012 and exits with 0', async () => {
    const { url, process: child, exit } = await started()
    const page = await connected(url)
    child.kill('SIGTERM')
    expect(await page.closed).toEqual({ code: 1012, reason: 'server restarts' })
    expect(await exit).toEqual({ code: 0, errors: '' })
  })

  test('at SIGINT does the same', async () => {
    const { process: child, exit } = await started()
    child.kill('SIGINT')
    expect(await exit).toEqual({ code: 0, errors: '' })
  })

  test('at a second signal exits at once, with 1', async () => {
    const { url, process: child, exit } = await started()
    const stays = await connected(url)
    stays.websocket.pause()
    const goes = await connected(url)
    child.kill('SIGTERM')
    // By then it has seen the first one.
    await goes.closed
    child.kill('SIGTERM')
    expect((await exit).code).toBe(1)
  })
})

describe('stomping-ground that cannot start', () => {
  test('for bad options exits with 2, and names all of them', async () => {
    const { exit, line } = run('--port', 'x', '--path', 'y')
    const { code, errors } = await exit
    expect(code).toBe(2)
    expect(errors).toContain('stomping-ground: --port has to be 0 to 65535, not x\n')
    expect(errors).toContain('stomping-ground: --path has to begin with a slash, not y\n')
    expect(errors).toContain('Usage: stomping-ground [options]')
    expect(await line()).toBeUndefined()
  })

  test.each(['--port', '--tcp-port'])(
    'for a %s that is in use exits with 1, and says in one line what to do',
    async (option) => {
      const blocker = createServer().listen(0, '127.0.0.1')
      onTestFinished(() => void blocker.close())
      await once(blocker, 'listening')
      const { port } = blocker.address() as AddressInfo
      const { exit } = run('--port', '0', '--tcp-port', '0', option, `${port}`)
      const { code, errors } = await exit
      expect(code).toBe(1)
      expect(errors).toBe(
        `stomping-ground: port ${port} is in use by another program; name another with ${option}\n`,
      )
    },
  )

  test('for want of the default TCP port goes on without, and says how to have another', async () => {
    const blocker = createServer()
    onTestFinished(() => void blocker.close())
    // Either it listens, or somebody else does.
    await new Promise<void>((resolve) => {
      blocker.on('error', () => resolve())
      blocker.listen(61_613, '127.0.0.1', resolve)
    })
    const { line, process: child, exit } = run('--port', '0')
    expect(await line()).toMatch(/WebSocket/)
    expect(await line()).toMatch(/--allow-publish/)
    child.kill('SIGTERM')
    expect(await exit).toEqual({
      code: 0,
      errors: 'stomping-ground: no STOMP over TCP: its port is taken; name another with --tcp-port\n',
    })
  })
})

describe('stomping-ground that is only asked', () => {
  test.each([
    ['--version', new RegExp(`^${VERSION}$`)],
    ['--help', /^stomping-ground: a STOMP broker in one process$/],
  ])('%s answers and exits with 0', async (option, expected) => {
    const { line, exit } = run(option)
    expect(await line()).toMatch(expected)
    expect(await exit).toEqual({ code: 0, errors: '' })
  })
})
