import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { deferred, heard } from '../../test/kit.js'
import { listen } from '../../test/websocket-kit.js'
import type { Site } from '../../test/websocket-kit.js'
import { DISCONNECTS } from '../errors.js'
import { messageMap } from '../messaging/message-map.js'
import { allow } from '../messaging/permissions.js'
import { ManualClock } from '../testing/manual-clock.js'

const open = { permissions: { send: [allow('/topic/**')] } }
const subscribe = 'SUBSCRIBE\nid:0\ndestination:/topic/a\nreceipt:r\n\n\0'
const sendOf = (body: string): string => `SEND\ndestination:/topic/a\n\n${body}\0`

/** The end of the next session of a server. */
const ending = (stomp: Site['stomp']): Promise<unknown> =>
  new Promise((resolve) => stomp.events.on('disconnected', ({ reason }) => resolve(reason)))

describe('frames in WebSocket messages', () => {
  test.each([125, 126, 65_535, 65_536, 300_000])('one of %d bytes arrives whole', async (bytes) => {
    const { open: connect, stomp } = await listen()
    const page = await (await connect()).connect()
    await page.ask(subscribe)
    await stomp.messaging.send('/topic/a', '')
    const { bytes: empty } = await page.message()
    const withBody = (body: number): number => empty + `content-length:${body}\n`.length + body
    let body = bytes
    while (withBody(body) > bytes) body--
    await stomp.messaging.send('/topic/a', 'x'.repeat(body))
    expect(await page.message()).toMatchObject({ bytes, text: expect.stringMatching(/x\0$/) as string })
  })

  test('are text where the body is UTF-8, and binary where it is not', async () => {
    const { open: connect, stomp } = await listen()
    const page = await (await connect()).connect()
    await page.ask(subscribe)
    await stomp.messaging.send('/topic/a', '한글')
    expect(await page.message()).toMatchObject({
      binary: false,
      text: expect.stringContaining('한글') as string,
    })
    await stomp.messaging.send('/topic/a', Uint8Array.of(0xc3, 0x28))
    expect(await page.message()).toMatchObject({ binary: true })
  })

  test('may be sent as text or as binary', async () => {
    const { open: connect } = await listen(open)
    const page = await connect()
    expect(await page.ask(Buffer.from('CONNECT\naccept-version:1.2\nhost:x\n\n\0'))).toContain('CONNECTED')
    expect(await page.ask(subscribe)).toContain('RECEIPT')
    expect(await page.ask(Buffer.from(sendOf('hi')))).toMatch(/^MESSAGE[^]*hi\0$/)
  })

  test('one may come in many messages, cut anywhere', async () => {
    const { open: connect } = await listen(open)
    const page = await (await connect()).connect()
    await page.ask(subscribe)
    for (const octet of Buffer.from(sendOf('한글'))) page.send(Uint8Array.of(octet))
    expect((await page.message()).text).toMatch(/한글\0$/)
  })

  test('many may come in one message', async () => {
    const { open: connect } = await listen(open)
    const page = await (await connect()).connect()
    page.send(`${subscribe}\n\n${sendOf('a')}\n${sendOf('b')}`)
    const texts = [await page.message(), await page.message(), await page.message()].map(({ text }) => text)
    expect(texts.map((text) => text.at(-2))).toEqual(['\n', 'a', 'b'])
  })

  test('RFC 6455 section 5.4: a message may come in fragments, with a ping between them', async () => {
    const { open: connect } = await listen(open)
    const page = await (await connect()).connect()
    await page.ask(subscribe)
    const { websocket } = page
    websocket.send('SEND\ndestination:/to', { fin: false })
    websocket.ping()
    websocket.send('pic/a\n\nhi', { fin: false })
    websocket.send('\0', { fin: true })
    expect((await page.message()).text).toMatch(/hi\0$/)
  })

  test('several for one client in one tick arrive as messages of their own, in order', async () => {
    const { open: connect, stomp } = await listen()
    const page = await (await connect()).connect()
    await page.ask(subscribe)
    for (let i = 0; i < 100; i++) await stomp.messaging.send('/topic/a', `${i}`)
    for (let i = 0; i < 100; i++) expect((await page.message()).text).toMatch(new RegExp(`\n\n${i}\0$`))
  })
})

describe('frames that are too large', () => {
  const limits = { frameBytes: 2000, connectFrameBytes: 500 }

  test('get an ERROR, and then close code 1002', async () => {
    const { open: connect, stomp } = await listen({ limits })
    const page = await (await connect()).connect()
    const ended = ending(stomp)
    expect(await page.ask(sendOf('x'.repeat(2000)))).toContain('code:frame-too-large')
    expect(await page.closed).toEqual({ code: 1002, reason: 'see the ERROR frame' })
    expect(await ended).toBe(DISCONNECTS.refused)
  })

  test('in a message of more than four times the limit get close code 1009, unread', async () => {
    const { open: connect, stomp } = await listen({ limits })
    const page = await (await connect()).connect()
    const ended = ending(stomp)
    page.send('x'.repeat(8001))
    expect(await page.closed).toMatchObject({ code: 1009 })
    expect(await ended).toBe(DISCONNECTS.transport)
  })

  test('in fragments of any size do too', async () => {
    const { open: connect } = await listen({ limits })
    const page = await (await connect()).connect()
    for (let i = 0; i < 9; i++) page.websocket.send('x'.repeat(1000), { fin: false })
    expect(await page.closed).toMatchObject({ code: 1009 })
  })
})

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
    expect(stomp.sessions()).toHaveLength(1)
    page.websocket.pause()
    await clock.advance(800)
    expect(stomp.sessions()).toHaveLength(0)
    page.websocket.resume()
    expect(await page.closed).toEqual({ code: 1001, reason: 'heart-beats missing' })
  })
})

describe('the end of a connection', () => {
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
    stomp.sessions()[0]!.disconnect()
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
    stomp.sessions()[0]!.disconnect()
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

describe('a client that sends faster than its handler works', () => {
  test('is not read, then read again, and nothing is lost', async () => {
    const lengths = Array.from({ length: 50 }, (_, i) => 100 + i)
    const works = lengths.map(() => ({ begun: deferred<unknown>(), done: deferred() }))
    const next = works.values()
    const { open: connect, stomp } = await listen({
      limits: { inboxBytes: 1000 },
      messages: [
        messageMap().message('/work', {}, ({ body }) => {
          const { begun, done } = next.next().value!
          begun.resolve((body as string).length)
          return done.promise
        }),
      ],
    })
    const page = await (await connect()).connect()
    for (const length of lengths) {
      page.send(`SEND\ndestination:/app/work\nreceipt:${length}\n\n"${'x'.repeat(length)}"\0`)
    }
    for (const [i, { begun, done }] of works.entries()) {
      expect(await begun.promise).toBe(lengths[i])
      done.resolve()
      expect((await page.message()).text).toBe(`RECEIPT\nreceipt-id:${lengths[i]}\n\n\0`)
    }
    expect(stomp.metrics.inboxPauses).toBeGreaterThan(0)
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
    expect(stomp.sessions()).toHaveLength(8)
    expect((await refusal()).status).toBe(503)
    expect(rejected).toMatchObject([{ status: 503 }])
    await clock.advance(500)
    expect(await Promise.all(pages.map(({ closed }) => closed))).toEqual(
      pages.map(() => ({ code: 1012, reason: 'server restarts' })),
    )
    await drained
    expect(stomp.sessions()).toEqual([])
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
