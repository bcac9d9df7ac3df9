import { once } from 'node:events'
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2'
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2'
import { Agent, request as httpsRequest, createServer as createHttpsServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HttpClient } from '../../../test/http.js'
import { listen, newSession, serveSockJs, until } from '../../../test/sockjs.js'
import type { TestEndpoint } from '../../../test/sockjs.js'
import { selfSigned } from '../../../test/certificate.js'
import { mount } from '../http-mount.js'

const PRELUDE = `${'h'.repeat(2048)}\n`
const KEEP_ALIVE = { Connection: 'Keep-Alive' }

describe('sockjs-protocol "Http 1.0 and 1.1 chunking"', () => {
  test('HTTP/1.0: an answer of known length leaves the connection open for those who ask for that', async () => {
    const { port } = await serveSockJs()
    const client = await HttpClient.open(port)
    for (let i = 0; i < 2; i++) {
      const { status, headers } = await client.request('GET', '/sockjs', {
        version: '1.0',
        headers: KEEP_ALIVE,
      })
      expect(status).toBe(200)
      expect(headers).not.toHaveProperty('transfer-encoding')
      expect(headers['content-length']).toBe('19')
      expect(await client.read(19)).toBe('Welcome to SockJS!\n')
    }
  })

  test('HTTP/1.0: a stream has neither length nor chunks, and ends with its connection', async () => {
    const { stream } = await serveSockJs({ service: 'close' })
    const client = await stream('POST', `${newSession()}/xhr_streaming`, {
      version: '1.0',
      headers: KEEP_ALIVE,
    })
    const { status, headers } = await client.head()
    expect(status).toBe(200)
    expect(headers).not.toHaveProperty('transfer-encoding')
    expect(headers).not.toHaveProperty('content-length')
    expect(await client.rest()).toBe(`${PRELUDE}o\nc[3000,"Go away!"]\n`)
  })

  test('HTTP/1.1: the connection stays open', async () => {
    const { port } = await serveSockJs()
    const client = await HttpClient.open(port)
    for (let i = 0; i < 2; i++) {
      const { status, headers } = await client.request('GET', '/sockjs', { headers: KEEP_ALIVE })
      expect(status).toBe(200)
      expect(headers).not.toHaveProperty('transfer-encoding')
      expect(await client.read(Number(headers['content-length']))).toBe('Welcome to SockJS!\n')
    }
  })

  test('HTTP/1.1: a stream comes in chunks, and its connection stays open after it', async () => {
    const { stream } = await serveSockJs({ service: 'close' })
    const client = await stream('POST', `${newSession()}/xhr_streaming`)
    const { headers } = await client.head()
    expect(headers['transfer-encoding']).toBe('chunked')
    expect(headers).not.toHaveProperty('content-length')
    const chunks = [await client.chunk(), await client.chunk(), await client.chunk(), await client.chunk()]
    expect(chunks).toEqual([PRELUDE, 'o\n', 'c[3000,"Go away!"]\n', ''])
    expect((await client.request('GET', '/sockjs')).status).toBe(200)
  })

  test('a stream asked for behind another request on its connection waits its turn', async () => {
    const { stream, handlers } = await serveSockJs({ service: 'silent' })
    const session = newSession()
    const client = await stream('POST', `${newSession()}/xhr`)
    await client.head()
    await client.read(2)
    // The poll of one session, and behind it the stream of another.
    const polling = newSession()
    client.send('POST', `/sockjs${polling}/xhr`)
    client.send('POST', `/sockjs${polling}/xhr`)
    client.send('POST', `/sockjs${session}/xhr_streaming`)
    await until(() => handlers.length === 3)
    const [, poll, streaming] = handlers
    streaming!.write('early')
    poll!.write('first')
    expect((await client.head()).headers['content-length']).toBe('2')
    expect(await client.read(2)).toBe('o\n')
    expect((await client.head()).headers['content-length']).toBe('11')
    expect(await client.read(11)).toBe('a["first"]\n')
    expect((await client.head()).headers['transfer-encoding']).toBe('chunked')
    const all = [await client.chunk(), await client.chunk(), await client.chunk()]
    expect(all.join('')).toBe(`${PRELUDE}o\na["early"]\n`)
    streaming!.write('late')
    expect(await client.chunk()).toBe('a["late"]\n')
  })

  test('a stream whose response somebody has wrapped goes through the wrapping', async () => {
    const { endpoint, handlers } = await serveSockJs({ service: 'silent' })
    const written: string[] = []
    const wrapping = createServer((request: IncomingMessage, response: ServerResponse) => {
      const write = response.write.bind(response)
      response.write = ((bytes: Uint8Array) => {
        written.push(Buffer.from(bytes).toString())
        return write(bytes)
      }) as typeof response.write
      endpoint.handleRequest(request, response)
    })
    const client = await HttpClient.open(await listen(wrapping))
    await client.request('POST', `/sockjs${newSession()}/xhr_streaming`)
    handlers[0]!.write('x')
    expect([await client.chunk(), await client.chunk(), await client.chunk()]).toEqual([
      PRELUDE,
      'o\n',
      'a["x"]\n',
    ])
    expect(written).toEqual([PRELUDE, 'o\n', 'a["x"]\n'])
  })
})

