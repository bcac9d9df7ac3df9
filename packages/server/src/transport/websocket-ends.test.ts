import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { deferred, heard } from '../../test/kit.js'
import { clientFrame, listen, rawPage } from '../../test/websocket-kit.js'
import type { Site } from '../../test/websocket-kit.js'
import { DISCONNECTS } from '../errors.js'
import { messageMap } from '../messaging/message-map.js'
import { ManualClock } from '../testing/manual-clock.js'

const subscribe = 'SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:r\n\n\0'

const PING_BYTES = 125

/** All that a client has written has been read by the server. */
async function settled(server: Duplex, client: Socket): Promise<void> {
  while ((server as Socket).bytesRead < client.bytesWritten)
    await new Promise((resolve) => setImmediate(resolve))
}

/** The end of the next session of a server. */
const ending = (stomp: Site['stomp']): Promise<unknown> =>
  new Promise((resolve) => stomp.events.on('disconnected', ({ reason }) => resolve(reason)))

describe('signs of life', () => {
  test('a ping is answered', async () => {
    const { open: connect } = await listen()
    const page = await connect()
    const pong = once(page.websocket, 'pong')
    page.websocket.ping('are you there')
    const [payload] = (await pong) as [Buffer]
    expect(payload.toString()).toBe('are you there')
  })

  test('a silent client is pinged, and its pong alone keeps the session', async () => {
    const clock = new ManualClock()
    const { open: connect, http, stomp } = await listen({ clock, heartbeat: { incomingMs: 1000 } })
    const connection = once(http, 'connection')
    const page = await (await connect()).connect('heart-beat:1000,0')
    const [socket] = (await connection) as [Duplex]
    const pong = once(socket, 'data')
    await clock.advance(1250)
    await pong
    await clock.advance(1200)
    expect(stomp.sessions.all()).toHaveLength(1)
    page.websocket.pause()
    await clock.advance(800)
    expect(stomp.sessions.all()).toHaveLength(0)
    page.websocket.resume()
    expect(await page.closed).toEqual({ code: 1001, reason: 'heart-beats missing' })
  })
})

describe('pings of a client that does not read', () => {
  test('do not pile up: the newest is answered when it reads again', async () => {
    const { port, http } = await listen()
    const connection = once(http, 'connection')
    const page = await rawPage(port)
    const [server] = (await connection) as [Duplex]
    const most = Math.floor(8_000_000 / PING_BYTES)
    const sent = new Promise<void>((resolve) =>
      server.on('data', () => server.writableNeedDrain && resolve()),
    )
    const ping = clientFrame(0x9, 'x'.repeat(PING_BYTES))
    for (let i = 0; i < most; i++) page.socket.write(ping)
    await sent
    const last = `last${'y'.repeat(PING_BYTES - 4)}`
    page.frame(0x9, last)
    await settled(server, page.socket)
    expect(server.writableLength).toBeLessThan(200_000)
    let pongs = 0
    for (;;) {
      const pong = await page.read(2 + PING_BYTES)
      expect(pong[0]).toBe(0x8a)
      pongs++
      if (pong.includes('last')) break
    }
    expect(pongs).toBeLessThan(most)
  })
})

