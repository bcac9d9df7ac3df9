import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StompHeaders } from 'stomping-ground'
import type { KeptMessage } from 'stomping-ground'
import { expect, onTestFinished, test } from 'vitest'
import { sqliteStore } from './sqlite-store.js'

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'queues-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'history.db')
}

const kept = (key: number, expiresAt = Infinity): KeptMessage => ({
  key,
  queue: `/queue/${key % 3}`,
  messageId: `id-${key}`,
  headers: new StompHeaders(['a', String(key)]),
  body: Buffer.from([key % 256, 0]),
  expiresAt,
})

test('what a queue holds is there when the file is opened again, and what is settled is not', async () => {
  const file = newFile()
  const first = sqliteStore({ file })
  await first.queues.start()
  await first.queues.change(Array.from({ length: 2_500 }, (_, i) => ({ kept: kept(i + 1) })))
  await first.queues.change([
    { settled: 2 },
    { kept: kept(2_501, 5_000) },
    { settled: 2_400 },
    { settled: 99_999 },
  ])
  await first.queues.stop()
  const second = sqliteStore({ file })
  await second.queues.start()
  const all: KeptMessage[] = []
  for (;;) {
    const some = await second.queues.load(all.at(-1)?.key ?? 0)
    if (some.length === 0) break
    all.push(...some)
  }
  await second.queues.stop()
  const keys = Array.from({ length: 2_501 }, (_, i) => i + 1).filter((key) => key !== 2 && key !== 2_400)
  expect(all.map(({ key }) => key)).toEqual(keys)
  expect(all.at(-1)).toEqual({ ...kept(2_501, 5_000), body: Buffer.from([2_501 % 256, 0]) })
  expect(all[0]!.expiresAt).toBe(Infinity)
})

test('all changes of one call are carried out, or none', async () => {
  const store = sqliteStore({ file: newFile() })
  await store.queues.start()
  await store.queues.change([{ kept: kept(1) }])
  await expect(store.queues.change([{ settled: 1 }, { kept: kept(2) }, { kept: kept(2) }])).rejects.toThrow(
    'UNIQUE',
  )
  expect((await store.queues.load(0)).map(({ key }) => key)).toEqual([1])
  await store.queues.stop()
})
