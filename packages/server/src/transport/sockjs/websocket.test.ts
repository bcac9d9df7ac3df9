import { once } from 'node:events'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { HttpClient } from '../../../test/http.js'
import { newSession, serveSockJs, until } from '../../../test/sockjs.js'
import { DISCONNECTS } from '../../errors.js'

/** A client whose messages can be waited for. */
class Client {
  readonly socket: WebSocket
  readonly messages: string[] = []
  close: { code: number; reason: string } | undefined

  constructor(port: number, path: string) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/sockjs${path}`)
    this.socket.on('message', (data, binary) => {
      const text = (data as Buffer).toString()
      this.messages.push(binary ? `binary ${text}` : text)
    })
    this.socket.on('close', (code, reason) => (this.close = { code, reason: String(reason) }))
    onTestFinished(() => this.socket.terminate())
  }

  async next(): Promise<string | undefined> {
    await until(() => this.messages.length > 0 || this.close !== undefined)
    return this.messages.shift()
  }
}

const websocket = (session = newSession()): string => `${session}/websocket`

const HANDSHAKE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
}

describe('sockjs-protocol "WebSocket protocols": HTTP errors', () => {
  test('a request for no upgrade is a bad one', async () => {
    const { get } = await serveSockJs()
    expect((await get('/0/0/websocket')).status).toBe(400)
  })

  test('one whose Connection header a proxy has changed too', async () => {
    const { get } = await serveSockJs()
    const headers = { Upgrade: 'WebSocket', Connection: 'close' }
    expect(await get('/0/0/websocket', { headers })).toMatchObject({
      status: 400,
      body: 'Can "Upgrade" only to "WebSocket".\n',
    })
  })

  test.each([{ Upgrade: 'WebSocket', Connection: 'Upgrade' }, {}])(
    'only GET is allowed, with headers %o',
    async (headers) => {
      const answer = await (await serveSockJs()).post('/0/0/websocket', undefined, { headers })
      expect(answer).toMatchObject({ status: 405, body: '' })
      expect(answer.headers['allow']).toBe('GET')
      expect(answer.headers).not.toHaveProperty('content-type')
    },
  )

  test('where WebSockets are off, there are none, raw ones included', async () => {
    const { get, port } = await serveSockJs({ sockjs: { websocket: false } })
    expect((await get('/0/0/websocket')).status).toBe(404)
    for (const path of ['', '/websocket', '/0/0/websocket']) {
      const client = await HttpClient.open(port)
      const { status } = await client.request('GET', `/sockjs${path}`, { headers: HANDSHAKE })
      expect(status).toBe(404)
    }
  })

  test.each(['/0./0/websocket', '/0/0/0/websocket', '//0/websocket', '/xhr'])(
    'an upgrade at %s is not found',
    async (path) => {
      const client = await HttpClient.open((await serveSockJs()).port)
      const { status } = await client.request('GET', `/sockjs${path}`, { headers: HANDSHAKE })
      expect(status).toBe(404)
    },
  )
})

describe('sockjs-protocol "WebSocket protocols"', () => {
  test('an open frame comes first, then messages go both ways', async () => {
    const { port } = await serveSockJs()
    const client = new Client(port, websocket())
    expect(await client.next()).toBe('o')
    client.socket.send('["a"]')
    expect(await client.next()).toBe('a["a"]')
  })

  test('a message may be a string by itself, and an array may hold several', async () => {
    const { port, handlers } = await serveSockJs({ service: 'silent' })
    const client = new Client(port, websocket())
    expect(await client.next()).toBe('o')
    client.socket.send('"a"')
    client.socket.send('["b","c"]')
    await until(() => handlers[0]!.messages.length === 3)
    expect(handlers[0]!.messages).toEqual(['a', 'b', 'c'])
  })

  test('a close sends the close frame, then closes the WebSocket', async () => {
    const { port, handlers } = await serveSockJs({ service: 'close' })
    const client = new Client(port, websocket())
    expect([await client.next(), await client.next(), await client.next()]).toEqual([
      'o',
      'c[3000,"Go away!"]',
      undefined,
    ])
    expect(client.close).toEqual({ code: 3000, reason: 'Go away!' })
    await until(() => handlers[0]!.closes.length > 0)
    expect(handlers[0]!.closes.map(({ closeCode }) => closeCode)).toEqual([3000])
  })

  test('the handshake is that of RFC 6455', async () => {
    const { port } = await serveSockJs()
    const client = await HttpClient.open(port)
    const { status, headers } = await client.request('GET', `/sockjs${websocket()}`, { headers: HANDSHAKE })
    expect(status).toBe(101)
    expect(headers['sec-websocket-accept']).toBe('HSmrc0sMlYUkAGmm5OPpG2HaGWk=')
    expect(headers['connection']?.toLowerCase()).toBe('upgrade')
    expect(headers['upgrade']?.toLowerCase()).toBe('websocket')
    expect(headers).not.toHaveProperty('content-length')
  })

  test('empty messages, and arrays of none, are ignored', async () => {
    const { port, handlers } = await serveSockJs()
    const client = new Client(port, websocket())
    expect(await client.next()).toBe('o')
    client.socket.send('')
    client.socket.send('[]')
    client.socket.send('["a"]')
    expect(await client.next()).toBe('a["a"]')
    expect(handlers[0]!.messages).toEqual(['a'])
  })

  test('two WebSockets with the same session id are two sessions, and the id can be used again', async () => {
    const { port, handlers } = await serveSockJs()
    const path = websocket()
    const clients = [new Client(port, path), new Client(port, path)]
    for (const client of clients) expect(await client.next()).toBe('o')
    for (const [index, client] of clients.entries()) {
      client.socket.send(`["${index}"]`)
      expect(await client.next()).toBe(`a["${index}"]`)
      client.socket.close()
    }
    await until(() => handlers.every(({ closes }) => closes.length > 0))
    const again = new Client(port, path)
    expect(await again.next()).toBe('o')
  })

  test.each(['["a', '{}', '[1]', 'null', 'x'])('%s ends it abruptly', async (broken) => {
    const { port, handlers } = await serveSockJs()
    const client = new Client(port, websocket())
    expect(await client.next()).toBe('o')
    client.socket.send(broken)
    expect(await client.next()).toBeUndefined()
    await until(() => handlers[0]!.closes.length > 0)
    expect(handlers[0]!.closes).toEqual([DISCONNECTS.transport])
    expect(handlers[0]!.messages).toEqual([])
  })

  test('a heart-beat frame comes when nothing was written for 25 s', async () => {
    const { port, handlers, clock } = await serveSockJs({ service: 'silent' })
    const client = new Client(port, websocket())
    expect(await client.next()).toBe('o')
    await clock.advance(20_000)
    handlers[0]!.write('x')
    expect(await client.next()).toBe('a["x"]')
    await clock.advance(24_999)
    handlers[0]!.write('y')
    expect(await client.next()).toBe('a["y"]')
    await clock.advance(25_000)
    expect(await client.next()).toBe('h')
  })

  test('a ping is a sign of life', async () => {
    const { port, handlers } = await serveSockJs()
    const client = new Client(port, websocket())
    await client.next()
    client.socket.ping()
    await until(() => handlers[0]!.signsOfLife > 0)
    expect(handlers[0]!.messages).toEqual([])
  })

  test('several messages of one batch are one array frame, however long', async () => {
    const { port, handlers } = await serveSockJs({ service: 'silent' })
    const client = new Client(port, websocket())
    expect(await client.next()).toBe('o')
    for (const length of [1, 100, 200, 70_000]) {
      handlers[0]!.write('x'.repeat(length), '한')
      expect(await client.next()).toBe(`a["${'x'.repeat(length)}","한"]`)
    }
  })
})

describe('sockjs-protocol "Raw WebSocket url"', () => {
  test.each(['/websocket', '', '/', '/websocket/'])('at %s messages travel as they are', async (path) => {
    const { port } = await serveSockJs()
    const client = new Client(port, path)
    await once(client.socket, 'open')
    client.socket.send('Hello world!\uffff')
    expect(await client.next()).toBe('Hello world!\uffff')
  })

  test('a close has code and reason, and no frame', async () => {
    const { port } = await serveSockJs({ service: 'close' })
    const client = new Client(port, '/websocket')
    expect(await client.next()).toBeUndefined()
    expect(client.close).toEqual({ code: 3000, reason: 'Go away!' })
  })

  test('there is no heart-beat frame', async () => {
    const { port, clock } = await serveSockJs({ service: 'silent' })
    const client = new Client(port, '/websocket')
    await once(client.socket, 'open')
    expect(clock.pending).toBe(0)
  })
})