describe('the end of a connection', () => {
  test('is cut after closeMs where the client says goodbye and stays', async () => {
    const clock = new ManualClock()
    const { port, stomp, http } = await listen({ clock, limits: { closeMs: 1000 } })
    const connection = once(http, 'connection')
    const page = await rawPage(port)
    const [server] = (await connection) as [Duplex]
    page.frame(0x1, 'CONNECT\naccept-version:1.2\nhost:x\n\n\0')
    await page.read(20)
    const ended = ending(stomp)
    page.frame(0x8, Uint8Array.of(0x0b, 0xb8))
    await once(server, 'finish')
    await clock.advance(999)
    expect(server.destroyed).toBe(false)
    await clock.advance(1)
    expect(await ended).toBe(DISCONNECTS.lost)
  })

  test('by the end of its stream alone is lost', async () => {
    const { port, stomp } = await listen()
    const page = await rawPage(port)
    page.frame(0x1, 'CONNECT\naccept-version:1.2\nhost:x\n\n\0')
    await page.read(20)
    const ended = ending(stomp)
    page.socket.end()
    expect(await ended).toBe(DISCONNECTS.lost)
  })

  test('RFC 6455 section 5.5.1: the status of a goodbye is sent back, and nothing where it has none', async () => {
    const { port } = await listen()
    const named = await rawPage(port)
    named.frame(0x8, Buffer.concat([Uint8Array.of(0x0b, 0xb8), Buffer.from('why')]))
    expect(await named.read(4)).toEqual(Buffer.from('88020bb8', 'hex'))
    const unnamed = await rawPage(port)
    unnamed.frame(0x8, '')
    expect(await unnamed.read(2)).toEqual(Buffer.from('8800', 'hex'))
  })

  test('that is cut ends the session, for the reason lost', async () => {
    const { open: connect, stomp } = await listen()
    const page = await (await connect()).connect()
    const ended = ending(stomp)
    page.websocket.terminate()
    expect(await ended).toBe(DISCONNECTS.lost)
  })

  test('by a close frame without DISCONNECT is lost too', async () => {
    const { open: connect, stomp } = await listen()
    const page = await (await connect()).connect()
    const ended = ending(stomp)
    page.websocket.close(1001)
    expect(await ended).toBe(DISCONNECTS.lost)
    expect(await page.closed).toMatchObject({ code: 1001 })
  })

  test('by DISCONNECT comes with the RECEIPT before it, and with 1000', async () => {
    const { open: connect, stomp } = await listen()
    const page = await (await connect()).connect()
    const ended = ending(stomp)
    expect(await page.ask('DISCONNECT\nreceipt:bye\n\n\0')).toBe('RECEIPT\nreceipt-id:bye\n\n\0')
    expect(await page.closed).toEqual({ code: 1000, reason: 'goodbye' })
    expect(await ended).toBe(DISCONNECTS.client)
  })

  test('by bytes that are no WebSocket frame is of the transport', async () => {
    const { open: connect, stomp } = await listen()
    const page = await (await connect()).connect()
    const ended = ending(stomp)
    ;(page.websocket as unknown as { _socket: Duplex })._socket.write(Buffer.from('ffff', 'hex'))
    expect(await ended).toBe(DISCONNECTS.transport)
    expect(await page.closed).toMatchObject({ code: 1002 })
  })

  test('that the client does not answer is cut after closeMs', async () => {
    const clock = new ManualClock()
    const { open: connect, stomp } = await listen({ clock, limits: { closeMs: 1000 } })
    const page = await (await connect()).connect()
    page.websocket.pause()
    const ended = ending(stomp)
    stomp.sessions.all()[0]!.disconnect()
    await clock.advance(1000)
    expect(await ended).toBe(DISCONNECTS.application)
    page.websocket.terminate()
  })

  test('that is not read, since its handler is at work, ends as any other', async () => {
    const begun = deferred()
    const { open: connect, stomp } = await listen({
      clock: new ManualClock(),
      limits: { inboxBytes: 10 },
      messages: [
        messageMap().message('/work', {}, () => {
          begun.resolve()
          return new Promise<void>(() => {})
        }),
      ],
    })
    const page = await (await connect()).connect()
    const ended = ending(stomp)
    page.send(`SEND\ndestination:/app/work\n\n\0${'\n'.repeat(11)}`)
    await begun.promise
    expect(stomp.metrics.inboxPauses).toBe(1)
    stomp.sessions.all()[0]!.disconnect()
    expect(await page.closed).toEqual({ code: 1008, reason: 'ended by the application' })
    expect(await ended).toBe(DISCONNECTS.application)
  })

  test('of a client that never sends CONNECT comes with an ERROR after connectMs', async () => {
    const clock = new ManualClock()
    const { open: connect } = await listen({ clock, limits: { connectMs: 1000 } })
    const page = await connect()
    await clock.advance(1000)
    expect((await page.message()).text).toContain('code:connect-timeout')
    expect(await page.closed).toMatchObject({ code: 1002 })
  })
})

describe('while the server drains', () => {
  test('every session is closed with 1012 in batches, none is opened, and it ends when all are gone', async () => {
    const clock = new ManualClock()
    const { open: connect, refusal, stomp } = await listen({ clock })
    const rejected = heard(stomp, 'rejected')
    const pages = await Promise.all(Array.from({ length: 10 }, async () => (await connect()).connect()))
    const drained = stomp.drain({ withinMs: 1000 })
    await clock.advance(0)
    expect(stomp.sessions.all()).toHaveLength(8)
    expect((await refusal()).status).toBe(503)
    expect(rejected).toMatchObject([{ status: 503 }])
    await clock.advance(500)
    expect(await Promise.all(pages.map(({ closed }) => closed))).toEqual(
      pages.map(() => ({ code: 1012, reason: 'server restarts' })),
    )
    await drained
    expect(stomp.sessions.all()).toEqual([])
  })

  test('what was sent before arrives before the close', async () => {
    const { open: connect, stomp } = await listen()
    const page = await (await connect()).connect()
    await page.ask(subscribe)
    await stomp.messaging.send('/topic/a', 'last')
    const closed = stomp.close()
    expect((await page.message()).text).toMatch(/last\0$/)
    expect(await page.closed).toMatchObject({ code: 1012 })
    await closed
  })

  test('a client that does not go is cut at the end of the time', async () => {
    const clock = new ManualClock()
    const { open: connect, stomp } = await listen({ clock, limits: { closeMs: 60_000 } })
    const page = await (await connect()).connect()
    page.websocket.pause()
    const ended = ending(stomp)
    const drained = stomp.drain({ withinMs: 1000 })
    await clock.advance(1000)
    await drained
    expect(await ended).toBe(DISCONNECTS.shutdown)
    expect(clock.now()).toBe(1000)
    page.websocket.terminate()
  })
})
