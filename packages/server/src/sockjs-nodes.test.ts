import type { IMessage } from '@stomp/stompjs'
import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../test/sockjs-client.js'
import { until } from '../test/sockjs.js'
import { relay } from './broker/relay/relay.js'
import { allow } from './messaging/permissions.js'
import { createStompServer } from './server.js'
import type { StompServer } from './server.js'

const ALL = { subscribe: [allow('/**')], send: [allow('/**')] }
const TRANSPORTS = ['xhr-polling', 'xhr-streaming', 'eventsource'] as const

interface Running {
  readonly stomp: StompServer
  readonly http: Server
  readonly port: number
}

async function listening(http: Server): Promise<number> {
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return (http.address() as AddressInfo).port
}

/** Three nodes with a broker between. */
async function threeNodes(): Promise<Running[]> {
  const upstream = createStompServer({ permissions: ALL })
  const { port: broker } = await upstream.listenTcp({ port: 0 })
  const nodes: Running[] = []
  for (let i = 0; i < 3; i++) {
    const http = createServer()
    const port = await listening(http)
    const stomp = createStompServer({
      broker: relay({ url: `stomp://127.0.0.1:${broker}` }),
      cluster: {
        name: `node-${i}`,
        announceMs: 50,
        goneMs: 60_000,
        address: `http://127.0.0.1:${port}`,
        secret: 'between the nodes',
      },
      permissions: ALL,
      limits: { closeMs: 500 },
    })
    stomp.attach(http, { path: '/stomp', sockjs: { streamBytes: 8_192 } })
    await stomp.start()
    nodes.push({ stomp, http, port })
  }
  onTestFinished(async () => {
    for (const { stomp, http } of nodes) {
      await stomp.close()
      http.close()
      http.closeAllConnections()
    }
    await upstream.close()
  })
  await until(() => nodes.every(({ stomp }) => stomp.cluster.nodes().length === 3))
  return nodes
}

/**
 * Sends each request to the next node, whoever had the one before. It keeps cookies, as the browser would whose only tab
 * the client is: sockjs-client has none outside of browsers.
 */
async function roundRobin(nodes: readonly Running[]): Promise<{ url: string; asked: Set<number> }> {
  let next = 0
  let cookie: string | undefined
  const asked = new Set<number>()
  const pass = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const { port } = nodes[next++ % nodes.length]!
    asked.add(port)
    const { method, url: path } = incoming
    const headers = { ...incoming.headers, ...(cookie !== undefined && { cookie }) }
    const passed = send({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
      answer.on('error', () => outgoing.destroy())
      cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? cookie
      outgoing.writeHead(answer.statusCode!, answer.headers)
      outgoing.flushHeaders()
      answer.pipe(outgoing)
    })
    passed.on('error', () => outgoing.destroy())
    outgoing.on('close', () => passed.destroy())
    incoming.pipe(passed)
  }
  const server = createServer(pass)
  const port = await listening(server)
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${port}/stomp`, asked }
}

describe.each(TRANSPORTS)('sockjs-client by %s through a balancer that is not sticky', (transport) => {
  test('keeps its session, and gets every message once and in order', async () => {
    const nodes = await threeNodes()
    const { url, asked } = await roundRobin(nodes)
    const client = await connect(url, transport)
    const bodies: string[] = []
    await new Promise<void>((resolve) => {
      client.watchForReceipt('subscribed', () => resolve())
      client.subscribe('/topic/a', ({ body }: IMessage) => void bodies.push(body), { receipt: 'subscribed' })
    })
    const messages = Array.from({ length: 40 }, (_, i) => `${i} 한글 ${'x'.repeat(i * 20)}`)
    for (const body of messages) client.publish({ destination: '/topic/a', body })
    await until(() => bodies.length === messages.length)
    expect(bodies).toEqual(messages)
    expect(asked.size).toBe(3)
    const open = nodes.map(({ stomp }) => stomp.metrics.openSessions)
    expect(open.toSorted((one, other) => one - other)).toEqual([0, 0, 1])
    expect(nodes.some(({ stomp }) => stomp.metrics.sockJsPassed > 0)).toBe(true)
    expect(nodes.flatMap(({ stomp }) => stomp.sessions.all()).map((one) => one.remoteAddress)).toEqual([
      '127.0.0.1',
    ])
  })

  test('is told to come again when its node is closed, and finds another', async () => {
    const nodes = await threeNodes()
    const balanced = [...nodes]
    const { url } = await roundRobin(balanced)
    const client = await connect(url, transport)
    const owner = nodes.find(({ stomp }) => stomp.metrics.openSessions === 1)!
    const closed = new Promise<{ code: number }>((resolve) => (client.onWebSocketClose = resolve))
    // As balancers do who ask for /readyz. The browser's cookie goes on naming it.
    balanced.splice(balanced.indexOf(owner), 1)
    const drained = owner.stomp.drain({ withinMs: 2_000 })
    expect((await closed).code).toBe(1012)
    const again = await connect(url, transport)
    expect(owner.stomp.metrics.openSessions).toBe(0)
    expect(again.connected).toBe(true)
    await again.deactivate()
    await drained
  })
})