describe('HTTP/2', () => {
  async function serveHttp2(
    options: Parameters<typeof serveSockJs>[0] = {},
  ): Promise<TestEndpoint & { client: ClientHttp2Session }> {
    const served = await serveSockJs(options)
    const server = createHttp2Server()
    mount(server, served.endpoint)
    const client = connectHttp2(`http://127.0.0.1:${await listen(server)}`)
    onTestFinished(() => client.destroy())
    return { ...served, client }
  }

  async function start(
    client: ClientHttp2Session,
    method: string,
    path: string,
    body = '',
  ): Promise<{ stream: ClientHttp2Stream; headers: IncomingHttpHeaders & { ':status'?: number } }> {
    const stream = client.request({ ':method': method, ':path': `/sockjs${path}` })
    stream.setEncoding('utf8')
    if (method === 'POST') stream.end(body)
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status'?: number }]
    return { stream, headers }
  }

  async function all(client: ClientHttp2Session, method: string, path: string, body = ''): Promise<string> {
    const { stream, headers } = await start(client, method, path, body)
    let text = ''
    for await (const part of stream) text += part as string
    return `${headers[':status']} ${text}`
  }

  test('polls and sends', async () => {
    const { client } = await serveHttp2()
    const session = newSession()
    expect(await all(client, 'GET', '')).toBe('200 Welcome to SockJS!\n')
    expect(await all(client, 'POST', `${session}/xhr`)).toBe('200 o\n')
    expect(await all(client, 'POST', `${session}/xhr_send`, '["a"]')).toBe('204 ')
    expect(await all(client, 'POST', `${session}/xhr`)).toBe('200 a["a"]\n')
    expect(await all(client, 'POST', `${session}/xhr_send`, 'x')).toBe('500 Broken JSON encoding.')
    expect(await all(client, 'GET', '/0/0/websocket')).toBe('400 Can "Upgrade" only to "WebSocket".\n')
  })

  test('streams up to the limit, and goes on in the next request', async () => {
    const { client, handlers } = await serveHttp2({ service: 'silent' })
    const session = newSession()
    const { stream } = await start(client, 'POST', `${session}/xhr_streaming`)
    let text = ''
    stream.on('data', (part: string) => (text += part))
    handlers[0]!.write('한')
    await until(() => text === `${PRELUDE}o\na["한"]\n`)
    handlers[0]!.write('x'.repeat(4096))
    await once(stream, 'end')
    handlers[0]!.write('y')
    const next = await start(client, 'POST', `${session}/xhr_streaming`)
    let rest = ''
    next.stream.on('data', (part: string) => (rest += part))
    await until(() => rest === `${PRELUDE}a["y"]\n`)
    expect(handlers[0]!.closes).toEqual([])
  })

  test('a stream that is cut ends its session', async () => {
    const { client, handlers, endpoint } = await serveHttp2({ service: 'silent' })
    const { stream } = await start(client, 'GET', `${newSession()}/eventsource`)
    stream.destroy()
    await until(() => handlers[0]!.closes.length > 0)
    expect(endpoint.sockJsSessions).toBe(0)
  })

  test('a page is of the same origin when its host is the authority', async () => {
    const { client, port } = await serveHttp2({ origins: [] })
    const path = { ':path': '/sockjs/info', ':authority': `127.0.0.1:${port}` }
    for (const [origin, status] of [
      [`http://127.0.0.1:${port}`, 200],
      ['http://other.test', 403],
    ] as const) {
      const stream = client.request({ ...path, origin })
      const [headers] = (await once(stream, 'response')) as [{ ':status'?: number }]
      expect(headers[':status']).toBe(status)
      stream.resume()
    }
  })
})

test('over TLS, streams are written as chunks too', async () => {
  const { endpoint, handlers } = await serveSockJs({ service: 'silent' })
  const server = createHttpsServer(selfSigned('localhost'))
  mount(server, endpoint)
  const port = await listen(server)
  const agent = new Agent({ rejectUnauthorized: false })
  onTestFinished(() => agent.destroy())
  const sent = httpsRequest({
    port,
    agent,
    method: 'POST',
    path: `/sockjs${newSession()}/xhr_streaming`,
  }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  response.setEncoding('utf8').on('data', (part: string) => (text += part))
  handlers[0]!.write('x')
  await until(() => text === `${PRELUDE}o\na["x"]\n`)
  expect(text.endsWith('a["x"]\n')).toBe(true)
})
