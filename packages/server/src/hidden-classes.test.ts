import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { Topics } from './broker/topics/topics.js'
import type { Delivery } from './delivery.js'
import { allow } from './messaging/permissions.js'
import { createStompServer } from './server.js'
import { Link } from './session/chain.js'
import { OutboxTick } from './session/outbox-tick.js'
import type { Session } from './session/session.js'
import type { StompUser } from './stomp-session.js'
import { MemoryClient } from './testing/memory-client.js'
import type { Connection } from './transport/connection.js'
import { Endpoint } from './transport/endpoint.js'

// A fan-out reads one object of some of these kinds for every subscriber, and what it writes touches the others. Where they have shapes of their own, made by
// spreading or by members that come later, V8 looks each member up anew: that once made a fan-out ten times slower.
setFlagsFromString('--allow-natives-syntax')
const sameShape = runInThisContext('(one, other) => %HaveSameMap(one, other)') as (
  one: object,
  other: object,
) => boolean

/** How many different shapes these objects have. */
function shapes(objects: Iterable<object>): number {
  const seen: object[] = []
  for (const object of objects) if (!seen.some((one) => sameShape(one, object))) seen.push(object)
  return seen.length
}

test('sees that objects differ in shape', () => {
  const point = (late: boolean): object => {
    const made = { x: 1 }
    return late ? Object.assign(made, { late }) : made
  }
  expect(shapes([point(false), point(false)])).toBe(1)
  expect(shapes([point(false), point(true)])).toBe(2)
})

test('whatever clients ask for, all places, outboxes, deliveries, links and sessions of a fan-out have one shape', async () => {
  const subscribe = vi.spyOn(Topics.prototype, 'subscribe')
  const deliver = vi.spyOn(OutboxTick.prototype, 'deliver')
  const next = vi.spyOn(Link.prototype, 'next')
  onTestFinished(() => void vi.restoreAllMocks())
  const stomp = createStompServer({ permissions: { send: [allow('/topic/**')] } })
  onTestFinished(() => stomp.close())
  const sessions: Session<StompUser>[] = []
  const clients: MemoryClient[] = []
  for (let i = 0; i < 12; i++) {
    const accept = (connection: Connection) => {
      const session = stomp.accept(connection) as Session<StompUser>
      sessions.push(session)
      return session
    }
    const client = await MemoryClient.connected(accept, {
      'accept-version': ['1.0', '1.1', '1.2'][i % 3]!,
      'heart-beat': i % 2 === 0 ? '0,0' : '20000,20000',
      ...(i % 4 === 0 ? { login: `user${i}`, 'x-error-mode': 'keep' } : {}),
    })
    await client.ask('SUBSCRIBE', {
      id: `sub-${i}`,
      destination: i % 5 === 0 ? '/topic/**' : '/topic/a',
      ack: ['auto', 'client', 'client-individual'][i % 4] ?? 'auto',
      ...(i % 3 === 0 ? { 'prefetch-count': '500', 'x-more': 'y' } : {}),
    })
    clients.push(client)
  }
  clients[3]!.writable = false
  for (let round = 0; round < 4; round++) {
    await clients[0]!.ask('SEND', { destination: '/topic/a', ...(round === 2 ? { 'x-more': 'y' } : {}) }, 'x')
    await stomp.messaging.send('/topic/a', round === 3 ? Uint8Array.of(0xff) : { round })
  }
  const deliveries = deliver.mock.calls.map(([, delivery]) => delivery)
  expect(shapes(subscribe.mock.results.map(({ value }) => value as object))).toBe(1)
  expect(shapes(sessions.map(({ outbox }) => outbox))).toBe(1)
  expect(shapes(new Set<Delivery>(deliveries))).toBe(1)
  expect(shapes(next.mock.results.map(({ value }) => value as object))).toBe(1)
  expect(shapes(sessions)).toBe(1)
})

test('all connections over WebSocket have one shape, also those that were slow or have sent a ping', async () => {
  const connections: Connection[] = []
  const endpoint = new Endpoint({
    path: '/stomp',
    accept: (connection) => {
      connections.push(connection)
      return { received() {}, drained() {}, closed() {} }
    },
  })
  const http = createServer().on('upgrade', (request, socket, head) => {
    endpoint.handleUpgrade(request, socket, head)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const pages: WebSocket[] = []
  for (let i = 0; i < 4; i++) {
    const page = new WebSocket(`ws://127.0.0.1:${port}/stomp`, i % 2 === 0 ? ['v12.stomp'] : [])
    await new Promise((resolve) => page.once('open', resolve))
    pages.push(page)
  }
  onTestFinished(() => {
    for (const page of pages) page.terminate()
    http.close()
  })
  connections[1]!.settle?.()
  connections[2]!.probe?.()
  connections[3]!.write(new Uint8Array(10))
  expect(connections).toHaveLength(4)
  expect(shapes(connections)).toBe(1)
})
