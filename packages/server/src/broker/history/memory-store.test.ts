import { StompHeaders } from '@stomping-ground/codec'
import { describe, expect, test } from 'vitest'
import { historyStoreContract } from '../../testing/history-store-contract.js'
import { memoryStore } from './memory-store.js'
import { REMEMBERED_IDS } from './store.js'

historyStoreContract({ describe, test }, () => memoryStore())

const entry = (length: number, id?: string) => ({
  destination: '/topic/a',
  headers: new StompHeaders(),
  body: new Uint8Array(length),
  time: 0,
  id,
})

test('takes as many bytes as it may hold, and no more until something is trimmed', async () => {
  const store = memoryStore({ bytes: 328 })
  await store.append([entry(100), entry(100)])
  expect(() => store.append([entry(0)])).toThrow('The memory store holds as much as it may hold.')
  expect(() => store.check()).toThrow('as much as it may hold')
  await store.trim([{ destination: '/topic/a', count: 1, since: 0 }])
  await store.check()
  expect(await store.append([entry(100)])).toEqual([{ offset: 3, repeated: false }])
})

test('remembers as many ids as it has to', async () => {
  const store = memoryStore()
  await store.append(Array.from({ length: REMEMBERED_IDS + 1 }, (_, i) => entry(0, String(i))))
  expect(await store.append([entry(0, '1'), entry(0, '0')])).toMatchObject([
    { repeated: true },
    { repeated: false },
  ])
})

test('does not take a room that is none', () => {
  for (const bytes of [0, -1, 1.5, Number.NaN]) expect(() => memoryStore({ bytes })).toThrow(RangeError)
})
