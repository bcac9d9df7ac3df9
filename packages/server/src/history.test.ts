import { describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { heard, serve } from '../test/kit.js'
import type { TestServer } from '../test/kit.js'
import { SlowStore } from '../test/slow-store.js'
import { memoryStore } from './broker/history/memory-store.js'
import type { HistoryStore } from './broker/history/store.js'
import { destination, unretained } from './contract.js'
import { messageMap } from './messaging/message-map.js'
import { allow } from './messaging/permissions.js'
import type { StompServerOptions } from './options.js'
import type { StompUser } from './stomp-session.js'
import { turn } from './testing/manual-clock.js'

const TOPIC = '/topic/room/1'
const HEADERS = ['x-stream-offset', 'x-stream-recovered', 'x-stream-last'] as const

function withHistory(options: StompServerOptions = {}, count = 100): TestServer<StompUser> {
  const server = serve({
    history: { store: memoryStore(), retain: [{ destination: '/topic/room/{id}', count }] },
    permissions: { send: [allow('/topic/**')] },
    ...options,
  })
  onTestFinished(() => server.stomp.close())
  return server
}

async function fill({ stomp }: TestServer<StompUser>, count: number): Promise<void> {
  for (let i = 1; i <= count; i++) await stomp.messaging.send(TOPIC, String(i))
}

describe('SUBSCRIBE with x-stream-offset', () => {
  test.each([
    ['first', 'true', ['1', '2', '3', '4', '5']],
    ['last', 'true', ['5']],
    ['next', 'true', []],
    ['offset=0', 'true', ['1', '2', '3', '4', '5']],
    ['offset=4', 'true', ['4', '5']],
    ['offset=6', 'true', []],
    ['offset=7', 'false', ['1', '2', '3', '4', '5']],
    ['offset=999999999999999', 'false', ['1', '2', '3', '4', '5']],
    ['last=2', 'true', ['4', '5']],
    ['last=100', 'true', ['1', '2', '3', '4', '5']],
    ['timestamp=0', 'true', ['1', '2', '3', '4', '5']],
    ['timestamp=3', 'true', ['3', '4', '5']],
    ['timestamp=3.001', 'true', ['4', '5']],
    ['timestamp=6', 'true', []],
  ])('%s is recovered: %s, and brings %j before what is live', async (asked, recovered, bodies) => {
    const server = withHistory()
    for (let i = 1; i <= 5; i++) {
      await server.clock.advance(1_000)
      await server.stomp.messaging.send(TOPIC, String(i))
    }
    const client = await server.connect()
    client.send('SUBSCRIBE', { id: '1', destination: TOPIC, 'x-stream-offset': asked, receipt: 'r' })
    await server.stomp.messaging.send(TOPIC, 'live')
    expect(await client.frames(...HEADERS)).toEqual([
      `RECEIPT x-stream-recovered=${recovered} x-stream-last=5`,
      ...bodies.map((body) => `MESSAGE x-stream-offset=${body} | ${body}`),
      'MESSAGE x-stream-offset=6 | live',
    ])
  })

  test.each([
    '',
    'offset',
    'offset=',
    'offset=-1',
    'offset=1.5',
    'offset=1e3',
    'offset=9999999999999999',
    'last=0',
    'last=-1',
    'timestamp=',
    'timestamp=-1',
    'timestamp=yesterday',
    'First',
    ' first',
    '5',
  ])('%j is refused with header-invalid', async (asked) => {
    const server = withHistory()
    const client = await server.connect()
    const answer = await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC, 'x-stream-offset': asked })
    expect([answer.command, answer.headers.get('code')]).toEqual(['ERROR', 'header-invalid'])
  })

  test('of another epoch is not recovered, and begins with what there is', async () => {
    const server = withHistory()
    await fill(server, 2)
    const { epoch } = await server.stomp.history!.page(TOPIC, { count: 1 })
    const client = await server.connect()
    const subscribe = async (id: string, offset: string, other: string): Promise<string[]> => {
      client.send('SUBSCRIBE', {
        id,
        destination: TOPIC,
        'x-stream-offset': offset,
        'x-stream-epoch': other,
        receipt: 'r',
      })
      return client.frames('x-stream-recovered', 'x-stream-epoch')
    }
    const message = (body: number): string => `MESSAGE x-stream-epoch=${epoch} | ${body}`
    const receipt = (recovered: boolean): string =>
      `RECEIPT x-stream-recovered=${recovered} x-stream-epoch=${epoch}`
    expect(await subscribe('1', 'offset=2', epoch)).toEqual([receipt(true), message(2)])
    expect(await subscribe('2', 'offset=2', 'other')).toEqual([receipt(false), message(1), message(2)])
    expect(await subscribe('3', 'offset=3', 'other')).toEqual([receipt(false), message(1), message(2)])
    expect(await subscribe('4', 'last=1', 'other')).toEqual([receipt(false), message(2)])
    expect(await subscribe('5', 'next', 'other')).toEqual([receipt(false)])
  })

  test('is told where it begins, also where nothing is replayed', async () => {
    const server = withHistory({}, 3)
    await fill(server, 5)
    const client = await server.connect()
    for (const [id, asked, first] of [
      ['1', 'offset=2', 3],
      ['2', 'last=2', 4],
      ['3', 'next', 6],
    ] as const) {
      client.send('SUBSCRIBE', { id, destination: TOPIC, 'x-stream-offset': asked, receipt: 'r' })
      expect((await client.frames('x-stream-first'))[0]).toBe(`RECEIPT x-stream-first=${first}`)
    }
  })

  test('of what is more than is kept is not recovered', async () => {
    const server = withHistory({}, 3)
    await fill(server, 5)
    const client = await server.connect()
    for (const [id, asked, recovered] of [
      ['1', 'offset=2', false],
      ['2', 'offset=3', true],
      ['3', 'timestamp=0', false],
      ['4', 'first', true],
    ] as const) {
      client.send('SUBSCRIBE', { id, destination: TOPIC, 'x-stream-offset': asked, receipt: 'r' })
      expect(await client.frames('x-stream-recovered')).toEqual([
        `RECEIPT x-stream-recovered=${recovered}`,
        'MESSAGE | 3',
        'MESSAGE | 4',
        'MESSAGE | 5',
      ])
    }
  })

  test.each(['/topic/other', '/topic/room/*'])(
    'says nothing of history at %s, which has none',
    async (topic) => {
      const server = withHistory()
      await fill(server, 1)
      const client = await server.connect()
      client.send('SUBSCRIBE', { id: '1', destination: topic, 'x-stream-offset': 'first', receipt: 'r' })
      expect(await client.frames('x-stream-recovered')).toEqual(['RECEIPT'])
    },
  )

  test('gives the same message the same id, live and replayed', async () => {
    const server = withHistory()
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    await fill(server, 2)
    const live = await client.frames('message-id')
    await client.ask('SUBSCRIBE', { id: '2', destination: TOPIC, 'x-stream-offset': 'first' })
    expect(await client.frames('message-id')).toEqual(live)
  })

  test('pauses where the connection is congested, and goes on from there', async () => {
    const server = withHistory({ limits: { outboxBytes: 10_000 } }, 10_000)
    for (let i = 1; i <= 1_000; i++) await server.stomp.messaging.send(TOPIC, String(i).padEnd(1_000))
    const client = await server.connect()
    client.writable = false
    client.send('SUBSCRIBE', { id: '1', destination: TOPIC, 'x-stream-offset': 'first' })
    const got: string[] = []
    let most = 0
    for (let more = true; more;) {
      const frames = (await client.frames()).map((one) => one.trimEnd())
      more = frames.length > 0
      most = Math.max(most, frames.length)
      got.push(...frames)
      client.drain()
      client.writable = got.length >= 900
    }
    expect(most).toBeLessThan(300)
    expect(got).toEqual(Array.from({ length: 1_000 }, (_, i) => `MESSAGE | ${i + 1}`))
  })

  test('ends with UNSUBSCRIBE, also where it is in the middle', async () => {
    const server = withHistory({}, 10_000)
    await fill(server, 2_000)
    const client = await server.connect()
    client.send('SUBSCRIBE', { id: '1', destination: TOPIC, 'x-stream-offset': 'first' })
    client.send('UNSUBSCRIBE', { id: '1', receipt: 'r' })
    const frames = await client.frames()
    expect(frames.at(-1)).toBe('RECEIPT')
    expect(frames.length).toBeLessThan(1_000)
    expect(await client.frames()).toEqual([])
  })
})

