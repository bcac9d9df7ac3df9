import { StompHeaders } from '@stomping-ground/codec'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { heard, serve } from '../../../test/kit.js'
import type { TestServer } from '../../../test/kit.js'
import { SlowStore } from '../../../test/slow-store.js'
import { destination } from '../../contract.js'
import type { StompUser } from '../../stomp-session.js'
import type { MemoryClient } from '../../testing/memory-client.js'
import { memoryStore } from './memory-store.js'
import type { HistoryStore } from './store.js'

const roomTopic = destination('/topic/room/{id}', z.object({ text: z.string() }))
const ROOM = roomTopic.to({ id: '1' })
const TOPIC = ROOM.destination

function withHistory(store: HistoryStore = memoryStore(), recentMessages = 100): TestServer<StompUser> {
  const retain = [{ destination: '/topic/room/{id}', count: 100 }]
  const server = serve({ history: { store, retain, recentMessages } })
  onTestFinished(() => server.stomp.close())
  return server
}

async function subscribed(server: TestServer<StompUser>): Promise<MemoryClient> {
  const client = await server.connect()
  client.send('SUBSCRIBE', { id: '1', destination: TOPIC, 'x-stream-offset': 'first' })
  return client
}

async function replayed(server: TestServer<StompUser>): Promise<string[]> {
  return (await subscribed(server)).frames('content-type', 'x-stream-offset', 'lang')
}

describe('history.replace', () => {
  test('gives whoever comes later the new message, from what is at hand and from pages, in its old place', async () => {
    const server = withHistory()
    const { history, messaging } = server.stomp
    const early = await server.connect()
    await early.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    for (const text of ['one', 'two', 'three']) await messaging.send(ROOM, { text })
    await early.frames()
    expect(await history!.replace(ROOM, 2, { text: 'zwei' }, { headers: { lang: 'de' } })).toBe(true)
    const type = 'content-type=application/json'
    expect(await replayed(server)).toEqual([
      `MESSAGE ${type} x-stream-offset=1 | {"text":"one"}`,
      `MESSAGE ${type} x-stream-offset=2 lang=de | {"text":"zwei"}`,
      `MESSAGE ${type} x-stream-offset=3 | {"text":"three"}`,
    ])
    const { messages } = await history!.page(TOPIC, { from: 2, count: 1 })
    expect(messages.map(({ offset, body }) => `${offset} ${Buffer.from(body).toString()}`)).toEqual([
      '2 {"text":"zwei"}',
    ])
    // Whoever has got the old one is told nothing.
    expect(await early.frames()).toEqual([])
  })

  test('keeps bytes and texts as messaging.send does, and takes no place of the server’s own', async () => {
    const server = withHistory()
    await server.stomp.messaging.send(TOPIC, 'old')
    const bytes = Uint8Array.of(104, 105)
    const headers = { 'x-stream-offset': '7', 'message-id': 'forged' }
    expect(await server.stomp.history!.replace(TOPIC, 1, bytes, { headers })).toBe(true)
    bytes.fill(0)
    expect(await replayed(server)).toEqual([
      'MESSAGE content-type=application/octet-stream x-stream-offset=1 | hi',
    ])
  })

  test('says where nothing is kept, and refuses what is no offset', async () => {
    const { history, messaging } = withHistory().stomp
    await messaging.send(TOPIC, 'x')
    expect(await history!.replace(TOPIC, 2, 'x')).toBe(false)
    expect(await history!.replace('/topic/elsewhere', 1, 'x')).toBe(false)
    for (const offset of [1.5, Number.NaN, Infinity]) {
      await expect(history!.replace(TOPIC, offset, 'x')).rejects.toThrow(RangeError)
    }
    await expect(history!.replace(TOPIC, 1, undefined)).rejects.toThrow(TypeError)
    // @ts-expect-error another shape than the destination's
    await history!.replace(ROOM, 1, { txt: '' })
  })

  test('is refused with history-unavailable where the store does not work, and says when it works again', async () => {
    const store = new SlowStore((answer) => answer())
    const { stomp } = withHistory(store)
    const told = heard(stomp, 'history')
    await stomp.messaging.send(TOPIC, 'x')
    store.broken = new Error('the disk is full')
    await expect(stomp.history!.replace(TOPIC, 1, 'y')).rejects.toMatchObject({ code: 'history-unavailable' })
    store.broken = undefined
    expect(await stomp.history!.replace(TOPIC, 1, 'y')).toBe(true)
    expect(told.map(({ available }) => available)).toEqual([false, true])
  })

  test.each([false, true])(
    'is not undone by a page that was on its way, shared with those who come later; several processes: %s',
    async (several) => {
      const answers: (() => void)[] = []
      const kept = memoryStore()
      const reading = vi.spyOn(kept, 'read')
      const store = new SlowStore((answer) => answers.push(answer), kept, several ? () => {} : undefined)
      store.readsWhenAsked = true
      const answer = async (at: number): Promise<void> => {
        answers.splice(at, 1)[0]?.()
        await new Promise(setImmediate)
      }
      const headers = new StompHeaders()
      const body = Buffer.from('old')
      const message = { destination: TOPIC, headers, body, time: 0, id: undefined }
      await kept.append([message, message, message])
      const server = withHistory(store)
      const early = await subscribed(server)
      while (reading.mock.calls.length === 0) await answer(0)
      // The page holds what there was, and has not come.
      const replacing = server.stomp.history!.replace(TOPIC, 3, 'drei')
      let replaced = false
      void replacing.then(() => (replaced = true))
      while (!replaced) await answer(1)
      const late = await subscribed(server)
      while (answers.length > 0) await answer(0)
      for (const client of [early, late]) {
        expect((await client.frames('x-stream-offset')).at(-1)).toBe('MESSAGE x-stream-offset=3 | drei')
      }
    },
  )
})
