import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { StompError } from '../src/errors.js'
import { allow, rule } from '../src/messaging/permissions.js'
import { relay } from '../src/broker/relay/relay.js'
import { createStompServer } from '../src/server.js'
import type { StompServer } from '../src/server.js'
import type { SharedMap } from '../src/cluster/cluster.js'
import { TestClient } from '../src/testing/test-client.js'

const ANNOUNCE_MS = 100

/** One server of a cluster, and what it is told. */
interface ClusterNode {
  readonly stomp: StompServer
  readonly map: SharedMap<number>
  readonly heard: unknown[]
  /** Resolves when what it knows is so. */
  readonly sees: (holds: () => boolean) => Promise<void>
  readonly names: () => string[]
  readonly entries: () => string[]
  readonly tell: (value: unknown) => void
}

/** What servers that share a broker do, with a real one between them. */
export function clusterSuite(url: () => string): void {
  /** What this user may not subscribe to any more. */
  const forbidden = new Set<string>()

  /** @param goneMs longer than machine and broker stand still, where no test is about silence */
  async function node(name: string, goneMs = 60_000): Promise<ClusterNode> {
    const stomp: StompServer = createStompServer({
      broker: relay({ url: url(), reconnectMs: 10, reconnectMostMs: 50 }),
      cluster: { name, announceMs: ANNOUNCE_MS, goneMs },
      permissions: {
        subscribe: [allow('/user/queue/**'), rule('/topic/**', ({ user }) => !forbidden.has(user.name))],
      },
    })
    onTestFinished(async () => {
      forbidden.clear()
      await stomp.close()
    })
    let wake = (): void => {}
    const changed = (): void => wake()
    const heard: unknown[] = []
    const map = stomp.cluster.shared<number>('map', { changed })
    const channel = stomp.cluster.channel<unknown>('channel', {
      heard(value, { name }) {
        heard.push([name, value])
        changed()
      },
      missed({ name }) {
        heard.push([name, 'missed'])
        changed()
      },
    })
    for (const event of ['nodeJoined', 'nodeLeft', 'disconnected', 'unsubscribed'] as const)
      stomp.events.on(event, changed)
    await stomp.start()
    return {
      stomp,
      map,
      heard,
      names: () =>
        stomp.cluster
          .nodes()
          .map(({ name }) => name)
          .toSorted(),
      entries: () =>
        [...map.entries()].map(({ key, value, node }) => `${node.name} ${key} ${value}`).toSorted(),
      tell: (value) => channel.tell(value),
      async sees(holds) {
        while (!holds()) await new Promise<void>((resolve) => (wake = resolve))
      },
    }
  }

  async function three(): Promise<ClusterNode[]> {
    const nodes = await Promise.all(['a', 'b', 'c'].map((name) => node(name)))
    await Promise.all(nodes.map(({ sees, names }) => sees(() => names().length === 3)))
    return nodes
  }

  test('three servers find each other, tell each other things, and see one map; one says goodbye', async () => {
    const [a, b, c] = await three()
    a!.map.set('x', 1)
    b!.map.set('x', 2)
    a!.tell('한글')
    a!.tell(2)
    for (const one of [a!, b!, c!]) await one.sees(() => one.entries().join() === 'a x 1,b x 2')
    for (const one of [b!, c!]) {
      await one.sees(() => one.heard.length === 2)
      expect(one.heard).toEqual([
        ['a', '한글'],
        ['a', 2],
      ])
    }
    const left: unknown[] = []
    b!.stomp.events.on('nodeLeft', ({ node: { name }, goodbye }) => left.push([name, goodbye]))
    await a!.stomp.drain({ withinMs: 10 })
    await b!.sees(() => b!.names().join() === 'b,c')
    expect([left, b!.entries(), b!.stomp.metrics.nodes]).toEqual([[['a', true]], ['b x 2'], 2])
  })

  test('a server that is killed is gone after its silence, and with it what it kept', async () => {
    const a = await node('a', 1_000)
    const server = new URL('../dist/index.js', import.meta.url).href
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', PROGRAM, server, url(), String(ANNOUNCE_MS)],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    onTestFinished(() => void child.kill('SIGKILL'))
    for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') break
    await a.sees(() => a.entries().join() === 'child k 7')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await a.sees(() => a.names().join() === 'a')
    expect([a.entries(), a.heard]).toEqual([[], [['child', 'missed']]])
  })

  test('user destinations reach a user and a session on any node', async () => {
    const [a, b, c] = await three()
    const ann = await Promise.all(
      [a!, b!].map(({ stomp }) => TestClient.connect(stomp, { login: 'ann', withinMs: 10_000 })),
    )
    const bob = await TestClient.connect(b!.stomp, { login: 'bob', withinMs: 10_000 })
    const [onA, onB, bobs] = await Promise.all(
      [...ann, bob].map((client) => client.subscribe('/user/queue/x')),
    )
    await c!.stomp.messaging.sendToUser('ann', '/queue/x', 'for ann')
    await c!.stomp.messaging.sendToUser('', '/queue/x', 'for one', {
      sessionId: ann[1]!.connected['session']!,
    })
    await c!.stomp.messaging.sendToUser('bob', '/queue/x', 'for bob')
    expect((await onA!.receive()).body).toBe('for ann')
    expect((await onB!.receive()).body).toBe('for ann')
    const one = await onB!.receive()
    expect([one.body, one.destination]).toEqual(['for one', '/user/queue/x'])
    expect((await bobs!.receive()).body).toBe('for bob')
    // What goes to one connection keeps its order: had there been more for another, it would be here.
    await c!.stomp.messaging.sendToUser('ann', '/queue/x', 'last')
    expect((await onA!.receive()).body).toBe('last')
  })

  test('sessions and subscriptions are cut on every node', async () => {
    const [a, b] = await three()
    const ann = await TestClient.connect(b!.stomp, { login: 'ann', withinMs: 10_000 })
    const bob = await TestClient.connect(b!.stomp, {
      login: 'bob',
      headers: { 'x-error-mode': 'keep' },
      withinMs: 10_000,
    })
    const reasons: unknown[] = []
    b!.stomp.events.on('unsubscribed', ({ session, destination, reason }) =>
      reasons.push([session.user.name, destination, reason?.name]),
    )
    for (const topic of ['/topic/x/1', '/topic/y', '/topic/z']) await bob.subscribe(topic)
    expect(await a!.stomp.cluster.revoke({ user: 'bob', destination: '/topic/x/**' })).toBe(0)
    await b!.sees(() => reasons.length === 1)
    await expect(a!.stomp.cluster.revoke({ destination: 'malformed' })).rejects.toThrow(TypeError)
    const session = bob.connected['session']!
    await a!.stomp.cluster.revoke({ session, destination: '/topic/y', notice: 'none' })
    await b!.sees(() => reasons.length === 2)
    forbidden.add('bob')
    await a!.stomp.cluster.recheck({ user: 'bob' })
    await b!.sees(() => reasons.length === 3)
    expect(reasons).toEqual(['/topic/x/1', '/topic/y', '/topic/z'].map((topic) => ['bob', topic, 'revoked']))
    expect(
      a!.stomp.cluster.disconnectUser('ann', new StompError('banned', 'Go.', { data: { until: 7 } })),
    ).toBe(0)
    expect((await ann.closed).name).toBe('application')
    expect(b!.stomp.metrics.refusals.get('banned')).toBe(1)
    expect(b!.stomp.sessions.ofUser('bob')).toHaveLength(1)
  })
}

const PROGRAM = `
  const [server, url, announceMs] = process.argv.slice(1)
  const { createStompServer, relay } = await import(server)
  const stomp = createStompServer({ broker: relay({ url }), cluster: { name: 'child', announceMs: Number(announceMs) } })
  stomp.cluster.shared('map', { changed() {} }).set('k', 7)
  await stomp.start()
  console.log('ready')
`
