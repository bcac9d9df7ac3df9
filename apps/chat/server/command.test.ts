import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { StompHeaders } from 'stomping-ground'
import { afterAll, describe, expect, it } from 'vitest'
import { USAGE, command } from './command.js'
import { openStore } from './history/store.js'
import { fillChat, NAMES } from './testing/full-chat.js'
import { TestChat } from './testing/test-chat.js'
import { removeTemporaryFolders, temporaryFolder, testPlace } from './testing/test-database.js'

afterAll(removeTemporaryFolders)

const CHAT = fileURLToPath(new URL('../dist/server/chat-command.js', import.meta.url))

async function environment(folder: string): Promise<Record<string, string>> {
  const { dataDir, databaseUrl } = await testPlace(folder)
  return { DATA_DIR: dataDir, ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) }
}

/** Runs a command here. */
async function run(args: readonly string[], env: Record<string, string>, input = '') {
  const printed = { out: '', err: '' }
  const into = (name: 'out' | 'err'): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        printed[name] += chunk.toString()
        done()
      },
    })
  const stdin = Readable.from(input === '' ? [] : [Buffer.from(input)])
  const code = await command(args, env, { stdin, stdout: into('out'), stderr: into('err') })
  return { code, ...printed }
}

describe('npm run chat', () => {
  it.each([
    [],
    ['exprot'],
    ['export', 'file'],
    ['import', '--force'],
    ['backup'],
    ['backup', '-f'],
    ['export', '--no-passwords', 'x'],
  ])('tells what there is to do when it does not understand: %s %s', async (...args) => {
    expect(await run(args, {})).toEqual({ code: 2, out: '', err: USAGE })
  })

  it('names the mistakes of the configuration, and what is wrong in a file, in one line', async () => {
    expect(await run(['export'], { PORT: 'x' })).toMatchObject({ code: 2, out: '', err: /^PORT has to be / })
    const env = await environment(temporaryFolder())
    expect(await run(['import'], env, '{}\n')).toEqual({
      code: 1,
      out: '',
      err: 'Line 1: This is not an export of the chat.\n',
    })
  })

  it('exports to standard output, and imports from standard input', async () => {
    const folder = temporaryFolder()
    await fillChat({ config: { dataDir: folder } })
    const { code, out, err } = await run(['export'], await environment(folder))
    expect([code, err]).toEqual([0, expect.stringContaining('keep it as you keep passwords')])
    const target = await environment(temporaryFolder())
    expect(await run(['import', '--same-epoch'], target, out)).toMatchObject({
      code: 0,
      err: expect.stringMatching(/^Imported: \d+ rows and 12 messages of rooms\.\n$/) as string,
    })
    const again = await run(['export'], target)
    expect(again.out.split('\n').slice(1)).toEqual(out.split('\n').slice(1))
  })

  it('holds little in memory, however much there is: 100,000 messages', async () => {
    const folder = temporaryFolder()
    const chat = await TestChat.start({ config: { dataDir: folder } })
    await chat.close()
    const store = openStore(await testPlace(folder), 60_000)
    await store.start()
    const destination = '/topic/chat/room/lounge'
    const said = { type: 'TALK', roomId: 'lounge', sender: NAMES.owner, message: '가'.repeat(100) }
    for (let i = 0; i < 100; i++) {
      const entries = Array.from({ length: 1_000 }, (_, j) => {
        const body = Buffer.from(JSON.stringify({ ...said, id: `m-${i}-${j}`, time: i }))
        return {
          destination,
          headers: new StompHeaders(['x-message-id', `m-${i}-${j}`]),
          body,
          time: i,
          id: undefined,
        }
      })
      await store.append(entries)
    }
    await store.stop()
    // 45 MB of messages, and as objects several times that, would not fit.
    const small = async (name: string, env: Record<string, string>) => {
      const child = spawn(process.execPath, ['--max-old-space-size=40', CHAT, name], {
        env: { PATH: process.env['PATH'], ...env },
      })
      let errors = ''
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
      return { child, ended: once(child, 'close').then(([code]) => [code, errors]) }
    }
    const file = join(folder, 'export.jsonl')
    const exporting = await small('export', await environment(folder))
    await pipeline(exporting.child.stdout, createWriteStream(file))
    expect(await exporting.ended).toEqual([0, expect.any(String)])
    const importing = await small('import', await environment(temporaryFolder()))
    await pipeline(createReadStream(file), importing.child.stdin)
    expect(await importing.ended).toEqual([0, expect.stringContaining('100000 messages')])
  }, 120_000)
})

// PostgreSQL has its own.
describe.skipIf(process.env['CHAT_TEST_DATABASE'] === 'postgresql')('backup', () => {
  it('copies a chat that runs, and people write in, to a folder that a chat can be started from', async () => {
    const chat = await TestChat.start()
    const minji = await chat.member('lounge', '민지')
    const talk = (message: string) => ({ type: 'TALK', roomId: 'lounge', message })
    for (const text of ['1', '2']) await minji.say(talk(text))
    const copy = join(temporaryFolder(), 'copy')
    const copying = run(['backup', copy], { DATA_DIR: chat.dataDir })
    await minji.say(talk('3'))
    expect(await copying).toMatchObject({ code: 0, out: '' })
    await minji.say(talk('4'))
    const before = (await chat.get('/api/rooms/lounge/messages')).body
    expect(before).toMatchObject({ last: 4 })
    await chat.close()
    expect(readdirSync(copy).toSorted()).toEqual(['chat.db', 'history.db'])
    const restored = await TestChat.start({ config: { dataDir: copy } })
    const { body } = await restored.get('/api/rooms/lounge/messages')
    const texts = (body['messages'] as { message: { message: string } }[]).map(
      ({ message }) => message.message,
    )
    expect(['1', '2', '3']).toEqual(expect.arrayContaining(texts))
    expect(texts.slice(0, 2)).toEqual(['1', '2'])
    // What pages have seen after the copy means nothing there.
    expect(body['epoch']).not.toBe(before['epoch'])
    await restored.close()
  })

  it('writes over nothing, and leaves nothing behind where it cannot be done', async () => {
    const dataDir = temporaryFolder()
    const chat = await TestChat.start({ config: { dataDir } })
    await chat.close()
    const there = temporaryFolder()
    writeFileSync(join(there, 'mine'), 'x')
    const env = { DATA_DIR: dataDir }
    expect((await run(['backup', there], env)).err).toBe(`${there} is there already, and stays as it is.\n`)
    expect(readFileSync(join(there, 'mine'), 'utf8')).toBe('x')
    expect((await run(['backup', join(there, 'x')], { DATA_DIR: there })).err).toMatch(
      /^There is no history\.db in /,
    )
    writeFileSync(join(dataDir, 'chat.db'), 'no database'.repeat(1_000))
    const target = join(there, 'below', 'copy')
    mkdirSync(join(there, 'below'))
    expect((await run(['backup', target], env)).err).toMatch(/^No copy was made: /)
    expect(readdirSync(join(there, 'below'))).toEqual([])
  })

  it('is for files: PostgreSQL has pg_dump', async () => {
    const env = { DATABASE_URL: 'postgres://chat:secret@db.example/chat' }
    expect(await run(['backup', join(temporaryFolder(), 'x')], env)).toEqual({
      code: 1,
      out: '',
      err: 'With DATABASE_URL everything is in PostgreSQL: copy that with pg_dump.\n',
    })
  })
})
