import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { heard } from '../../test/kit.js'
import { clientFrame, listen, rawPage } from '../../test/websocket-kit.js'
import { createStompServer } from '../server.js'

describe('the subprotocol', () => {
  test.each(['v10.stomp', 'v11.stomp', 'v12.stomp'])('%s is taken', async (protocol) => {
    const { open } = await listen()
    expect((await open('/stomp', protocol)).websocket.protocol).toBe(protocol)
  })

  test.each([
    [['v10.stomp', 'v11.stomp', 'v12.stomp'], 'v12.stomp'],
    [['v10.stomp', 'v11.stomp'], 'v11.stomp'],
    [['mqtt', 'v10.stomp'], 'v10.stomp'],
  ])('of %j the newest is %s', async (protocols, expected) => {
    const { open } = await listen()
    expect((await open('/stomp', protocols)).websocket.protocol).toBe(expected)
  })

  test('a client that offers none is accepted, without one', async () => {
    const { open } = await listen()
    const page = await open()
    expect(page.websocket.protocol).toBe('')
    await page.connect()
  })

  test('RFC 6455 section 4.2.2: of unknown ones none is taken, so that the client gives up', async () => {
    const { port, stomp } = await listen()
    const { WebSocket } = await import('ws')
    const websocket = new WebSocket(`ws://127.0.0.1:${port}/stomp`, ['mqtt'])
    const [error] = (await once(websocket, 'error')) as [Error]
    expect(error.message).toBe('Server sent no subprotocol')
    expect(stomp.sessions.all()).toEqual([])
  })

  test('it does not decide the version: CONNECT does', async () => {
    const { open } = await listen()
    const page = await open('/stomp', 'v12.stomp')
    expect(await page.ask('CONNECT\naccept-version:1.1\nhost:x\n\n\0')).toContain('version:1.1\n')
  })

  test('no compression is agreed on, so that frames can be shared', async () => {
    const { open } = await listen()
    expect((await open('/stomp', [], { perMessageDeflate: true })).websocket.extensions).toBe('')
  })
})

describe('the origin', () => {
  const from = (origin: string, host?: string) =>
    host === undefined ? { origin } : { origin, headers: { host } }

  test('absent, as from programs that are no browsers, is accepted', async () => {
    const { open } = await listen()
    await expect(open()).resolves.toBeDefined()
  })

  test('of the server’s own address is accepted', async () => {
    const { open, port } = await listen()
    await expect(open('/stomp', [], from(`http://127.0.0.1:${port}`))).resolves.toBeDefined()
    await expect(open('/stomp', [], from('https://chat.example', 'chat.example'))).resolves.toBeDefined()
  })

  test.each([
    ['http://chat.example', 'chat.example:80'],
    ['https://chat.example', 'chat.example:443'],
    ['https://chat.example', 'CHAT.example'],
    ['http://[::1]:8080', '[::1]:8080'],
  ])('%s is the own one of the host %s', async (origin, host) => {
    const { open } = await listen()
    await expect(open('/stomp', [], from(origin, host))).resolves.toBeDefined()
  })

  test.each([
    ['http://evil.example', undefined],
    ['http://chat.example:8081', 'chat.example:8080'],
    ['https://chat.example', 'chat.example:80'],
    ['https://chat.example.evil.example', 'chat.example'],
    ['https://chat.example', 'evil.example'],
    ['null', undefined],
    ['nonsense', 'nonsense'],
  ])('%s at the host %s is refused with 403, and the rejected event tells', async (origin, host) => {
    const { refusal, stomp } = await listen()
    const rejected = heard(stomp, 'rejected')
    const text = `Pages from ${origin} may not connect.`
    expect(await refusal('/stomp', from(origin, host))).toEqual({ status: 403, text: `${text}\n` })
    expect(rejected).toEqual([{ remoteAddress: '127.0.0.1', status: 403, message: text }])
    expect(stomp.metrics.rejections.get('403')).toBe(1)
    expect(stomp.metrics.connections).toBe(0)
  })

  test('that is listed is accepted, and no other', async () => {
    const { open, refusal } = await listen({ origins: ['https://chat.example'] })
    await expect(open('/stomp', [], from('https://chat.example'))).resolves.toBeDefined()
    expect((await refusal('/stomp', from('http://chat.example'))).status).toBe(403)
    expect((await refusal('/stomp', from('https://chat.example:8443'))).status).toBe(403)
  })

  test('is whatever it likes where * is listed', async () => {
    const { open } = await listen({ origins: ['*'] })
    await expect(open('/stomp', [], from('https://evil.example'))).resolves.toBeDefined()
    await expect(open('/stomp', [], from('null'))).resolves.toBeDefined()
  })
})

