import { describe, expect, test } from 'vitest'
import { deferred, heard, serve } from '../../test/kit.js'
import { DISCONNECTS } from '../errors.js'
import { messageMap } from '../messaging/message-map.js'
import { ManualClock, turn } from '../testing/manual-clock.js'
import type { MemoryClient } from '../testing/memory-client.js'
import { Heartbeat, negotiate } from './heartbeat.js'

describe('STOMP 1.2 "Heart-beating", what is agreed', () => {
  const server = { outgoingMs: 10_000, incomingMs: 20_000 }

  test.each([
    ['0,0', 0, 0],
    ['5000,0', 0, 20_000],
    ['30000,0', 0, 30_000],
    ['0,5000', 10_000, 0],
    ['0,15000', 15_000, 0],
    ['20000,10000', 10_000, 20_000],
    ['1,1', 10_000, 20_000],
  ])('%s: the server sends every %d ms and hears every %d ms', (header, outgoingMs, incomingMs) => {
    expect(negotiate(header, server)).toEqual({ outgoingMs, incomingMs })
  })

  test('a client without the header neither sends nor gets any', () => {
    expect(negotiate(undefined, server)).toEqual({ outgoingMs: 0, incomingMs: 0 })
  })

  test('a server that wants none neither sends nor expects any', () => {
    const none = { outgoingMs: 0, incomingMs: 0 }
    expect(negotiate('5000,5000', none)).toEqual(none)
  })
})

const beats = (client: MemoryClient): number =>
  client.written.filter((bytes) => bytes.length === 1 && bytes[0] === 10).length

describe('heart-beats to the client', () => {
  const outgoing = { 'heart-beat': '0,1000' }
  const heartbeat = { outgoingMs: 1000 }

  test('are not sent before they are due, and are sent in time when nothing else is', async () => {
    const { clock, connect } = serve({ heartbeat })
    const client = await connect(outgoing)
    await clock.advance(899)
    expect(beats(client)).toBe(0)
    await clock.advance(101)
    expect(beats(client)).toBe(1)
    await clock.advance(8000)
    expect(beats(client)).toBe(10)
  })

  test('"any new data" counts: none is sent while messages are', async () => {
    const { clock, connect, stomp } = serve({ heartbeat })
    const client = await connect(outgoing)
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    for (let i = 0; i < 20; i++) {
      await clock.advance(500)
      await stomp.messaging.send('/topic/a', 'x')
      await turn()
    }
    expect(beats(client)).toBe(0)
    await clock.advance(1000)
    expect(beats(client)).toBe(1)
  })

  test('the client is never without data for longer than was agreed', async () => {
    const { clock, connect, stomp } = serve({ heartbeat })
    const client = await connect(outgoing)
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    let last = clock.now()
    let longest = 0
    let writes = client.written.length
    for (let ms = 0; ms < 20_000; ms += 10) {
      await clock.advance(10)
      if (ms % 2340 === 0) await stomp.messaging.send('/topic/a', 'x')
      await turn()
      if (client.written.length === writes) continue
      longest = Math.max(longest, clock.now() - last)
      last = clock.now()
      writes = client.written.length
    }
    expect(longest).toBeGreaterThan(800)
    expect(longest).toBeLessThanOrEqual(1000)
  })

  test('a congested client finds one that waited, however long it was away', async () => {
    const { clock, connect } = serve({ heartbeat, limits: { outboxStallMs: 5000 } })
    const client = await connect(outgoing)
    client.writable = false
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await clock.advance(4000)
    const writes = client.written.length
    client.drain()
    expect(client.written.slice(writes).map(({ length }) => length)).toEqual([1])
  })

  test('none are sent where the client wants none', async () => {
    const { clock, connect } = serve({ heartbeat })
    const client = await connect({ 'heart-beat': '0,0' })
    await clock.advance(60_000)
    expect(beats(client)).toBe(0)
  })
})