describe('acknowledgements of a retained topic', () => {
  test.each(['client', 'client-individual'])(
    '%s: prefetch-count are given, and the next ones when some are settled, however many have come',
    async (ack) => {
      const server = withHistory()
      await fill(server, 3)
      const client = await server.connect()
      const headers = { id: '1', destination: TOPIC, ack, 'prefetch-count': '2', 'x-stream-offset': 'first' }
      await client.ask('SUBSCRIBE', headers)
      const settle = async (command: 'ACK' | 'NACK'): Promise<void> => {
        const frame = (await client.next())!
        client.send(command, { id: frame.headers.get('ack')! })
      }
      await settle('ACK')
      await settle('NACK')
      await fill(server, 3)
      const got = await client.frames('x-stream-offset')
      expect(got).toEqual(['MESSAGE x-stream-offset=3 | 3', 'MESSAGE x-stream-offset=4 | 1'])
      expect(client.gone).toBe(false)
    },
  )

  test('an ACK of nothing is ack-unknown', async () => {
    const server = withHistory()
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC, ack: 'client' })
    const answer = await client.ask('ACK', { id: 'x@1' })
    expect(answer.headers.get('code')).toBe('ack-unknown')
  })

  test('whoever waits until what it has not got is trimmed ends with slow, and is not given what follows', async () => {
    const server = withHistory({}, 2)
    await fill(server, 1)
    const client = await server.connect()
    const headers = { id: '1', destination: TOPIC, ack: 'client', 'prefetch-count': '1' }
    await client.ask('SUBSCRIBE', { ...headers, 'x-stream-offset': 'first' })
    const frame = (await client.next())!
    await fill(server, 2_000)
    await server.clock.advance(10_000)
    client.send('ACK', { id: frame.headers.get('ack')! })
    expect(await client.frames()).toEqual([])
    expect(client.closeReason?.name).toBe('slow')
  })
})

