import { describe, expect, test } from 'vitest'
import { TOPIC, fill, withHistory } from '../test/history.js'
import { heard, serve } from '../test/kit.js'
import { SlowStore } from '../test/slow-store.js'
import { memoryStore } from './broker/history/memory-store.js'
import { allow } from './messaging/permissions.js'

describe('the option history', () => {
  const store = memoryStore()

  test.each([
    [{ destination: '/queue/a', count: 1 }, 'only topics retain'],
    [{ destination: '/topic/a', count: 0 }, 'count has to be'],
    [{ destination: '/topic/a', count: 1, ageMs: 0 }, 'ageMs has to be'],
    [{ destination: '/topic/**/a', count: 1 }, '** has to be the last segment'],
  ])('refuses to retain %j', (retain, text) => {
    expect(() => serve({ history: { store, retain: [retain] } })).toThrow(text)
  })

  test.each([
    'recentMessages',
    'recentBytes',
    'waitingBytes',
    'pageMessages',
    'pageBytes',
    'trimMs',
  ] as const)('%s has to be a positive integer', (name) => {
    for (const value of [0, -1, 1.5, Number.NaN]) {
      expect(() => serve({ history: { store, retain: [], [name]: value } })).toThrow(
        new RangeError(`history.${name} has to be a positive integer, not ${value}`),
      )
    }
  })

  test('trims by count and by age in the background', async () => {
    const retain = [
      { destination: TOPIC, count: 3 },
      { destination: '/topic/old', count: 100, ageMs: 60_000 },
    ]
    const trimmed = memoryStore()
    const server = withHistory({ history: { store: trimmed, retain } })
    await server.stomp.start()
    await fill(server, 10)
    await server.stomp.messaging.send('/topic/old', 'x')
    await server.clock.advance(10_000)
    const heads = (): unknown => trimmed.heads([TOPIC, '/topic/old'])
    expect(heads()).toEqual([
      { first: 8, last: 10 },
      { first: 1, last: 1 },
    ])
    await server.clock.advance(70_000)
    expect(await trimmed.read('/topic/old', 1, { count: 1, bytes: 1 })).toEqual([])
  })
})

describe('a store that does not work', () => {
  test('makes SEND and SUBSCRIBE be refused, keeps everything else going, and is told to be back', async () => {
    const store = new SlowStore((answer) => answer())
    const server = withHistory({
      history: { store, retain: [{ destination: TOPIC, count: 10 }] },
      permissions: { send: [allow('/topic/**'), allow('/queue/**')] },
    })
    const told = heard(server.stomp, 'history')
    const client = await server.connect({ 'x-error-mode': 'keep' })
    await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    await client.ask('SUBSCRIBE', { id: '2', destination: '/topic/other' })
    store.broken = new Error('the disk is full')
    const history = { id: '3', destination: TOPIC, 'x-stream-offset': 'first' }
    for (const [command, headers] of [
      ['SEND', { destination: TOPIC }],
      ['SUBSCRIBE', history],
    ] as const) {
      const answer = await client.ask(command, headers)
      expect([answer.command, answer.headers.get('code')]).toEqual(['ERROR', 'history-unavailable'])
    }
    client.send('SEND', { destination: '/topic/other' }, 'x')
    expect(await client.frames()).toEqual(['MESSAGE | x'])
    expect(told).toEqual([{ available: false, error: store.broken }])
    expect(server.stomp.history!.available).toBe(false)
    expect(server.stomp.metrics.prometheus()).toContain('stomp_history_available 0\n')
    await server.clock.advance(1_000)
    expect(server.stomp.history!.available).toBe(false)
    store.broken = undefined
    await server.clock.advance(1_000)
    expect(server.stomp.history!.available).toBe(true)
    expect(told.at(-1)).toEqual({ available: true, error: undefined })
    expect((await client.ask('SUBSCRIBE', history)).command).toBe('RECEIPT')
    client.send('SEND', { destination: TOPIC }, 'y')
    expect(await client.frames('x-stream-offset')).toEqual([
      'MESSAGE x-stream-offset=1 | y',
      'MESSAGE x-stream-offset=1 | y',
    ])
  })

  test('is asked again for the rest of a replay', async () => {
    const store = new SlowStore((answer) => answer())
    const retain = [{ destination: TOPIC, count: 10_000 }]
    const server = withHistory({ history: { store, retain, recentMessages: 1, pageMessages: 10 } })
    await fill(server, 20)
    const client = await server.connect({ 'accept-version': '1.1' })
    const headers = { id: '1', destination: TOPIC, ack: 'client', 'prefetch-count': '10' }
    client.send('SUBSCRIBE', { ...headers, 'x-stream-offset': 'first' })
    const ids = (await client.frames('message-id')).map((one) => /message-id=(\S+)/.exec(one)![1]!)
    store.broken = new Error('gone')
    client.send('ACK', { subscription: '1', 'message-id': ids.at(-1)! })
    expect([ids.length, await client.frames()]).toEqual([10, []])
    await server.clock.advance(1_000)
    expect(await client.frames()).toEqual([])
    store.broken = undefined
    await server.clock.advance(1_000)
    expect(await client.frames()).toEqual(Array.from({ length: 10 }, (_, i) => `MESSAGE | ${i + 11}`))
  })

  test('that does not keep up takes waitingBytes, and nothing more', async () => {
    const answers: (() => void)[] = []
    const store = new SlowStore((answer) => answers.push(answer))
    const retain = [{ destination: TOPIC, count: 10 }]
    const server = withHistory({ history: { store, retain, waitingBytes: 400 } })
    const { messaging } = server.stomp
    const sent = [messaging.send(TOPIC, 'x'.repeat(100)), messaging.send(TOPIC, 'x'.repeat(50))]
    expect(() => messaging.send(TOPIC, 'x'.repeat(100))).toThrow('does not keep up')
    while (answers.length > 0) answers.shift()!()
    await Promise.all(sent.map((one) => Promise.resolve(one)))
    const more = messaging.send(TOPIC, 'x'.repeat(100))
    answers.shift()!()
    await more
  })
})