describe('heart-beats from the client', () => {
  const incoming = { 'heart-beat': '1000,0' }
  const heartbeat = { incomingMs: 1000 }

  test('a silent client is asked for a sign of life, then is dead within twice the interval', async () => {
    const { clock, connect, stomp } = serve({ heartbeat })
    const disconnected = heard(stomp, 'disconnected')
    const client = await connect(incoming)
    await clock.advance(1249)
    expect(client.probes).toBe(0)
    await clock.advance(1)
    expect(client.probes).toBe(1)
    await clock.advance(649)
    expect(client.gone).toBe(false)
    await clock.advance(101)
    expect(client.closeReason).toBe(DISCONNECTS.heartbeat)
    expect(disconnected).toMatchObject([{ reason: DISCONNECTS.heartbeat }])
  })

  test('a client that beats in time lives, and is not probed', async () => {
    const { clock, connect } = serve({ heartbeat })
    const client = await connect(incoming)
    for (let i = 0; i < 50; i++) {
      await clock.advance(1000)
      client.receive('\n')
    }
    expect(client.probes).toBe(0)
    expect(client.gone).toBe(false)
  })

  test('any bytes are a sign of life, those of half a frame too', async () => {
    const { clock, connect } = serve({ heartbeat })
    const client = await connect(incoming)
    for (const octet of 'SEND\ndestination:/topic') {
      await clock.advance(1200)
      client.receive(octet)
    }
    expect(client.gone).toBe(false)
  })

  test('a client that answers probes lives without heart-beats, as a throttled tab does', async () => {
    const { clock, connect } = serve({ heartbeat })
    const client = await connect(incoming)
    for (let i = 1; i <= 20; i++) {
      await clock.advance(1250)
      expect(client.probes).toBe(i)
      client.answerProbe()
    }
    expect(client.gone).toBe(false)
  })

  test('whenever it falls silent, a client is found dead within twice the interval', async () => {
    for (let lastSign = 0; lastSign <= 3000; lastSign += 150) {
      const { clock, connect } = serve({ heartbeat })
      const client = await connect(incoming)
      for (let ms = 0; ms < lastSign; ms += 150) {
        await clock.advance(150)
        client.receive('\n')
      }
      await clock.advance(1850)
      expect(client.gone).toBe(false)
      await clock.advance(150)
      expect(client.gone).toBe(true)
    }
  })

  test('a late event loop kills nobody: bytes that arrive in the turn of the timer save the session', async () => {
    const { clock, connect } = serve({ heartbeat })
    const client = await connect(incoming)
    await clock.advance(1250)
    // The event loop runs timers, then reads sockets: the bytes were there in time, and come right after the timer.
    const advanced = clock.advance(650)
    client.receive('\n')
    await advanced
    await clock.advance(100)
    expect(client.gone).toBe(false)
  })

  test('a session whose own handler has paused reading is not taken for dead', async () => {
    const work = deferred()
    const { clock, connect } = serve({
      heartbeat,
      limits: { inboxBytes: 10 },
      messages: [messageMap().message('/work', {}, () => work.promise)],
    })
    const client = await connect(incoming)
    client.send('SEND', { destination: '/app/work', receipt: 'r' })
    client.receive('\n'.repeat(11))
    expect(client.paused).toBe(true)
    await clock.advance(10_000)
    expect(client.gone).toBe(false)
    work.resolve()
    expect(await client.frames('receipt-id')).toEqual(['RECEIPT receipt-id=r'])
    // From now on it is heard again, and has its whole time.
    await clock.advance(1850)
    expect(client.gone).toBe(false)
    await clock.advance(150)
    expect(client.gone).toBe(true)
  })
})

describe('a heart-beat that is stopped', () => {
  test('leaves no timer, also when it is stopped between a timer and the turn that follows', async () => {
    const clock = new ManualClock()
    const silent: number[] = []
    const host = {
      reading: true,
      writtenMs: 0,
      sendHeartbeat() {},
      probe() {},
      silent: () => void silent.push(clock.now()),
    }
    const heartbeat = new Heartbeat(host, clock)
    heartbeat.start({ outgoingMs: 0, incomingMs: 1000 })
    await clock.advance(1250)
    const advanced = clock.advance(650)
    heartbeat.received()
    heartbeat.stop()
    await advanced
    expect(clock.pending).toBe(0)
    expect(silent).toEqual([])
  })
})