describe('SEND to a retained destination', () => {
  test('has its RECEIPT, and is delivered, when the store has it; what the session sends next waits', async () => {
    const answers: (() => void)[] = []
    const store = new SlowStore((answer) => answers.push(answer))
    const server = withHistory({ history: { store, retain: [{ destination: TOPIC, count: 10 }] } })
    const [sender, other] = [await server.connect(), await server.connect()]
    await other.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    await other.ask('SUBSCRIBE', { id: '2', destination: '/topic/other' })
    sender.send('SEND', { destination: TOPIC, receipt: 'one' }, 'one')
    sender.send('SEND', { destination: '/topic/other', receipt: 'two' }, 'two')
    expect([await sender.frames(), await other.frames()]).toEqual([[], []])
    answers.shift()!()
    expect(await sender.frames('receipt-id')).toEqual(['RECEIPT receipt-id=one', 'RECEIPT receipt-id=two'])
    expect(await other.frames()).toEqual(['MESSAGE | one', 'MESSAGE | two'])
  })

  test('cannot forge its place', async () => {
    const server = withHistory()
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    client.send('SEND', { destination: TOPIC, 'x-stream-offset': '99', 'x-stream-epoch': 'mine' }, 'x')
    client.send('SEND', { destination: '/topic/other', 'x-stream-offset': '99' }, 'x')
    const { epoch } = await server.stomp.history!.page(TOPIC, { count: 1 })
    expect(await client.frames('x-stream-offset', 'x-stream-epoch')).toEqual([
      `MESSAGE x-stream-offset=1 x-stream-epoch=${epoch} | x`,
    ])
  })

  test('with an x-message-id that the destination has is stored once, and has its RECEIPT again', async () => {
    const server = withHistory()
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    for (const receipt of ['one', 'two']) {
      client.send('SEND', { destination: TOPIC, 'x-message-id': 'abc', receipt }, 'x')
    }
    expect(await client.frames('x-message-id', 'receipt-id')).toEqual([
      'MESSAGE x-message-id=abc | x',
      'RECEIPT receipt-id=one',
      'RECEIPT receipt-id=two',
    ])
    expect(server.stomp.metrics).toMatchObject({ historyMessages: 1, historyRepeated: 1 })
  })

  test('takes an x-message-id of 128 characters, and none of 129, and no empty one', async () => {
    const server = withHistory()
    for (const [length, command] of [
      [128, 'RECEIPT'],
      [129, 'ERROR'],
      [0, 'ERROR'],
    ] as const) {
      const client = await server.connect()
      const answer = await client.ask('SEND', { destination: TOPIC, 'x-message-id': 'x'.repeat(length) })
      expect(answer.command).toBe(command)
    }
  })
})

