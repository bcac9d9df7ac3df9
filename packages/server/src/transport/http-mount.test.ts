import { once } from 'node:events'
import type { EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createHttp2Server, connect as connectHttp2 } from 'node:http2'
import { describe, expect, onTestFinished, test } from 'vitest'
import { HttpClient, ask } from '../../test/http.js'
import type { Asked } from '../../test/http.js'
import { listen, newSession, serveSockJs } from '../../test/sockjs.js'
import { createStompServer } from '../server.js'
import { mount } from './http-mount.js'
import type { Mountable } from './http-mount.js'

const UPGRADE = {
  headers: {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
  },
}

/** Answers requests under a path with its name. */
function named(path: string): Mountable {
  return {
    handleRequest({ url }, response) {
      if (!url!.startsWith(path)) return false
      response.writeHead(200, { 'Content-Length': path.length }).end(path)
      return true
    },
    handleUpgrade({ url }, socket) {
      if (!url!.startsWith(path)) return false
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`)
      return true
    },
  }
}

const app: RequestListener = (_, response) => {
  response.writeHead(200, { 'Content-Length': 3 }).end('app')
}

async function bodyOf(server: Server, path: string, asked?: Asked): Promise<string> {
  const { port } = server.address() as { port: number }
  return (await ask(port, 'GET', path, asked)).body
}

describe('what is mounted on a server', () => {
  test('hears of every connection that has asked, whoever answers', async () => {
    const heard: string[] = []
    const hearing = (path: string): Mountable => ({
      ...named(path),
      handleAsked: (_, upgraded) => heard.push(`${path} ${upgraded}`),
    })
    const server = createServer(app)
    mount(server, hearing('/one'))
    mount(server, hearing('/two'))
    await listen(server)
    await bodyOf(server, '/one')
    await bodyOf(server, '/other')
    await bodyOf(server, '/one', UPGRADE)
    expect(heard).toEqual(['/one false', '/two false', '/one false', '/two false', '/one true', '/two true'])
  })

  test.each(['before', 'after'])('has its requests to itself, with a listener added %s it', async (order) => {
    const seen: string[] = []
    const listener: RequestListener = (request, response) => {
      seen.push(request.url!)
      app(request, response)
    }
    const server = createServer()
    if (order === 'before') server.on('request', listener)
    mount(server, named('/mine'))
    if (order === 'after') server.on('request', listener)
    await listen(server)
    expect(await bodyOf(server, '/mine')).toBe('/mine')
    expect(await bodyOf(server, '/other')).toBe('app')
    expect(seen).toEqual(['/other'])
  })

  test('has its upgrades to itself, and leaves the others to those who listen', async () => {
    const server = createServer(app)
    mount(server, named('/mine'))
    const seen: string[] = []
    server.on('upgrade', ({ url }, socket) => {
      seen.push(url!)
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother')
    })
    await listen(server)
    expect(await bodyOf(server, '/mine', UPGRADE)).toBe('/mine')
    expect(await bodyOf(server, '/other', UPGRADE)).toBe('other')
    expect(seen).toEqual(['/other'])
  })

  test('answers with 404 what nobody else listens for', async () => {
    const server = createServer()
    mount(server, named('/mine'))
    const port = await listen(server)
    expect((await ask(port, 'GET', '/other')).status).toBe(404)
    const client = await HttpClient.open(port)
    expect((await client.request('GET', '/other', UPGRADE)).status).toBe(404)
  })

  test('stands beside another that is mounted', async () => {
    const server = createServer(app)
    mount(server, named('/one'))
    const takeOff = mount(server, named('/two'))
    await listen(server)
    const bodies = async (): Promise<string[]> =>
      Promise.all(['/one', '/two', '/three'].map((path) => bodyOf(server, path)))
    expect(await bodies()).toEqual(['/one', '/two', 'app'])
    takeOff()
    expect(await bodies()).toEqual(['/one', 'app', 'app'])
  })

  test('leaves the server as it was when it is taken off', () => {
    const server = createServer(app)
    const takeOff = [mount(server, named('/one')), mount(server, named('/two'))]
    for (const one of takeOff) one()
    for (const one of takeOff) one()
    expect(Object.hasOwn(server, 'emit')).toBe(false)
    expect([server.listenerCount('request'), server.listenerCount('upgrade')]).toEqual([1, 0])
  })

  test('takes nothing more when it is taken off behind somebody who stands in front too', async () => {
    const server = createServer(app)
    const takeOff = mount(server, named('/mine'))
    const { emit } = { emit: server.emit.bind(server) as EventEmitter['emit'] }
    let events = 0
    server.emit = ((event: string, ...args: unknown[]) => {
      events++
      return emit(event, ...args)
    }) as typeof server.emit
    takeOff()
    await listen(server)
    expect(await bodyOf(server, '/mine')).toBe('app')
    expect(events).toBeGreaterThan(0)
  })

  test('is not mounted on the app of a framework, to which no request ever comes', () => {
    const expressApp = Object.assign(() => {}, { on: () => {}, listen: () => {} })
    expect(() => mount(expressApp as never, named('/one'))).toThrow(/createServer\(app\)/)
  })

  test('says to a plain request that a WebSocket would be there, unless somebody else answers it', async () => {
    const server = createServer()
    createStompServer().attach(server, { path: '/stomp' })
    const port = await listen(server)
    for (const path of ['/stomp', '/stomp/', '/stomp/websocket']) {
      const answer = await ask(port, 'GET', path)
      expect([answer.status, answer.headers['upgrade'], answer.body]).toEqual([
        426,
        'websocket',
        expect.stringContaining('STOMP client'),
      ])
    }
    expect((await ask(port, 'GET', '/stomp/other')).status).toBe(404)
    server.on('request', app)
    expect((await ask(port, 'GET', '/stomp')).body).toBe('app')
  })

  test('serves HTTP/2, where nobody listens and where somebody does', async () => {
    for (const listener of [undefined, app as never]) {
      const server = createHttp2Server(listener)
      mount(server, named('/mine'))
      const client = connectHttp2(`http://127.0.0.1:${await listen(server)}`)
      onTestFinished(() => client.destroy())
      const statuses = ['/mine', '/other'].map(async (path) => {
        const [headers] = (await once(client.request({ ':path': path }), 'response')) as [
          { ':status'?: number },
        ]
        return headers[':status']
      })
      expect(await Promise.all(statuses)).toEqual([200, listener === undefined ? 404 : 200])
    }
  })
})

