import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { connect, createServer as createTcpServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { ask } from '../../../test/http.js'
import { newSession, serveSockJs, until } from '../../../test/sockjs.js'
import type { TestEndpoint, TestEndpointOptions } from '../../../test/sockjs.js'
import { Endpoint } from '../endpoint.js'

const SECRET = 'a secret of the nodes'

/** Where each node takes requests, and who is told when one is gone. */
let addresses: Map<string, string>
let watchers: Map<string, (name: string) => void>
let passed: string[]

beforeEach(() => {
  addresses = new Map()
  watchers = new Map()
  passed = []
})

const peersOf = (self: string, secret = SECRET): NonNullable<TestEndpointOptions['peers']> => ({
  self,
  secret,
  addressOf: (name) => addresses.get(name),
  onGone(listener) {
    watchers.set(self, listener)
    return () => watchers.delete(self)
  },
  passed: () => passed.push(self),
})

async function node(
  name: string,
  options: TestEndpointOptions & { secret?: string } = {},
): Promise<TestEndpoint> {
  const endpoint = await serveSockJs({ peers: peersOf(name, options.secret), ...options })
  addresses.set(name, `http://127.0.0.1:${endpoint.port}`)
  return endpoint
}

const from = (name: string): { headers: Record<string, string> } => ({
  headers: { Cookie: `JSESSIONID=${name}` },
})

describe('a session', () => {
  test('belongs to the node that saw its first request, and its cookie says so', async () => {
    const [a, b] = [await node('a'), await node('b')]
    const session = newSession()
    const opened = await a.post(`${session}/xhr`)
    expect([opened.body, opened.headers['set-cookie']]).toEqual(['o\n', 'JSESSIONID=a; path=/'])
    const sent = await b.post(`${session}/xhr_send`, '["한","x"]', from('a'))
    expect([sent.status, sent.headers['set-cookie']]).toEqual([204, 'JSESSIONID=a; path=/'])
    const polled = await b.post(`${session}/xhr`, '', from('a'))
    expect([polled.body, polled.headers['set-cookie']]).toEqual(['a["한","x"]\n', 'JSESSIONID=a; path=/'])
    expect([a.handlers[0]!.messages, b.handlers, passed]).toEqual([['한', 'x'], [], ['b', 'b']])
    expect(JSON.parse((await b.get('/info')).body)).toMatchObject({ cookie_needed: true })
  })

  test('of a browser that has one elsewhere opens there', async () => {
    const [a, b] = [await node('a'), await node('b')]
    expect((await b.post(`${newSession()}/xhr`, '', from('a'))).body).toBe('o\n')
    expect([a.endpoint.sockJsSessions, b.endpoint.sockJsSessions]).toEqual([1, 0])
  })

  test.each(['gone', 'a.b', 'dummy', ''])(
    'whose cookie says %j opens here, and the cookie changes',
    async (cookie) => {
      const b = await node('b')
      const opened = await b.post(`${newSession()}/xhr`, '', from(cookie))
      expect([opened.body, opened.headers['set-cookie'], passed]).toEqual(['o\n', 'JSESSIONID=b; path=/', []])
    },
  )

  test('is found here whatever its cookie says', async () => {
    const [a, b] = [await node('a'), await node('b')]
    const session = newSession()
    await a.post(`${session}/xhr`)
    expect((await a.post(`${session}/xhr_send`, '["x"]', from('b'))).status).toBe(204)
    expect([b.endpoint.sockJsSessions, passed]).toEqual([0, []])
  })

  test('streams through another node frame by frame, and ends with the client', async () => {
    const [a, b] = [await node('a'), await node('b')]
    const session = newSession()
    const client = await b.stream('POST', `${session}/xhr_streaming`, from('a'))
    const head = await client.head()
    expect([head.status, head.headers['x-accel-buffering']]).toEqual([200, 'no'])
    expect(await client.chunk()).toBe(`${'h'.repeat(2048)}\n`)
    expect(await client.chunk()).toBe('o\n')
    for (const message of ['1', '2']) {
      a.handlers[0]!.write(message)
      expect(await client.chunk()).toBe(`a["${message}"]\n`)
    }
    client.destroy()
    await until(() => a.handlers[0]!.closes.length === 1)
    expect(a.handlers[0]!.closes[0]!.name).toBe('lost')
  })

  test('has a stream that fills up and goes on through another node', async () => {
    const [a, b] = [await node('a'), await node('b')]
    const session = newSession()
    const one = await b.stream('GET', `${session}/eventsource`, from('a'))
    await one.head()
    a.handlers[0]!.write('x'.repeat(5_000))
    // The answer ends with its limit; the client comes again.
    while ((await one.chunk()) !== '');
    a.handlers[0]!.write('next')
    const two = await b.stream('GET', `${session}/eventsource`, from('a'))
    await two.head()
    expect([await two.chunk(), await two.chunk()]).toEqual(['\r\n', 'data: a["next"]\r\n\r\n'])
    two.destroy()
    await until(() => a.handlers[0]!.closes.length === 1)
  })

  test('is known by the client’s own address', async () => {
    const addressOf = (): string => '203.0.113.7'
    const [a, b] = [await node('a'), await node('b', { addressOf })]
    await b.post(`${newSession()}/xhr`, '', from('a'))
    expect(a.handlers[0]!.connection.remoteAddress).toBe('203.0.113.7')
  })

  test('comes with all that the client’s request says, its host above all, by which origins are told', async () => {
    const [a, b] = [await node('a', { origins: [] }), await node('b', { origins: [] })]
    const session = newSession()
    const headers = {
      ...from('a').headers,
      Host: 'chat.example',
      Origin: 'http://chat.example',
      'X-Own': '1',
    }
    const opened = await b.post(`${session}/xhr`, '', { headers })
    expect([opened.body, opened.headers['access-control-allow-origin']]).toEqual([
      'o\n',
      'http://chat.example',
    ])
    const { request } = a.handlers[0]!.connection
    expect([request!.headers['x-own'], request!.headers.host]).toEqual(['1', 'chat.example'])
    const foreign = { ...headers, Origin: 'http://evil.example' }
    expect((await b.post(`${newSession()}/xhr`, '', { headers: foreign })).status).toBe(403)
  })

  test('that a body parser in front has read is passed on too', async () => {
    const a = await node('a')
    const endpoint = new Endpoint({
      path: '/sockjs',
      sockjs: true,
      accept: () => expect.unreachable(),
      origins: ['*'],
      peers: peersOf('b'),
    })
    const parse: Record<string, (text: string) => unknown> = {
      text: (text) => text,
      bytes: (text) => Buffer.from(text),
      json: (text) => JSON.parse(text),
      form: (text) => ({ d: text }),
    }
    const server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const body = parse[String(request.headers['x-parser'])]!(Buffer.concat(parts).toString())
        endpoint.handleRequest(Object.assign(request, { body }), response)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      endpoint.close()
      server.close()
      server.closeAllConnections()
    })
    const session = newSession()
    await a.post(`${session}/xhr`)
    const { port } = server.address() as AddressInfo
    for (const parser of Object.keys(parse)) {
      const headers = { ...from('a').headers, 'X-Parser': parser }
      const answer = await ask(port, 'POST', `/sockjs${session}/xhr_send`, { body: `["${parser}"]`, headers })
      expect(answer.status).toBe(204)
    }
    expect(a.handlers[0]!.messages).toEqual(Object.keys(parse))
  })
})

