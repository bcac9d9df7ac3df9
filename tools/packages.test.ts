import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Client } from '@stomp/stompjs'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'

const ROOT = new URL('..', import.meta.url).pathname
const PACKAGES = readdirSync(join(ROOT, 'packages'))

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const manifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

describe.each(PACKAGES)('packages/%s', (name) => {
  test('has nothing that publint would change before it is published', async () => {
    const { messages, pkg } = await publint({ pkgDir: join(ROOT, 'packages', name), strict: true })
    expect(messages.map((message) => formatMessage(message, pkg as Record<string, unknown>))).toEqual([])
  })

  test('says what it is, and has the license of the repository', () => {
    const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
    expect(read(`packages/${name}/README.md`)).toContain(manifest(join(ROOT, 'packages', name)).name)
    expect(read(`packages/${name}/LICENSE`)).toBe(read('LICENSE'))
  })
})

/** As front ends have it: no types of Node, and libraries are not checked. */
const FRONT_END = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  target: 'es2023',
  lib: ['es2023', 'dom'],
  types: [],
}

const CHAT = `
import { messageMap } from 'stomping-ground'
import type { InferRoutes } from 'stomping-ground'
import { destination } from 'stomping-ground/contract'
import { z } from 'zod'
export const roomTopic = destination('/topic/rooms/{roomId}', z.object({ from: z.string(), text: z.string() }))
export const messages = messageMap()
  .message(
    '/rooms/{roomId}/messages',
    { body: z.object({ text: z.string().min(1) }), sendTo: roomTopic },
    ({ body, user }) => ({ from: user.name, text: body.text }),
  )
  .message('/rooms/{roomId}/count', {}, () => 1)
export type Routes = InferRoutes<typeof messages>
`

const PAGE = `
import { createClient } from '@stomping-ground/client'
import { roomTopic } from './chat.js'
import type { Routes } from './chat.js'
export async function visit(url: string): Promise<void> {
  const client = createClient<Routes>({ url, connectHeaders: { login: 'ann' } })
  await client.connect()
  const params = { roomId: '7' }
  client.subscribe(roomTopic.to(params), async ({ body }) => {
    const count: number = await client.request('/rooms/{roomId}/count', { params })
    console.log(body.from + ': ' + body.text + ', ' + count + ' in the room')
  })
  await client.send('/rooms/{roomId}/messages', { params, body: { text: 'Hello' } })
  // @ts-expect-error a misspelt member
  void (() => client.send('/rooms/{roomId}/messages', { params, body: { txt: 'Hello' } }))
  // @ts-expect-error a misspelt pattern
  void (() => client.send('/room/{roomId}/messages', { params, body: { text: 'Hello' } }))
}
`

const VISIT = `
import { createServer } from 'node:http'
import { createStompServer } from 'stomping-ground'
import { WebSocket } from 'ws'
import { messages } from './chat.js'
import { visit } from './page.js'
globalThis.WebSocket = WebSocket
const http = createServer()
createStompServer({ messages: [messages] }).attach(http, { path: '/stomp' })
http.listen(0, () => visit('ws://127.0.0.1:' + http.address().port + '/stomp'))
`

