import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { withHistory } from '../test/history.js'
import { SlowStore } from '../test/slow-store.js'
import { memoryStore } from './broker/history/memory-store.js'
import type { HistoryStore } from './broker/history/store.js'
import { destination } from './contract.js'
import { messageMap } from './messaging/message-map.js'
import { turn } from './testing/manual-clock.js'

describe('a snapshot that a handler makes, with the flow of a retained destination', () => {
  const room = destination('/topic/room/{id}', z.string())

  /** Snapshots are of the newest messages, read from the history. */
  function summing(store: HistoryStore, beforeAnswer: () => Promise<unknown> = async () => {}) {
    const server = withHistory({
      messages: [
        messageMap().subscribe(
          '/room/{id}',
          {
            reply: z.object({ last: z.number(), texts: z.array(z.string()) }),
            live: room,
            isIn:
              ({ last }) =>
              ({ headers }) => {
                const offset = headers.get('x-stream-offset')
                // Not retained: it is in no history, and says nothing about what follows.
                return offset === undefined ? undefined : Number(offset) <= last
              },
          },
          async ({ params }) => {
            const page = await server.stomp.history!.page(room.to(params).destination, { count: 10 })
            await beforeAnswer()
            const texts = page.messages.map(({ body }) => JSON.parse(Buffer.from(body).toString()) as string)
            return { last: page.last, texts }
          },
        ),
      ],
      history: { store, retain: [{ destination: '/topic/room/{id}', count: 100 }] },
    })
    return server
  }

  test('has no gap and no duplicate, though messages come in while it is made', async () => {
    const server = summing(memoryStore(), async () => say('3'))
    const say = async (text: string): Promise<void> => server.stomp.messaging.send(room.to({ id: '1' }), text)
    await say('1')
    await say('2')
    const client = await server.connect()
    client.send('SUBSCRIBE', { id: 's', destination: '/app/room/1', receipt: 'r' })
    await turn()
    await say('4')
    expect(await client.frames('x-stream-offset')).toEqual([
      'RECEIPT',
      'MESSAGE | {"last":2,"texts":["1","2"]}',
      'MESSAGE x-stream-offset=3 | "3"',
      'MESSAGE x-stream-offset=4 | "4"',
    ])
  })

  test('leaves out what is in it, between messages that no history keeps, where the store takes its time', async () => {
    const answers: (() => void)[] = []
    const store = new SlowStore((answer) => void answers.push(answer))
    const server = summing(store)
    const answer = async (): Promise<void> => {
      for (; answers.length > 0; await turn()) for (const one of answers.splice(0)) one()
    }
    const say = (text: string, options?: { retain: false }): void =>
      void server.stomp.messaging.send(room.to({ id: '1' }), text, options)
    say('1')
    await turn()
    await answer()
    const client = await server.connect()
    client.send('SUBSCRIBE', { id: 's', destination: '/app/room/1', receipt: 'r' })
    await turn()
    say('2')
    say('passing', { retain: false })
    say('3')
    await turn()
    await answer()
    say('4')
    await turn()
    await answer()
    const frames = await client.frames('x-stream-offset')
    expect(frames[0]).toBe('RECEIPT')
    const snapshot = JSON.parse(frames[1]!.split(' | ')[1]!) as { last: number; texts: string[] }
    const live = frames.slice(2).map((line) => line.split(' | ')[1]!.replaceAll('"', ''))
    expect(live).toContain('passing')
    expect([...snapshot.texts, ...live.filter((text) => text !== 'passing')]).toEqual(['1', '2', '3', '4'])
  })
})
