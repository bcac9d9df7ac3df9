import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { HttpClient, ask } from '../test/http.js'
import { heard } from '../test/kit.js'
import { Polling, servePolling } from '../test/polling.js'
import { newSession, until } from '../test/sockjs.js'
import { DISCONNECTS } from './errors.js'
import { createStompServer } from './server.js'
import { turn } from './testing/manual-clock.js'
import { WIRES } from './transport/sockjs/wires.js'

describe('STOMP over SockJS', () => {
  test('one frame is one string, and those of one tick come in one array', async () => {
    const { open } = await servePolling()
    const client = await (await open()).connect()
    await client.subscribe('/topic/a')
    const frame = 'SEND\ndestination:/topic/a\n\n'
    expect(await client.send(`${frame}one\0`, `${frame}두\0`)).toBe(204)
    const frames = await client.frames()
    expect(frames.map((one) => one.slice(one.indexOf('\n\n') + 2))).toEqual(['one\0', '두\0'])
  })

  test('a frame may come in any pieces, and several in one string', async () => {
    const { open } = await servePolling()
    const client = await open()
    await client.send('CONNECT\naccept-', 'version:1.2\nhost:x\n\n\0SUBSCRIBE\nid:0\ndestination:/topic/a\n')
    await client.send('receipt:r\n\n\0')
    const frames = await client.frames()
    expect(frames.map((one) => one.slice(0, one.indexOf('\n')))).toEqual(['CONNECTED', 'RECEIPT'])
  })

  test('a refusal comes before the close frame', async () => {
    const { open, stomp } = await servePolling()
    const client = await (await open()).connect()
    await client.send('SEND\ndestination:/nowhere\n\n\0')
    expect(await client.frames()).toEqual([expect.stringMatching(/^ERROR\n/)])
    expect(await client.poll()).toBe('c[1002,"see the ERROR frame"]\n')
    await until(() => stomp.metrics.openSessions === 0)
    expect(stomp.metrics.disconnects.get('refused')).toBe(1)
  })

  test('authenticate sees the request that opened the session', async () => {
    const seen: unknown[] = []
    const { port } = await servePolling({
      authenticate: ({ request, remoteAddress }) => {
        seen.push(request?.headers.cookie, request?.url, remoteAddress)
        return { name: 'x' }
      },
    })
    const path = `/stomp${newSession()}`
    await ask(port, 'POST', `${path}/xhr`, { headers: { Cookie: 'a=b' } })
    await new Polling(port, path).connect()
    expect(seen).toEqual(['a=b', `${path}/xhr`, '127.0.0.1'])
  })

  test('a body that is no UTF-8 arrives as text, with a content-length that is its own', async () => {
    const { open, stomp } = await servePolling()
    const client = await (await open()).connect()
    await client.subscribe('/topic/a')
    const body = Buffer.from([0x61, 0xff, 0x00, 0x62])
    await stomp.messaging.send('/topic/a', body)
    const [frame] = await client.frames()
    expect(frame).toContain('\ncontent-length:6\n')
    expect(frame!.slice(frame!.indexOf('\n\n') + 2)).toBe('a\ufffd\0b\0')
  })
})

test('a message is encoded and joined once for all sessions of a transport', async () => {
  const { stomp, port } = await servePolling()
  const streams = await Promise.all(
    Array.from({ length: 3 }, async () => {
      const path = `/stomp${newSession()}`
      const stream = await HttpClient.open(port)
      await stream.request('POST', `${path}/xhr_streaming`)
      for (let i = 0; i < 2; i++) await stream.chunk()
      const client = new Polling(port, path)
      await client.send('CONNECT\naccept-version:1.2\nhost:x\nheart-beat:0,0\n\n\0')
      await client.send('SUBSCRIBE\nid:0\ndestination:/topic/a\n\n\0')
      await stream.chunk()
      return stream
    }),
  )
  const element = vi.spyOn(WIRES.xhr_streaming, 'element')
  const batch = vi.spyOn(WIRES.xhr_streaming, 'batch')
  onTestFinished(() => void vi.restoreAllMocks())
  await stomp.messaging.send('/topic/a', 'one')
  await stomp.messaging.send('/topic/a', 'two')
  for (const stream of streams)
    expect(await stream.chunk()).toMatch(/^a\["MESSAGE.*one.*","MESSAGE.*two.*"\]\n$/)
  expect({ elements: element.mock.calls.length, batches: batch.mock.calls.length }).toEqual({
    elements: 2,
    batches: 1,
  })
})

describe('heart-beats over SockJS', () => {
  test('those of STOMP, where they are agreed, stand in for those of SockJS', async () => {
    const { open, clock, request } = await servePolling()
    const client = await (await open()).connect('heart-beat:60000,60000\n')
    const poll = client.poll()
    await request()
    // Had SockJS sent its own after 25 s, the poll would have been answered with that.
    await clock.advance(54_000)
    expect(await poll).toBe('a["\\n"]\n')
  })

  test('those of SockJS go on where STOMP has agreed on none', async () => {
    const { open, clock, request } = await servePolling()
    const client = await (await open()).connect('heart-beat:0,0\n')
    const poll = client.poll()
    await request()
    await clock.advance(25_000)
    expect(await poll).toBe('h\n')
  })

  test('a request that receives is a sign of life of its client', async () => {
    const { open, clock, stomp, request } = await servePolling()
    const closed = heard(stomp, 'disconnected')
    const client = await (await open()).connect('heart-beat:10000,10000\n')
    for (let i = 0; i < 5; i++) {
      const poll = client.poll()
      await request()
      await clock.advance(9000)
      expect(await poll).toBe('a["\\n"]\n')
    }
    expect(closed).toEqual([])
  })
})

