import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Parser } from '@asyncapi/parser'
import { afterAll, expect, test } from 'vitest'

// The command as it is installed: it needs the build.
const COMMAND = fileURLToPath(new URL('../bin/stomping-ground.js', import.meta.url))
const INDEX = new URL('../dist/index.js', import.meta.url).href
const folder = mkdtempSync(join(tmpdir(), 'stomping-ground-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function asyncapi(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, 'asyncapi', ...args], {
    cwd: folder,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

function write(name: string, code: string): string {
  writeFileSync(join(folder, name), code)
  return name
}

const SCHEMA = `{ '~standard': { version: 1, vendor: 'mine', validate: (value) => ({ value }),
  jsonSchema: { input: () => ({ type: 'object' }), output: () => ({ type: 'object' }) } } }`
const chat = write(
  'chat.mjs',
  `import { destination, messageMap } from '${INDEX}'
   export const rooms = destination('/topic/rooms/{roomId}', ${SCHEMA})
   export const maps = [messageMap().message('/rooms/{roomId}', {}, () => {})]
   export const asyncApiOptions = { applicationPrefix: '/api', info: { title: 'A chat' } }
   export const busy = setInterval(() => {}, 1000)`,
)

test('describes what a module exports, and ends though the module left something running', async () => {
  write('package.json', '{ "name": "of-the-package", "version": "3.2.1" }')
  const { status, stdout, stderr } = asyncapi(chat, '--server', 'wss://chat.example.com/stomp')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const { document } = await new Parser().parse(stdout)
  expect(document!.info().title()).toBe('A chat')
  expect(document!.info().version()).toBe('3.2.1')
  expect(document!.servers().all()[0]!.host()).toBe('chat.example.com')
  expect(
    document!
      .channels()
      .all()
      .map((one) => one.address()),
  ).toEqual(['/api/rooms/{roomId}', '/topic/rooms/{roomId}'])
})

test('writes the document to a file', () => {
  expect(asyncapi(chat, '--out', 'chat.json', '--title', 'Mine')).toMatchObject({ status: 0, stdout: '' })
  expect(JSON.parse(readFileSync(join(folder, 'chat.json'), 'utf8'))).toMatchObject({
    info: { title: 'Mine' },
  })
})

test.each([
  [[], 2, 'Name one module.'],
  [['a.mjs', 'b.mjs'], 2, 'Name one module.'],
  [['--nothing'], 2, "Unknown option '--nothing'"],
  [['none.mjs'], 1, 'There is no '],
  [[write('broken.mjs', 'throw new Error("of the module")')], 1, 'cannot be imported: of the module'],
  [[write('empty.mjs', 'export const a = 1')], 1, 'The module exports no message map and no destination.'],
  [[chat, '--server', 'nowhere'], 1, 'Invalid URL'],
])('%j exits with %i, and says why', (args, code, message) => {
  const { status, stdout, stderr } = asyncapi(...args)
  expect({ status, stdout }).toEqual({ status: code, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).not.toMatch(/^ +at /m)
})

test('--help says what it takes', () => {
  expect(asyncapi('--help')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('<module>') as string,
  })
})
