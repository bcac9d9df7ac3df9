import { describe, expect, test } from 'vitest'
import { deferred } from '../../test/kit.js'
import { listen } from '../../test/websocket-kit.js'
import type { Site } from '../../test/websocket-kit.js'
import { DISCONNECTS } from '../errors.js'
import { messageMap } from '../messaging/message-map.js'
import { allow } from '../messaging/permissions.js'

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
