import type { Client, IMessage } from '@stomp/stompjs'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ask } from '../test/http.js'
import { connect } from '../test/sockjs-client.js'
import { newSession, until } from '../test/sockjs.js'
import { allow } from './messaging/permissions.js'
import { createStompServer } from './server.js'
import type { AttachOptions, StompServer } from './server.js'

// What sockjs-client 1.6.1 speaks outside of browsers.
const TRANSPORTS = ['websocket', 'xhr-streaming', 'eventsource', 'xhr-polling'] as const

async function serve(sockjs: AttachOptions['sockjs'] = true): Promise<{ stomp: StompServer; url: string }> {
  const stomp = createStompServer({ permissions: { send: [allow('/topic/**')] } })
  const http = createServer()
  stomp.attach(http, { path: '/stomp', ...(sockjs === undefined ? {} : { sockjs }) })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(async () => {
    await stomp.close()
    http.close()
    http.closeAllConnections()
    expect(stomp.metrics.openSessions).toBe(0)
  })
  return { stomp, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/stomp` }
}

/** What arrives at a destination from now on. */
async function subscribe(client: Client, destination: string): Promise<string[]> {
  const bodies: string[] = []
  await new Promise<void>((resolve) => {
    client.watchForReceipt('subscribed', () => resolve())
    client.subscribe(destination, ({ body }: IMessage) => void bodies.push(body), { receipt: 'subscribed' })
  })
  return bodies
}

describe.each(TRANSPORTS)('@stomp/stompjs over sockjs-client by %s', (transport) => {
  test('connects, subscribes, sends and receives', async () => {
    const { url } = await serve()
    const client = await connect(url, transport)
    expect(client.connectedVersion).toBe('1.2')
    const bodies = await subscribe(client, '/topic/a')
    const messages = ['one', '두 번째', '100% %25 😀 </script> "\\\n\u2028\0', 'x'.repeat(100_000)]
    for (const body of messages) client.publish({ destination: '/topic/a', body })
    await until(() => bodies.length === messages.length)
    expect(bodies).toEqual(messages)
  })

  test('loses and repeats nothing of many messages over many responses', async () => {
    const { stomp, url } = await serve({ streamBytes: 12_288 })
    const client = await connect(url, transport)
    const bodies = await subscribe(client, '/topic/a')
    const messages = Array.from({ length: 120 }, (_, i) => `${i} ${'x'.repeat(i * 3)}`)
    for (const [index, body] of messages.entries()) {
      await stomp.messaging.send('/topic/a', body)
      // Some of them in one tick, some in their own.
      if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await until(() => bodies.length >= messages.length)
    expect(bodies).toEqual(messages)
  })

  test('leaves no session behind when the page goes away', async () => {
    const { stomp, url } = await serve()
    const client = await connect(url, transport)
    await client.deactivate({ force: true })
    await until(() => stomp.sessions.all().length === 0)
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })

  test('hears why the server closes', async () => {
    const { stomp, url } = await serve()
    const client = await connect(url, transport)
    const closed = new Promise<{ code: number; reason: string }>((resolve) => {
      client.onWebSocketClose = resolve
    })
    const [closing] = [stomp.close()]
    const { code, reason } = await closed
    expect({ code, reason }).toEqual({ code: 1012, reason: 'server restarts' })
    await closing
  })
})

describe('beside Fastify, with body parsers of its own', () => {
  test('sessions work, and so do its routes', async () => {
    const stomp = createStompServer({ permissions: { send: [allow('/topic/**')] } })
    const fastify = Fastify()
    fastify.addContentTypeParser('*', { parseAs: 'string' }, (_, body, done) => done(null, body))
    fastify.post('/echo', (request) => ({ echo: request.body }))
    fastify.get('/stompless', () => 'here')
    stomp.attach(fastify.server, { path: '/stomp', sockjs: true })
    const address = await fastify.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(async () => {
      await stomp.close()
      fastify.server.closeAllConnections()
      await fastify.close()
    })
    const client = await connect(`${address}/stomp`, 'xhr-polling')
    const bodies = await subscribe(client, '/topic/a')
    client.publish({ destination: '/topic/a', body: 'x' })
    await until(() => bodies.length === 1)
    const { port } = fastify.server.address() as AddressInfo
    expect((await ask(port, 'POST', '/echo', { body: 'x' })).body).toBe('{"echo":"x"}')
    expect((await ask(port, 'GET', '/stompless')).body).toBe('here')
    expect((await ask(port, 'GET', '/missing')).status).toBe(404)
  })

  test('a route of its own can hand requests over, with the body that it has read', async () => {
    const stomp = createStompServer({ limits: { closeMs: 100 } })
    const endpoint = stomp.endpoint({ path: '/stomp', sockjs: true })
    const fastify = Fastify()
    fastify.addContentTypeParser('text/plain', { parseAs: 'string' }, (_, body, done) => done(null, body))
    fastify.all('/stomp/*', (request, reply) => {
      reply.hijack()
      endpoint.handleRequest(Object.assign(request.raw, { body: request.body }), reply.raw)
    })
    await fastify.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(async () => {
      await stomp.close()
      fastify.server.closeAllConnections()
      await fastify.close()
    })
    const { port } = fastify.server.address() as AddressInfo
    const session = `/stomp${newSession()}`
    expect((await ask(port, 'POST', `${session}/xhr`)).body).toBe('o\n')
    const headers = { 'Content-Type': 'text/plain' }
    const body = JSON.stringify(['CONNECT\naccept-version:1.2\nhost:x\n\n\0'])
    expect((await ask(port, 'POST', `${session}/xhr_send`, { headers, body })).status).toBe(204)
    expect((await ask(port, 'POST', `${session}/xhr`)).body).toMatch(/^a\["CONNECTED/)
  })
})