describe('an endpoint in a framework', () => {
  /** Reads the body before the endpoint sees the request, as body parsers do, and leaves it as `request.body`. */
  async function behindParser(
    parse: (text: string) => unknown,
  ): Promise<(body: string, type: string) => Promise<string>> {
    const { endpoint } = await serveSockJs()
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      let text = ''
      request.setEncoding('utf8').on('data', (part: string) => (text += part))
      request.on('end', () => {
        Object.assign(request, { body: parse(text) })
        setImmediate(() => endpoint.handleRequest(request, response))
      })
    })
    const port = await listen(server)
    return async (body, type) => {
      const session = `/sockjs${newSession()}`
      await ask(port, 'GET', `${session}/jsonp?c=x`)
      const suffix = type === 'form' ? 'jsonp_send' : 'xhr_send'
      const headers = {
        'Content-Type': type === 'form' ? 'application/x-www-form-urlencoded' : type,
      }
      const sent = await ask(port, 'POST', `${session}/${suffix}`, { body, headers })
      if (sent.status >= 400) return sent.body
      return (await ask(port, 'GET', `${session}/jsonp?c=x`)).body
    }
  }

  test.each([
    ['text', (text: string) => text],
    ['bytes', (text: string) => Buffer.from(text)],
    ['JSON', (text: string) => (text === '' ? {} : (JSON.parse(text) as unknown))],
  ])('takes a body that a parser has read as %s', async (_, parse) => {
    const send = await behindParser(parse)
    expect(await send('["a"]', 'text/plain')).toBe('/**/x("a[\\"a\\"]");\r\n')
    expect(await send('[1]', 'application/json')).toBe('Payload expected.')
  })

  test('takes a form that a parser has read', async () => {
    const send = await behindParser((text) => Object.fromEntries(new URLSearchParams(text)))
    expect(await send('d=%5B%22a%22%5D', 'form')).toBe('/**/x("a[\\"a\\"]");\r\n')
    expect(await send('p=p', 'form')).toBe('Payload expected.')
    expect(await send('d=x', 'form')).toBe('Broken JSON encoding.')
  })

  test('has no body where a parser has read it and left nothing', async () => {
    const send = await behindParser(() => undefined)
    expect(await send('["a"]', 'text/plain')).toBe('Payload expected.')
    expect(await send('d=%5B%22a%22%5D', 'form')).toBe('Payload expected.')
  })

  test('reads the body itself where a parser has left it alone, and something else in its place', async () => {
    const { endpoint } = await serveSockJs()
    const server = createServer((request, response) => {
      Object.assign(request, { body: {} })
      endpoint.handleRequest(request, response)
    })
    const port = await listen(server)
    const session = `/sockjs${newSession()}`
    await ask(port, 'POST', `${session}/xhr`)
    expect((await ask(port, 'POST', `${session}/xhr_send`, { body: '["a"]' })).status).toBe(204)
    expect((await ask(port, 'POST', `${session}/xhr`)).body).toBe('a["a"]\n')
  })

  test('finds its path where a router has cut off the front of the URL', async () => {
    const { endpoint } = await serveSockJs()
    const server = createServer((request, response) => {
      Object.assign(request, { originalUrl: request.url, url: request.url!.slice('/sockjs'.length) || '/' })
      endpoint.handleRequest(request, response)
    })
    const port = await listen(server)
    expect((await ask(port, 'GET', '/sockjs')).body).toBe('Welcome to SockJS!\n')
    const session = `/sockjs${newSession()}`
    expect((await ask(port, 'GET', `${session}/jsonp?c=x`)).body).toBe('/**/x("o");\r\n')
  })

  test('leaves what is not below its path', async () => {
    const { endpoint } = await serveSockJs()
    const server = createServer((request, response) => {
      if (!endpoint.handleRequest(request, response)) app(request, response)
    })
    await listen(server)
    const bodies = ['/', '/sock', '/sockjsx', '/x/sockjs'].map((path) => bodyOf(server, path))
    expect(await Promise.all(bodies)).toEqual(['app', 'app', 'app', 'app'])
  })
})