describe('a node that is not there', () => {
  test('and refuses connections: a session opens here, what is sent to one finds none', async () => {
    const b = await node('b')
    const closed = createTcpServer().listen(0, '127.0.0.1')
    await once(closed, 'listening')
    addresses.set('a', `http://127.0.0.1:${(closed.address() as AddressInfo).port}`)
    closed.close()
    const opened = await b.post(`${newSession()}/xhr`, '', from('a'))
    expect([opened.body, opened.headers['set-cookie']]).toEqual(['o\n', 'JSESSIONID=b; path=/'])
    expect((await b.post(`${newSession()}/xhr_send`, '["x"]', from('a'))).status).toBe(404)
  })

  test('and is told of while a request waits for it: the request is answered here', async () => {
    const b = await node('b')
    const silent = createTcpServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    addresses.set('a', `http://127.0.0.1:${(silent.address() as AddressInfo).port}`)
    const asked = once(silent, 'connection')
    const opened = b.post(`${newSession()}/xhr`, '', from('a'))
    const [socket] = await asked
    onTestFinished(() => {
      socket.destroy()
      silent.close()
    })
    addresses.delete('a')
    watchers.get('b')!('a')
    expect((await opened).body).toBe('o\n')
  })

  test('dies amid a stream: the client’s is cut too', async () => {
    const [a, b] = [await node('a'), await node('b')]
    const client = await b.stream('POST', `${newSession()}/xhr_streaming`, from('a'))
    await client.head()
    await client.chunk()
    a.server.closeAllConnections()
    await client.closed()
    expect(b.endpoint.sockJsSessions).toBe(0)
  })

  test('is closing: sessions open here, and those that it has are still passed on', async () => {
    let closing = false
    const [a, b] = [await node('a', { draining: () => closing }), await node('b')]
    const session = newSession()
    await a.post(`${session}/xhr`)
    closing = true
    expect((await b.post(`${session}/xhr_send`, '["x"]', from('a'))).status).toBe(204)
    const opened = await b.post(`${newSession()}/xhr`, '', from('a'))
    expect([opened.status, opened.body, opened.headers['set-cookie']]).toEqual([
      200,
      'o\n',
      'JSESSIONID=b; path=/',
    ])
    // Whoever asks it itself is told to come later.
    expect((await a.post(`${newSession()}/xhr`)).headers).not.toHaveProperty('x-sockjs-not-here')
  })
})