/** What is published, installed into an empty folder as npm does it, with nothing from a network. */
describe('the packages as they are published', () => {
  let folder: string
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stomping-ground-'))
    const published = PACKAGES.map((name) => join(ROOT, 'packages', name))
    const packed = published.map((path) => {
      const output = run('npm', 'pack', path, '--json', '--ignore-scripts')
      const [{ filename }] = JSON.parse(output) as [{ filename: string }]
      return join(folder, filename)
    })
    const own = new Set(published.map((path) => manifest(path).name))
    const others = published.flatMap((path) => Object.keys(manifest(path).dependencies ?? {}))
    const wanted = [...others.filter((name) => !own.has(name)), 'zod', '@types/node', 'undici-types', 'ws']
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
    run('npm', 'install', '--offline', '--no-audit', '--no-fund', ...packed, ...wanted.map(installed))
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** The copy of a package that this repository has, as a folder: npm asks no registry about one. */
  const installed = (name: string): string => {
    const copy = join(folder, 'copies', name)
    mkdirSync(copy, { recursive: true })
    cpSync(join(ROOT, 'node_modules', name), copy, { recursive: true, dereference: true })
    // npm would install those of a folder too.
    const { devDependencies: _, ...rest } = manifest(copy)
    writeFileSync(join(copy, 'package.json'), JSON.stringify(rest))
    return `${name}@file:${copy}`
  }

  test('the server of the README compiles against them, and a client talks to it', async () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const example = /^## A server in ten lines\n\n```ts\n([^]*?)^```$/m.exec(readme)![1]!
    const port = 'http.listen(8080)'
    expect(example).toContain(port)
    const server = example.replace(port, 'http.listen(0, () => console.log(http.address()))')
    writeFileSync(join(folder, 'server.ts'), server)
    // All types that a user gets are checked, the libraries' own too.
    const tsc = join(ROOT, 'node_modules/.bin/tsc')
    run(tsc, '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node', 'server.ts')
    const line = await firstLine(process.execPath, 'server.js')
    const client = await connected(`ws://127.0.0.1:${/port: (\d+)/.exec(line)![1]}/stomp`)
    const price = new Promise<string>((resolve) =>
      client.subscribe('/topic/prices/ACME', ({ body }) => resolve(body)),
    )
    client.publish({ destination: '/app/prices/ACME', body: '{"price":43}' })
    expect(await price).toBe('{"price":43}')
  })

  test('npx stomping-ground is the broker of the README', async () => {
    const line = await firstLine('npx', '--offline', 'stomping-ground', '--port', '0', '--tcp-port', '0')
    expect(line).toMatch(/^stomping-ground: STOMP over WebSocket on ws:/)
    await connected(line.split(' ').at(-1)!)
  })

  test.each(['nodenext', 'bundler'])(
    'a page’s client compiles against them and against the types of its server, resolved as %s',
    async (resolution) => {
      writeFileSync(join(folder, 'chat.ts'), CHAT)
      writeFileSync(join(folder, 'page.ts'), PAGE)
      writeFileSync(join(folder, 'visit.js'), VISIT)
      const module = resolution === 'bundler' ? 'esnext' : 'nodenext'
      const config = {
        compilerOptions: {
          ...FRONT_END,
          module,
          moduleResolution: resolution,
          lib: ['es2023', 'dom'],
          types: [],
        },
        files: ['page.ts'],
      }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
      run(join(ROOT, 'node_modules/.bin/tsc'), '-p', '.')
      rmSync(join(folder, 'tsconfig.json'))
      expect(await firstLine(process.execPath, 'visit.js')).toBe('ann: Hello, 1 in the room')
    },
  )

  test.each(PACKAGES)(
    'every entry of %s can be imported, and holds nothing that is not for users',
    (name) => {
      const { name: imported, exports, peerDependencies = {} } = manifest(join(ROOT, 'packages', name))
      const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'))
      // Optional peers are not here: an entry that needs one says which.
      const peers = Object.keys(peerDependencies).join('|')
      const imports = entries.map(
        (entry) => `await import('${imported}${entry.slice(1)}').catch((error) => {
        if (!/^Cannot find package '(${peers})'/.test(error.message)) throw error
      })`,
      )
      run(process.execPath, '--input-type=module', '--eval', imports.join('\n'))
      const files = readdirSync(join(folder, 'node_modules', imported), { recursive: true }) as string[]
      expect(files.filter((file) => /\.test\.|^test\/|^fuzz\/|tsbuildinfo/.test(file))).toEqual([])
      expect(files).toEqual(expect.arrayContaining(['README.md', 'LICENSE']))
    },
  )

  /** Starts a program in the folder and gives the first line that it prints. */
  async function firstLine(program: string, ...args: string[]): Promise<string> {
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
    // npx starts another process: the group has both.
    onTestFinished(() => void process.kill(-child.pid!, 'SIGKILL'))
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    return line
  }
})

async function connected(brokerURL: string): Promise<Client> {
  const client = new Client({
    reconnectDelay: 0,
    webSocketFactory: () => new WebSocket(brokerURL, ['v12.stomp']),
  })
  onTestFinished(() => client.deactivate({ force: true }))
  const connected = new Promise<void>((resolve) => (client.onConnect = () => resolve()))
  client.activate()
  await connected
  return client
}
