import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { missing, requirements } from '../../../../tools/requirements.js'
import { ActiveMq } from '../../test/activemq.js'
import { clusterSuite } from '../../test/cluster-suite.js'
import { RabbitMq } from '../../../../tools/rabbitmq-server.js'
import { relay } from '../broker/relay/relay.js'
import { systemClock } from '../clock.js'
import type { Clock } from '../clock.js'
import { allow, rule } from '../messaging/permissions.js'
import { createStompServer } from '../server.js'
import type { StompServer } from '../server.js'
import { TestClient } from '../testing/test-client.js'

const ALL = { subscribe: [allow('/**')], send: [allow('/**')] }

describe('with another stomping-ground between', () => {
  let upstream: StompServer
  let port: number

  beforeAll(async () => {
    upstream = createStompServer({ permissions: ALL })
    port = (await upstream.listenTcp({ port: 0 })).port
  })
  afterAll(() => upstream.close())

  clusterSuite(() => `stomp://127.0.0.1:${port}`)
})

describe.skipIf(missing(requirements.rabbitMq))('with RabbitMQ between', () => {
  let rabbitMq: RabbitMq

  beforeAll(async () => {
    rabbitMq = await RabbitMq.start()
  }, 60_000)
  afterAll(() => rabbitMq.stop())

  clusterSuite(() => rabbitMq.url)
})

describe.skipIf(missing(requirements.activeMq))('with ActiveMQ between', () => {
  let activeMq: ActiveMq

  beforeAll(async () => {
    activeMq = await ActiveMq.start()
  }, 60_000)
  afterAll(() => activeMq.stop())

  clusterSuite(() => activeMq.url)
})

test('a broker that is restarted makes nobody leave; what was told meanwhile is checked by the rules', async () => {
  let upstream = createStompServer({ permissions: ALL })
  const { port } = await upstream.listenTcp({ port: 0 })
  let forbidden = false
  let skippedMs = 0
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + skippedMs }
  const events: string[] = []
  const nodes = ['a', 'b'].map((name) => {
    const stomp = createStompServer({
      // One of them finds the broker well before the other does.
      broker: relay({ url: `stomp://127.0.0.1:${port}`, reconnectMs: name === 'a' ? 1 : 200 }),
      cluster: { name, announceMs: 50, goneMs: 60_000 },
      clock,
      permissions: { subscribe: [rule('/topic/x', () => !forbidden)] },
    })
    stomp.events.on('nodeJoined', ({ node }) => events.push(`${name}: ${node.name} joined`))
    stomp.events.on('nodeLeft', ({ node }) => events.push(`${name}: ${node.name} left`))
    return stomp
  })
  onTestFinished(async () => {
    await Promise.all(nodes.map((stomp) => stomp.close()))
    await upstream.close()
  })
  const [a, b] = nodes as [StompServer, StompServer]
  const joined = Promise.all(nodes.map((stomp) => heard(stomp, 'nodeJoined')))
  await Promise.all(nodes.map((stomp) => stomp.start()))
  await joined
  const client = await TestClient.connect(b, {
    login: 'ann',
    headers: { 'x-error-mode': 'keep' },
    withinMs: 10_000,
  })
  await client.subscribe('/topic/x')
  const away = Promise.all(nodes.map((stomp) => heard(stomp, 'brokerAvailability')))
  await upstream.close()
  await away
  skippedMs = 300_000
  forbidden = true
  await a.cluster.revoke({ destination: '/topic/x' })
  const cut = heard(b, 'unsubscribed')
  upstream = createStompServer({ permissions: ALL })
  await upstream.listenTcp({ port })
  await cut
  expect(events.toSorted()).toEqual(['a: b joined', 'b: a joined'])
})

test('clients can name none of what nodes tell each other, and patterns do not find it', async () => {
  const upstream = createStompServer({ permissions: ALL })
  const { port } = await upstream.listenTcp({ port: 0 })
  const stomp = createStompServer({
    broker: relay({ url: `stomp://127.0.0.1:${port}` }),
    cluster: { announceMs: 10, goneMs: 1_000 },
    permissions: ALL,
  })
  onTestFinished(async () => {
    await stomp.close()
    await upstream.close()
  })
  await stomp.start()
  const client = await TestClient.connect(stomp, { headers: { 'x-error-mode': 'keep' }, withinMs: 10_000 })
  const found = await Promise.all(['/topic/**', '/topic/*/*'].map((pattern) => client.subscribe(pattern)))
  const before = stomp.metrics.clusterReceived
  for (const destination of ['/node-topic/all', '/topic/~n/all']) {
    await expect(client.send(destination, '{}')).rejects.toMatchObject({ code: 'destination-invalid' })
    await expect(client.subscribe(destination)).rejects.toMatchObject({ code: 'destination-invalid' })
  }
  while (stomp.metrics.clusterReceived < before + 3) await new Promise((resolve) => setImmediate(resolve))
  for (const subscription of found) expect(await subscription.pending()).toEqual([])
})

test('metrics tell of the cluster', () => {
  const stomp = createStompServer()
  expect(stomp.metrics.prometheus()).toContain('stomp_cluster_nodes 1\n')
  expect(stomp.cluster.nodes()).toEqual([{ name: stomp.cluster.name, address: undefined, self: true }])
})

function heard(
  stomp: StompServer,
  event: 'nodeJoined' | 'brokerAvailability' | 'unsubscribed',
): Promise<void> {
  return new Promise((resolve) => {
    const stop = stomp.events.on(event, () => {
      stop()
      resolve()
    })
  })
}
