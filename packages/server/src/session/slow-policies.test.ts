import { describe, expect, test } from 'vitest'
import { heard, serve } from '../../test/kit.js'
import type { TestServer } from '../../test/kit.js'
import { DISCONNECTS } from '../errors.js'
import type { SlowConsumerRule } from './slow-consumers.js'
import type { StompUser } from '../stomp-session.js'
import { turn } from '../testing/manual-clock.js'
import type { MemoryClient } from '../testing/memory-client.js'

const slowConsumers: SlowConsumerRule[] = [
  { destination: '/topic/ticks/**', policy: 'keep-latest', key: 'symbol', ms: 60_000 },
  { destination: '/topic/log', policy: 'drop-oldest', bytes: 500 },
]
const limits = { outboxBytes: 2000, outboxStallMs: 5000, outboxStandstillMs: 50_000 }

interface Site extends TestServer<StompUser> {
  readonly slow: MemoryClient
  readonly tick: (symbol: string, price: number) => Promise<void>
  readonly say: (destination: string, body: string) => Promise<void>
}

/** A client that has subscribed to these and has just stopped reading. */
async function stopped(...destinations: string[]): Promise<Site> {
  const server = serve({ slowConsumers, limits })
  const slow = await server.connect()
  for (const destination of destinations) await slow.ask('SUBSCRIBE', { id: destination, destination })
  await slow.ask('SUBSCRIBE', { id: 'stop', destination: '/topic/stop' })
  const say = async (destination: string, body: string): Promise<void> =>
    server.stomp.messaging.send(destination, body)
  slow.writable = false
  await say('/topic/stop', 'written already')
  await turn()
  await slow.frames()
  return {
    ...server,
    slow,
    say,
    tick: async (symbol, price) =>
      server.stomp.messaging.send('/topic/ticks/kr', String(price), { headers: { symbol } }),
  }
}

describe('a slow reader of a destination that keeps the latest', () => {
  test('gets the newest of each key and no backlog, and everything again once it has caught up', async () => {
    const { slow, tick, stomp } = await stopped('/topic/ticks/**')
    for (let price = 1; price <= 1000; price++) await tick(['A', 'B', 'C'][price % 3]!, price)
    slow.drain()
    expect(await slow.frames('symbol')).toEqual([
      'MESSAGE symbol=B | 1000',
      'MESSAGE symbol=C | 998',
      'MESSAGE symbol=A | 999',
    ])
    for (const price of [1, 2]) await tick('A', price)
    expect(await slow.frames('symbol')).toEqual(['MESSAGE symbol=A | 1', 'MESSAGE symbol=A | 2'])
    expect(slow.gone).toBe(false)
    expect(stomp.metrics.slowDrops).toEqual(new Map([['/topic/ticks/**', 997]]))
  })

  test('gets its receipts and other messages in their order', async () => {
    const { slow, tick, say } = await stopped('/topic/ticks/**', '/topic/other')
    await tick('A', 1)
    await say('/topic/other', 'one')
    slow.send('SUBSCRIBE', { id: 'x', destination: '/topic/x', receipt: 'r' })
    await tick('B', 1)
    await say('/topic/other', 'two')
    await tick('A', 2)
    slow.drain()
    expect(await slow.frames('symbol', 'receipt-id')).toEqual([
      'MESSAGE symbol=A | 2',
      'MESSAGE | one',
      'RECEIPT receipt-id=r',
      'MESSAGE symbol=B | 1',
      'MESSAGE | two',
    ])
  })

  test('that subscribes again gets no message before the receipt for that', async () => {
    const { slow, tick } = await stopped('/topic/ticks/kr')
    await tick('A', 1)
    slow.send('UNSUBSCRIBE', { id: '/topic/ticks/kr', receipt: 'gone' })
    slow.send('SUBSCRIBE', { id: '/topic/ticks/kr', destination: '/topic/ticks/kr', receipt: 'again' })
    await tick('A', 2)
    slow.drain()
    expect(await slow.frames('receipt-id')).toEqual([
      'RECEIPT receipt-id=gone',
      'RECEIPT receipt-id=again',
      'MESSAGE | 2',
    ])
  })

  test('loses nothing that it has to acknowledge: then it is disconnected as others are', async () => {
    const server = serve({ slowConsumers, limits })
    const slow = await server.connect()
    await slow.ask('SUBSCRIBE', { id: '0', destination: '/topic/log', ack: 'client-individual' })
    slow.writable = false
    await server.stomp.messaging.send('/topic/log', 'written already')
    await turn()
    for (let i = 0; i < 8; i++) await server.stomp.messaging.send('/topic/log', 'x'.repeat(100))
    expect(slow.closeReason).toBeUndefined()
    for (let i = 0; i < 8; i++) await server.stomp.messaging.send('/topic/log', 'x'.repeat(100))
    expect(slow.closeReason).toBe(DISCONNECTS.slow)
    expect(server.stomp.metrics.slowDrops.size).toBe(0)
  })

  test('may read nothing for outboxStandstillMs, though the server’s patience is outboxStallMs', async () => {
    const { slow, tick, clock } = await stopped('/topic/ticks/kr')
    for (let seconds = 0; seconds < 49; seconds++) {
      await tick('A', seconds)
      await clock.advance(1000)
    }
    expect(slow.closeReason).toBeUndefined()
    await clock.advance(1000)
    expect(slow.closeReason).toBe(DISCONNECTS.slow)
  })

  test('is disconnected after outboxStallMs where a message waits that must not be lost', async () => {
    const { slow, tick, say, clock } = await stopped('/topic/ticks/kr', '/topic/other')
    await tick('A', 1)
    await clock.advance(20_000)
    await say('/topic/other', 'one')
    await clock.advance(4999)
    expect(slow.closeReason).toBeUndefined()
    await clock.advance(1)
    expect(slow.closeReason).toBe(DISCONNECTS.slow)
  })

  test('does not get what has waited longer than the rule lets it', async () => {
    const server = serve({
      slowConsumers: [{ destination: '/topic/**', policy: 'keep-latest', key: 'symbol', ms: 1000 }],
      limits,
    })
    const slow = await server.connect()
    await slow.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    slow.writable = false
    const send = async (symbol: string): Promise<void> =>
      server.stomp.messaging.send('/topic/a', symbol, { headers: { symbol } })
    await send('written')
    await turn()
    await send('A')
    await server.clock.advance(1)
    await send('B')
    await server.clock.advance(1000)
    slow.drain()
    expect(await slow.frames()).toEqual(['MESSAGE | written', 'MESSAGE | B'])
  })
})

