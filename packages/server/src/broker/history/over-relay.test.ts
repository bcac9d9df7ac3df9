import { utf8Decode } from '@stomping-ground/codec'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { allow } from '../../messaging/permissions.js'
import { createStompServer } from '../../server.js'
import type { StompServer } from '../../server.js'
import { TestClient } from '../../testing/test-client.js'
import type { TcpListener } from '../../transport/tcp.js'
import { relay } from '../relay/relay.js'
import { memoryStore } from './memory-store.js'
import type { HistoryStore } from './store.js'

const MESSAGES = 100

describe('history of two nodes over a relay', () => {
  const permissions = { subscribe: [allow('/**')], send: [allow('/**')] }
  let upstream: StompServer
  let listener: TcpListener

  beforeAll(async () => {
    upstream = createStompServer({ permissions })
    listener = await upstream.listenTcp({ port: 0 })
  })
  afterAll(() => upstream.close())

  async function node(store: HistoryStore): Promise<StompServer> {
    const stomp = createStompServer({
      broker: relay({ url: `stomp://127.0.0.1:${listener.port}` }),
      history: { store, retain: [{ destination: '/topic/**', count: 10_000 }] },
      permissions,
    })
    onTestFinished(() => stomp.close())
    await stomp.start()
    return stomp
  }

  test('brings each message once and in order to subscribers of both, live and replayed', async () => {
    const store = memoryStore()
    const nodes = [await node(store), await node(store)]
    const clients = await Promise.all(nodes.map((stomp) => TestClient.connect(stomp, { withinMs: 10_000 })))
    const live = await Promise.all(clients.map((client) => client.subscribe('/topic/room')))
    await Promise.all(
      nodes.flatMap((stomp, i) =>
        Array.from({ length: MESSAGES }, (_, n) =>
          Promise.resolve(stomp.messaging.send('/topic/room', `${i} ${n}`)),
        ),
      ),
    )
    const replayed = await Promise.all(
      clients.map((client) => client.subscribe('/topic/room', { headers: { 'x-stream-offset': 'first' } })),
    )
    await Promise.resolve(nodes[0]!.messaging.send('/topic/room', 'last'))
    const count = 2 * MESSAGES + 1
    const expected = (await store.read('/topic/room', 1, { count, bytes: 1e9 })).map(
      ({ offset, body }) => `${offset} ${utf8Decode(body)}`,
    )
    expect(expected).toHaveLength(count)
    for (const subscription of [...live, ...replayed]) {
      const got: string[] = []
      while (got.length < count) {
        const { headers, body } = await subscription.receive()
        got.push(`${headers['x-stream-offset']} ${String(body)}`)
      }
      expect(got).toEqual(expected)
    }
  })
})
