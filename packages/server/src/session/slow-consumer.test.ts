import { describe, expect, test } from 'vitest'
import { heard, serve } from '../../test/kit.js'
import { DISCONNECTS } from '../errors.js'
import { turn } from '../testing/manual-clock.js'

const limits = { outboxBytes: 1000, outboxStallMs: 5000 }
const body = 'x'.repeat(300)

/** Two subscribers, of which one has just stopped reading. */
async function setUp() {
  const server = serve({ limits })
  const disconnected = heard(server.stomp, 'disconnected')
  const slow = await server.connect()
  const fast = await server.connect()
  for (const client of [slow, fast]) await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
  slow.writable = false
  await server.stomp.messaging.send('/topic/a', 'first')
  await turn()
  expect(await slow.frames()).toEqual(['MESSAGE | first'])
  return { ...server, slow, fast, disconnected }
}

describe('a client that does not read', () => {
  test('loses nothing as long as its outbox has room', async () => {
    const { stomp, slow } = await setUp()
    await stomp.messaging.send('/topic/a', body)
    await stomp.messaging.send('/topic/a', body)
    expect(await slow.frames()).toEqual([])
    slow.drain()
    expect(await slow.frames()).toEqual([`MESSAGE | ${body}`, `MESSAGE | ${body}`])
    expect(slow.gone).toBe(false)
  })

  test('is disconnected when its outbox is full, and others get every message', async () => {
    const { stomp, slow, fast, disconnected } = await setUp()
    for (let i = 0; i < 20; i++) await stomp.messaging.send('/topic/a', body)
    await turn()
    expect(slow.closeReason).toBe(DISCONNECTS.slow)
    expect(disconnected).toMatchObject([{ reason: DISCONNECTS.slow }])
    expect(await fast.frames()).toHaveLength(21)
    expect(fast.gone).toBe(false)
  })

  test('is disconnected when it has read nothing for outboxStallMs', async () => {
    const { clock, slow, fast } = await setUp()
    await clock.advance(4999)
    expect(slow.gone).toBe(false)
    await clock.advance(1)
    expect(slow.closeReason).toBe(DISCONNECTS.slow)
    expect(fast.gone).toBe(false)
  })

  test('is disconnected also when it is answers to itself that fill its outbox', async () => {
    const { slow, fast } = await setUp()
    for (let i = 0; i < 200; i++)
      slow.send('SUBSCRIBE', { id: `s${i}`, destination: '/topic/b', receipt: `${i}` })
    await turn()
    expect(slow.closeReason).toBe(DISCONNECTS.slow)
    expect(fast.gone).toBe(false)
  })
})