describe('what nodes tell each other', () => {
  test('is taken from nobody else: addresses cannot be made up', async () => {
    const a = await node('a')
    const forged = {
      'X-SockJS-Node': 'b',
      'X-SockJS-Client': '203.0.113.7',
      'X-SockJS-Proof': 'x'.repeat(43),
    }
    await a.post(`${newSession()}/xhr`, '', { headers: forged })
    expect(a.handlers[0]!.connection.remoteAddress).toBe('127.0.0.1')
  })

  test('is bound to the node, the client and the request, and by another secret worth nothing', async () => {
    const [b, seen] = [await node('b'), [] as IncomingHttpHeaders[]]
    const witness = createServer((request, response) => {
      seen.push(request.headers)
      response.end()
    }).listen(0, '127.0.0.1')
    await once(witness, 'listening')
    onTestFinished(() => {
      witness.close()
      witness.closeAllConnections()
    })
    addresses.set('a', `http://127.0.0.1:${(witness.address() as AddressInfo).port}`)
    const session = newSession()
    await b.post(`${session}/xhr`, '', from('a'))
    const proven = Object.fromEntries(
      ['x-sockjs-node', 'x-sockjs-client', 'x-sockjs-proof'].map((name) => [name, String(seen[0]![name])]),
    )
    expect(JSON.stringify(seen)).not.toContain(SECRET)
    const a = await node('a', { addressOf: () => 'its own' })
    const tries: [TestEndpoint, string, Record<string, string>, string][] = [
      [a, session, proven, '127.0.0.1'],
      [a, session, { ...proven, 'x-sockjs-client': '203.0.113.7' }, 'its own'],
      [a, session, { ...proven, 'x-sockjs-node': 'c' }, 'its own'],
      [a, newSession(), proven, 'its own'],
      [await node('c', { addressOf: () => 'its own' }), session, proven, 'its own'],
      [
        await node('a', { secret: 'another secret here', addressOf: () => 'its own' }),
        session,
        proven,
        'its own',
      ],
    ]
    for (const [endpoint, path, headers, expected] of tries) {
      const count = endpoint.handlers.length
      await endpoint.post(`${path}/xhr`, '', { headers })
      const connection = endpoint.handlers[count]?.connection ?? endpoint.handlers.at(-1)!.connection
      expect(connection.remoteAddress).toBe(expected)
      connection.destroy()
    }
  })

  test('goes one hop, also where the address of a node is another’s by now', async () => {
    const [a, b, c] = [await node('a'), await node('b'), await node('c')]
    const detour = createTcpServer((near) => {
      const far = connect(b.port, '127.0.0.1')
      near.pipe(far).pipe(near)
      for (const socket of [near, far]) socket.on('error', () => {})
    }).listen(0, '127.0.0.1')
    await once(detour, 'listening')
    onTestFinished(() => void detour.close())
    addresses.set('a', `http://127.0.0.1:${(detour.address() as AddressInfo).port}`)
    await c.post(`${newSession()}/xhr`, '', from('a'))
    expect([passed, b.endpoint.sockJsSessions, a.endpoint.sockJsSessions]).toEqual([['c'], 1, 0])
  })
})
