import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
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
})

/** What is published, installed into an empty folder as npm does it, with nothing from a network. */
describe('the packages as they are published', () => {
  let folder: string
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stomping-ground-'))
    const published = ['codec', 'server'].map((name) => join(ROOT, 'packages', name))
    const packed = published.map((path) => {
      const output = run('npm', 'pack', path, '--json', '--ignore-scripts')
      const [{ filename }] = JSON.parse(output) as [{ filename: string }]
      return join(folder, filename)
    })
    const own = new Set(published.map((path) => manifest(path).name))
    const others = published.flatMap((path) => Object.keys(manifest(path).dependencies ?? {}))
    const wanted = [...others.filter((name) => !own.has(name)), 'zod', '@types/node', 'undici-types']
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

  test('every entry can be imported, and holds no test', () => {
    const { exports, peerDependencies } = createRequire(join(folder, 'x.js'))(
      'stomping-ground/package.json',
    ) as Readonly<Record<'exports' | 'peerDependencies', Readonly<Record<string, unknown>>>>
    const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'))
    // Optional peers are not here: an entry that needs one says which.
    const peers = Object.keys(peerDependencies).join('|')
    const imports = entries.map(
      (entry) => `await import('stomping-ground${entry.slice(1)}').catch((error) => {
        if (!/^Cannot find package '(${peers})'/.test(error.message)) throw error
      })`,
    )
    run(process.execPath, '--input-type=module', '--eval', imports.join('\n'))
    const files = readdirSync(join(folder, 'node_modules/stomping-ground'), { recursive: true }) as string[]
    expect(files.filter((file) => /\.test\.|^test\/|^fuzz\//.test(file))).toEqual([])
  })

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