describe('a session between two polls', () => {
  test('is congested and keeps what comes in its outbox', async () => {
    const { open, stomp } = await servePolling()
    const client = await (await open()).connect('heart-beat:0,0\n')
    await client.subscribe('/topic/a')
    for (const body of ['1', '2', '3']) {
      await stomp.messaging.send('/topic/a', body)
      await turn()
    }
    const frames = await client.frames()
    expect(frames.map((one) => one.at(-2))).toEqual(['1', '2', '3'])
  })

  test('that lasts too long is lost, not too slow', async () => {
    const { open, stomp, clock } = await servePolling()
    const closed = heard(stomp, 'disconnected')
    const client = await (await open()).connect('heart-beat:0,0\n')
    await client.subscribe('/topic/a')
    await stomp.messaging.send('/topic/a', 'x')
    // Of the outbox, and of the disconnect delay.
    await until(() => clock.pending === 2)
    await clock.advance(5000)
    expect(closed.map(({ reason }) => reason)).toEqual([DISCONNECTS.lost])
  })

  test('is not too slow however often it polls', async () => {
    const { open, stomp, clock } = await servePolling()
    const closed = heard(stomp, 'disconnected')
    const client = await (await open()).connect('heart-beat:0,0\n')
    await client.subscribe('/topic/a')
    for (let i = 0; i < 10; i++) {
      await stomp.messaging.send('/topic/a', String(i))
      await until(() => clock.pending === 2)
      await clock.advance(4000)
      expect((await client.frames()).length).toBe(1)
    }
    expect(closed).toEqual([])
  })

  test('is closed as too slow when its outbox is full', async () => {
    const { open, stomp } = await servePolling({ limits: { outboxBytes: 1000 } })
    const closed = heard(stomp, 'disconnected')
    const client = await (await open()).connect('heart-beat:0,0\n')
    await client.subscribe('/topic/a')
    for (let i = 0; i < 20; i++) {
      await stomp.messaging.send('/topic/a', 'x'.repeat(100))
      await turn()
    }
    expect(await client.poll()).toMatch(/^a\["MESSAGE/)
    expect(await client.poll()).toBe('c[1013,"reading too slowly"]\n')
    await until(() => closed.length > 0)
    expect(closed.map(({ reason }) => reason)).toEqual([DISCONNECTS.slow])
  })

  test('may not be allowed to last as long as a connection may be congested', async () => {
    await expect(
      servePolling({ limits: { outboxStallMs: 5000 } }, { disconnectDelayMs: 5000 }),
    ).rejects.toThrow('sockjs.disconnectDelayMs has to be shorter than limits.outboxStallMs, which is 5000')
  })
})

describe('closing the server', () => {
  test('tells a client that polls, and one that is between two polls', async () => {
    const { open, stomp, request } = await servePolling()
    const waiting = await (await open()).connect('heart-beat:0,0\n')
    const between = await (await open()).connect('heart-beat:0,0\n')
    const poll = waiting.poll()
    await request()
    let closed = false
    const closing = stomp.close().then(() => (closed = true))
    expect(await poll).toBe('c[1012,"server restarts"]\n')
    expect(closed).toBe(false)
    expect(await between.poll()).toBe('c[1012,"server restarts"]\n')
    await closing
  })

  test('refuses new sessions while it drains', async () => {
    const { open, stomp, port, clock } = await servePolling()
    await (await open()).connect('heart-beat:0,0\n')
    const rejected = heard(stomp, 'rejected')
    const drained = stomp.drain({ withinMs: 4000 })
    const answer = await ask(port, 'POST', `/stomp${newSession()}/xhr`)
    expect(answer.status).toBe(503)
    expect(rejected.map(({ status }) => status)).toEqual([503])
    await clock.advance(4000)
    await drained
  })

  test('leaves the path to others when it is done', async () => {
    const { stomp, port, http } = await servePolling()
    await stomp.close()
    http.on('request', (_, response) => response.writeHead(200, { 'Content-Length': 3 }).end('app'))
    expect((await ask(port, 'GET', '/stomp')).body).toBe('app')
  })
})

describe('the options of SockJS', () => {
  test.each([
    [{ heartbeatMs: -1 }, 'sockjs.heartbeatMs'],
    [{ disconnectDelayMs: 0 }, 'sockjs.disconnectDelayMs'],
    [{ streamBytes: 1.5 }, 'sockjs.streamBytes'],
    [{ cacheBytes: Number.NaN }, 'sockjs.cacheBytes'],
    [{ clientLibraryUrl: 'sockjs.js' }, 'sockjs.clientLibraryUrl'],
    [{ clientLibraryUrl: 'https://x/"></script>' }, 'sockjs.clientLibraryUrl'],
  ])('%o is refused', (sockjs, name) => {
    expect(() => createStompServer().endpoint({ path: '/', sockjs })).toThrow(name)
  })

  test('left out, there is no SockJS', async () => {
    const { port } = await servePolling({}, false)
    expect((await ask(port, 'GET', '/stomp/info')).status).toBe(404)
  })
})