describe('the path', () => {
  test.each(['/stomp', '/stomp/', '/stomp/websocket', '/stomp?token=1', '/stomp/websocket?token=1'])(
    '%s is served',
    async (path) => {
      const { open } = await listen()
      await expect((await open(path)).connect()).resolves.toBeDefined()
    },
  )

  test.each(['/', '/stomp/other', '/stomp/websocket/x', '/stompx', '/x/stomp', '/STOMP'])(
    '%s is answered with 404 where nobody else listens',
    async (path) => {
      const { refusal, stomp } = await listen()
      expect((await refusal(path)).status).toBe(404)
      expect(stomp.metrics.connections).toBe(0)
    },
  )

  test.each(['/', '/websocket'])('%s is served where the path is /', async (path) => {
    const { open } = await listen({}, '/')
    await expect((await open(path)).connect()).resolves.toBeDefined()
  })

  test('may be given with a slash at its end', async () => {
    const { open } = await listen({}, '/stomp/')
    await expect((await open('/stomp')).connect()).resolves.toBeDefined()
  })

  test('has to begin with a slash', async () => {
    const { http } = await listen()
    expect(() => createStompServer().attach(http, { path: 'stomp' })).toThrow(TypeError)
  })

  test('elsewhere, upgrades are left to those who listen for them', async () => {
    const { http, port, open } = await listen()
    http.on('upgrade', (incoming: IncomingMessage, socket) => {
      if (incoming.url === '/mine') socket.end('HTTP/1.1 418 Mine\r\nConnection: close\r\n\r\n')
    })
    const asked = request({ port, path: '/mine', headers: { connection: 'Upgrade', upgrade: 'mine' } })
    asked.end()
    const [response] = (await once(asked, 'response')) as [IncomingMessage]
    response.resume()
    expect(response.statusCode).toBe(418)
    await (await open()).connect()
  })

  test('two servers may share one HTTP server, each at its own path', async () => {
    const { http, open, refusal, stomp } = await listen()
    const other = createStompServer()
    other.attach(http, { path: '/other' })
    await (await open('/other')).connect()
    await (await open('/stomp')).connect()
    expect(stomp.sessions.all()).toHaveLength(1)
    expect(other.sessions.all()).toHaveLength(1)
    expect((await refusal('/elsewhere')).status).toBe(404)
    await other.close()
  })
})

describe('the answer', () => {
  test('RFC 6455 section 1.3: proves that the key was understood', async () => {
    const { port } = await listen()
    const { answer } = await rawPage(port, { 'Sec-WebSocket-Protocol': 'v10.stomp, v12.stomp' })
    expect(answer).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: v12.stomp\r\n\r\n',
    )
  })

  test('what a client sends behind its request, before the answer, is read', async () => {
    const { port } = await listen()
    const connect = 'CONNECT\naccept-version:1.2\nhost:x\n\n\0'
    const page = await rawPage(port, {}, { behind: clientFrame(1, connect) })
    expect((await page.read(20)).toString('latin1')).toContain('CONNECTED')
  })

  test('the version 8 of the drafts has the same frames, and another header for the origin', async () => {
    const { port } = await listen()
    const drafted = { 'Sec-WebSocket-Version': '8' }
    expect((await rawPage(port, drafted)).answer).toContain(' 101 ')
    const foreign = { ...drafted, 'Sec-WebSocket-Origin': 'http://evil.example' }
    expect((await rawPage(port, foreign)).answer).toContain(' 403 ')
    expect((await rawPage(port, { ...foreign, 'Sec-WebSocket-Version': '13' })).answer).toContain(' 101 ')
  })
})

describe('a handshake that is none', () => {
  test.each<[string, number, Record<string, string>]>([
    ['without a key', 400, { 'Sec-WebSocket-Key': '' }],
    ['with a key that is too short', 400, { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZQ==' }],
    ['for something else', 400, { Upgrade: 'h2c' }],
    ['of version 7', 426, { 'Sec-WebSocket-Version': '7' }],
  ])('%s is refused with %d', async (_, status, headers) => {
    const { port, stomp } = await listen()
    const { answer } = await rawPage(port, headers)
    expect(answer).toContain(`HTTP/1.1 ${status} `)
    // RFC 6455 section 4.2.2: says which versions there are
    expect(answer.includes('\r\nSec-WebSocket-Version: 13, 8\r\n')).toBe(status === 426)
    expect(stomp.metrics.connections).toBe(0)
  })

  test('by another method than GET is refused with 405', async () => {
    const { port } = await listen()
    expect((await rawPage(port, { 'Content-Length': '0' }, { method: 'POST' })).answer).toContain(' 405 ')
  })
})
