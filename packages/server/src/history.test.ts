import { describe, expect, test } from 'vitest'
import { HEADERS, TOPIC, fill, withHistory } from '../test/history.js'

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
