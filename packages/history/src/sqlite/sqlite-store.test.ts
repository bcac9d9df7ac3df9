import { mkdtempSync, readFileSync, rmSync, writeFileSync, chmodSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import Libsql from 'libsql'
import { StompHeaders, REMEMBERED_IDS } from 'stomping-ground'
import { historyStoreContract } from 'stomping-ground/testing'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { restorableContract } from '../../test/restorable-contract.js'
import { sqliteStore } from './sqlite-store.js'
import type { SqliteStore } from './sqlite-store.js'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'history-'))
  folders.push(folder)
  return folder
}

const newFile = (): string => join(temporaryFolder(), 'below', 'history.db')

async function opened(file = newFile()): Promise<SqliteStore> {
  const store = sqliteStore({ file })
  onTestFinished(() => store.stop())
  await store.start()
  return store
}

const entry = (body: string, id?: string, destination = '/topic/a') => ({
  destination,
  headers: new StompHeaders(),
  body: Buffer.from(body),
  time: 1_000,
  id,
})

describe('what another store kept', () => {
  restorableContract(() => {
    const file = newFile()
    return () => opened(file)
  })
})

const ALL = { count: 100_000, bytes: 1e9 }

historyStoreContract({ describe, test }, () => sqliteStore({ file: newFile() }))

describe('a history in SQLite', () => {
  test('is there when it is opened again: messages, offsets, ids and epoch', async () => {
    const file = newFile()
    const first = await opened(file)
    await first.append([entry('x', 'id-1'), entry('y'), entry('z', 'id-1', '/topic/b')])
    const { epoch } = first
    await first.stop()
    const second = await opened(file)
    expect(second.epoch).toBe(epoch)
    expect(await second.append([entry('again', 'id-1'), entry('new', 'id-2')])).toEqual([
      { offset: 1, repeated: true },
      { offset: 3, repeated: false },
    ])
    const bodies = (await second.read('/topic/a', 1, ALL)).map(({ body }) => Buffer.from(body).toString())
    expect(bodies).toEqual(['x', 'y', 'new'])
  })

  test('remembers as many ids as it has to, also when they are read again', async () => {
    const file = newFile()
    const first = await opened(file)
    await first.append(Array.from({ length: REMEMBERED_IDS + 1 }, (_, i) => entry('', `${i}`)))
    const known = async (store: SqliteStore): Promise<boolean[]> =>
      (await store.append([entry('', `${REMEMBERED_IDS}`), entry('', '1')])).map(({ repeated }) => repeated)
    expect(await known(first)).toEqual([true, true])
    await first.stop()
    const second = await opened(file)
    expect(await known(second)).toEqual([true, true])
    expect(await second.append([entry('', '0')])).toMatchObject([{ repeated: false }])
  })

  test('reads page after page, whatever the chunks are', async () => {
    const store = await opened()
    let expected = 0
    for (let i = 0; i < 40; i++) {
      const count = 1 + ((i * 37) % 500)
      await store.append(
        Array.from({ length: count }, () => entry(String(++expected).padEnd((i * 91) % 700))),
      )
    }
    const read: number[] = []
    for (const bounds of [
      ALL,
      { count: 7, bytes: 1e6 },
      { count: 1_000, bytes: 5_000 },
      { count: 1, bytes: 1 },
    ]) {
      let next = 1
      for (let pages = 0; pages < 300; pages++) {
        const page = await store.read('/topic/a', next, bounds)
        if (page.length === 0) break
        expect(page.length).toBeLessThanOrEqual(bounds.count)
        for (const { offset, body } of page) {
          expect([offset, Number(Buffer.from(body).toString())]).toEqual([next, next])
          next++
        }
      }
      read.push(next - 1)
    }
    expect(read.slice(0, 1)).toEqual([expected])
  })

  test('copies itself while it is in use', async () => {
    const store = await opened()
    await store.append([entry('x')])
    const copy = newFile()
    await expect(store.backup(copy)).rejects.toThrow('unable to open')
    const file = join(temporaryFolder(), 'copy.db')
    await store.backup(file)
    const restored = await opened(file)
    expect(await restored.read('/topic/a', 1, ALL)).toHaveLength(1)
  })

  test('is not opened twice, in this process or another', async () => {
    const file = newFile()
    const first = await opened(file)
    const text = `Another process has the history in ${file} open: one at a time can. Several share one in PostgreSQL.`
    await expect(sqliteStore({ file }).start()).rejects.toThrow(text)
    const script = `import { sqliteStore } from '@stomping-ground/history'
      await sqliteStore({ file: process.argv[1] }).start().catch((error) => console.log(error.message))`
    const cwd = new URL('../..', import.meta.url)
    const other = spawnSync(process.execPath, ['--input-type=module', '-e', script, file], { cwd })
    expect(other.stdout.toString().trim()).toBe(text)
    await first.stop()
    await opened(file)
  })

  test('refuses what is no database or is damaged, keeps it as it is, and says how to go on', async () => {
    const file = newFile()
    const store = await opened(file)
    await store.append(Array.from({ length: 5_000 }, (_, i) => entry(`${i}`.padEnd(100))))
    await store.stop()
    const sound = readFileSync(file)
    for (const damage of [
      (bytes: Buffer) => bytes.fill('a letter to my grandmother', 0, 100),
      (bytes: Buffer) => bytes.fill(0xff, 5_000, 9_000),
      (bytes: Buffer) => bytes.subarray(0, 9_000),
    ]) {
      const damaged = damage(Buffer.from(sound))
      writeFileSync(file, damaged)
      await expect(sqliteStore({ file }).start()).rejects.toThrow(
        /^The history in .*history\.db is damaged: .*It was left as it is\. Put a backup in its place/,
      )
      expect(readFileSync(file).equals(damaged)).toBe(true)
    }
  })

  test('refuses what a newer version has written', async () => {
    const file = newFile()
    await (await opened(file)).stop()
    const raw = new Libsql(file)
    raw.exec('pragma user_version = 99')
    raw.close()
    await expect(sqliteStore({ file }).start()).rejects.toThrow(
      'written by a newer version of @stomping-ground/history',
    )
  })

  test('refuses a folder that cannot be made', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    const file = join(folder, 'file', 'history.db')
    await expect(sqliteStore({ file }).start()).rejects.toThrow(`The history cannot be written to ${file}: `)
  })

  test.skipIf(process.getuid?.() === 0)('refuses a folder that cannot be written to', async () => {
    const folder = temporaryFolder()
    chmodSync(folder, 0o500)
    const file = join(folder, 'history.db')
    await expect(sqliteStore({ file }).start()).rejects.toThrow(
      `The history cannot be written to ${file}: EACCES`,
    )
    expect(existsSync(file)).toBe(false)
  })

  test('is refused before it is started, and after it has stopped', async () => {
    const store = sqliteStore({ file: newFile() })
    await expect(store.append([entry('x')])).rejects.toThrow('not open')
    expect(() => store.epoch).toThrow('has not been started')
    await store.start()
    await store.stop()
    await expect(store.append([entry('x')])).rejects.toThrow('not open')
    await expect(store.heads(['/topic/a'])).rejects.toThrow('has ended')
  })
})