describe('a slow reader of a destination that drops the oldest', () => {
  test('gets the newest messages, as many as fit, in order', async () => {
    const { slow, say } = await stopped('/topic/log')
    for (let i = 0; i < 50; i++) await say('/topic/log', `${i}`)
    slow.drain()
    const got = (await slow.frames()).map((line) => Number(line.split('| ')[1]))
    expect(got.length).toBeGreaterThan(1)
    expect(got).toEqual(Array.from({ length: got.length }, (_, i) => 50 - got.length + i))
  })

  test('keeps its session, and others get every message', async () => {
    const { slow, say, connect, stomp } = await stopped('/topic/log')
    const fast = await connect()
    await fast.ask('SUBSCRIBE', { id: '0', destination: '/topic/log' })
    for (let i = 0; i < 500; i++) await say('/topic/log', `${i}`)
    expect((await fast.frames()).map((line) => line.split('| ')[1])).toEqual(
      Array.from({ length: 500 }, (_, i) => `${i}`),
    )
    expect(slow.gone).toBe(false)
    expect(stomp.metrics.waitingBytes).toBeGreaterThan(0)
    expect(stomp.metrics.waitingBytes).toBeLessThanOrEqual(500)
    slow.drain()
    expect(stomp.metrics.waitingBytes).toBe(0)
  })
})

describe('of slow readers the event tells', () => {
  test('once a second what was dropped meanwhile, for each session and rule', async () => {
    const { slow, tick, say, stomp, clock } = await stopped('/topic/ticks/kr', '/topic/log')
    const events = heard(stomp, 'slow')
    for (let i = 0; i < 10; i++) await tick('A', i)
    await clock.advance(999)
    expect(events).toEqual([])
    await clock.advance(1)
    const session = stomp.sessions.all()[0]
    const ofTicks = { session, destination: '/topic/ticks/**', policy: 'keep-latest' }
    expect(events.splice(0)).toEqual([{ ...ofTicks, dropped: 9 }])
    await clock.advance(3000)
    expect(events).toEqual([])
    await tick('A', 10)
    await say('/topic/log', 'x'.repeat(400))
    await say('/topic/log', 'x'.repeat(400))
    await clock.advance(1000)
    expect(events).toEqual([
      { ...ofTicks, dropped: 1 },
      { session, destination: '/topic/log', policy: 'drop-oldest', dropped: 1 },
    ])
    slow.drain()
  })

  test('before the session ends what was not told yet', async () => {
    const { slow, tick, stomp } = await stopped('/topic/ticks/kr')
    const names: string[] = []
    stomp.events.on('slow', ({ dropped }) => names.push(`slow ${dropped}`))
    stomp.events.on('disconnected', () => names.push('disconnected'))
    for (let i = 0; i < 3; i++) await tick('A', i)
    slow.cut()
    expect(names).toEqual(['slow 2', 'disconnected'])
  })

  test('also that one is disconnected, for which destination, and what it did not get', async () => {
    const { slow, say, stomp } = await stopped('/topic/other')
    const events = heard(stomp, 'slow')
    const [session] = stomp.sessions.all()
    for (let i = 0; i < 20; i++) await say('/topic/other', 'x'.repeat(400))
    expect(slow.closeReason).toBe(DISCONNECTS.slow)
    expect(events).toEqual([{ session, destination: '/topic/other', policy: 'disconnect', dropped: 3 }])
  })

  test('of one that has stood still, no destination', async () => {
    const { clock, stomp } = await stopped('/topic/other')
    const events = heard(stomp, 'slow')
    await clock.advance(5000)
    expect(events).toMatchObject([{ destination: undefined, policy: 'disconnect', dropped: 0 }])
  })
})