describe('a message that is not retained', () => {
  const room = destination('/topic/room/{id}', z.string())

  test('comes in its place among the others, without an offset, and is not replayed', async () => {
    const answers: (() => void)[] = []
    const store = new SlowStore((answer) => answers.push(answer))
    const server = withHistory({ history: { store, retain: [{ destination: TOPIC, count: 10 }] } })
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    const { messaging } = server.stomp
    const sent = [
      messaging.send(TOPIC, 'one'),
      messaging.send(TOPIC, 'enter', { retain: false }),
      messaging.send(unretained(room.to({ id: '1' })), 'leave'),
      messaging.send(TOPIC, 'two'),
    ]
    while (answers.length > 0) answers.shift()!()
    await Promise.all(sent.map((one) => Promise.resolve(one)))
    expect(await client.frames('x-stream-offset')).toEqual([
      'MESSAGE x-stream-offset=1 | one',
      'MESSAGE | enter',
      'MESSAGE | "leave"',
      'MESSAGE x-stream-offset=2 | two',
    ])
    client.send('SUBSCRIBE', { id: '2', destination: TOPIC, 'x-stream-offset': 'first' })
    await client.frames()
    while (answers.length > 0) answers.shift()!()
    expect(await client.frames('x-stream-offset')).toEqual([
      'MESSAGE x-stream-offset=1 | one',
      'MESSAGE x-stream-offset=2 | two',
    ])
  })

  test('is what a handler says it is', async () => {
    const maps = messageMap().message(
      '/room/{id}',
      { body: z.string(), sendTo: ({ id }) => unretained(room.to({ id })) },
      ({ body }) => body,
    )
    const server = withHistory({ messages: [maps] })
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: TOPIC })
    client.send('SEND', { destination: '/app/room/1' }, '"x"')
    expect(await client.frames('x-stream-offset')).toEqual(['MESSAGE | "x"'])
    expect((await server.stomp.history!.page(TOPIC, { count: 10 })).messages).toEqual([])
  })
})

describe('COMMIT', () => {
  test('has its RECEIPT when what it sends to retained destinations is stored, and all of it comes in order', async () => {
    const answers: (() => void)[] = []
    const store = new SlowStore((answer) => answers.push(answer))
    const server = withHistory({ history: { store, retain: [{ destination: TOPIC, count: 10 }] } })
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: '/topic/other' })
    await client.ask('SUBSCRIBE', { id: '2', destination: TOPIC })
    client.send('BEGIN', { transaction: 't' })
    client.send('SEND', { destination: TOPIC, transaction: 't' }, 'one')
    client.send('SEND', { destination: '/topic/other', transaction: 't' }, 'two')
    client.send('SEND', { destination: TOPIC, transaction: 't' }, 'three')
    client.send('COMMIT', { transaction: 't', receipt: 'r' })
    expect(await client.frames()).toEqual([])
    expect(answers).toHaveLength(1)
    answers.shift()!()
    expect(await client.frames('x-stream-offset')).toEqual([
      'MESSAGE x-stream-offset=1 | one',
      'MESSAGE | two',
      'MESSAGE x-stream-offset=2 | three',
      'RECEIPT',
    ])
  })

  test('stores nothing where a part of it is refused', async () => {
    const server = withHistory()
    const client = await server.connect({ 'x-error-mode': 'keep' })
    await client.ask('SUBSCRIBE', { id: 'q', destination: '/queue/a', ack: 'client' })
    await server.stomp.messaging.send('/queue/a', 'x')
    const id = (await client.next())!.headers.get('ack')!
    client.send('BEGIN', { transaction: 't' })
    client.send('SEND', { destination: TOPIC, transaction: 't' }, 'one')
    client.send('ACK', { id, transaction: 't' })
    client.send('ACK', { id })
    client.send('COMMIT', { transaction: 't', receipt: 'r' })
    expect(await client.frames('code')).toEqual([expect.stringMatching(/^ERROR code=ack-unknown/)])
    expect((await server.stomp.history!.page(TOPIC, { count: 10 })).last).toBe(0)
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

describe('history.page', () => {
  test('reads before an offset, from one on, and the newest', async () => {
    const server = withHistory({}, 8)
    await fill(server, 10)
    const page = async (asked: { from?: number; before?: number; count: number }): Promise<number[]> =>
      (await server.stomp.history!.page(TOPIC, asked)).messages.map(({ offset }) => offset)
    expect(await page({ count: 3 })).toEqual([8, 9, 10])
    expect(await page({ count: 3, before: 8 })).toEqual([5, 6, 7])
    expect(await page({ count: 3, before: 4 })).toEqual([3])
    expect(await page({ count: 3, before: 3 })).toEqual([])
    expect(await page({ count: 3, from: 9 })).toEqual([9, 10])
    expect(await page({ count: 3, from: 1 })).toEqual([3])
    expect(await page({ count: 3, from: 11 })).toEqual([])
    expect(await server.stomp.history!.page(TOPIC, { count: 0 })).toMatchObject({ first: 3, last: 10 })
    expect(await server.stomp.history!.page('/topic/other', { count: 5 })).toMatchObject({ messages: [] })
  })

  test.each([
    { count: 1_001 },
    { count: -1 },
    { count: 1.5 },
    { count: 1, from: 1, before: 2 },
    { count: 1, from: -1 },
  ])('refuses %j', async (asked) => {
    await expect(withHistory().stomp.history!.page(TOPIC, asked)).rejects.toThrow(RangeError)
  })
})

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
