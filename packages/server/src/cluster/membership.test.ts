import { StompHeaders, utf8Decode, utf8Encode } from '@stomping-ground/codec'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Ether } from '../../test/ether.js'
import type { EtherBroker } from '../../test/ether.js'
import { embeddedBroker } from '../broker/embedded/embedded.js'
import { ManualClock } from '../testing/manual-clock.js'
import type { ClusterOptions } from './cluster.js'
import { Membership } from './membership.js'
import { clusterSettings } from './settings.js'
import { ALL_NODES } from './wire.js'

interface World {
  readonly clock: ManualClock
  readonly ether: Ether
  readonly join: (options?: ClusterOptions) => Member
  /** Brings everything that is on its way. */
  readonly settle: () => Promise<void>
}

interface Member {
  readonly membership: Membership
  readonly broker: EtherBroker
  readonly events: string[]
  readonly failures: string[]
  /** The names of the nodes that it knows, itself first. */
  readonly names: () => string[]
  readonly counts: { nodes: number; clusterSnapshots: number; clusterMissed: number }
}

function world(): World {
  const clock = new ManualClock()
  const ether = new Ether()
  return {
    clock,
    ether,
    settle: () => ether.settle(),
    join(options = {}) {
      const events: string[] = []
      const failures: string[] = []
      const broker = ether.broker()
      const counts = { nodes: 1, clusterSent: 0, clusterReceived: 0, clusterMissed: 0, clusterSnapshots: 0 }
      const membership: Membership = new Membership(broker, clusterSettings(options), clock, {
        joined: ({ name }) => events.push(`joined ${name}`),
        left: ({ name }, goodbye) => events.push(`left ${name}${goodbye ? ': goodbye' : ''}`),
        failed: (error, during) => failures.push(`${during}: ${String(error)}`),
        counts,
      })
      broker.observe({ dropped() {}, availability: (available) => membership.availability(available) })
      void membership.start()
      onTestFinished(() => membership.stop())
      const names = (): string[] => membership.nodes().map(({ name }) => name)
      return { membership, broker, events, failures, names, counts }
    },
  }
}

describe('nodes', () => {
  test('know each other as soon as one comes: those who are there answer', async () => {
    const { join, settle, clock } = world()
    const a = join({ name: 'a' })
    await settle()
    const b = join({ name: 'b' })
    await settle()
    expect([a.names(), b.names()]).toEqual([['a', 'b'], ['b']])
    await clock.advance(50)
    await settle()
    expect(b.names()).toEqual(['b', 'a'])
    expect([a.events, b.events, a.counts.nodes]).toEqual([['joined b'], ['joined a'], 2])
  })

  test('that come together are answered once', async () => {
    const { join, settle, clock } = world()
    const a = join()
    await settle()
    const before = a.broker.sent
    for (let i = 0; i < 10; i++) join()
    await settle()
    await clock.advance(50)
    await settle()
    expect(a.broker.sent - before).toBe(1)
    expect(a.names()).toHaveLength(11)
  })

  test('are called at random, and anew with each start, unless they are given a name', () => {
    const { join } = world()
    expect(join().membership.self.name).not.toBe(join().membership.self.name)
    expect(join({ name: 'web-1' }).membership.self.name).toBe('web-1')
  })

  test('that say goodbye are gone at once; those that fall silent goneMs later', async () => {
    const { join, settle, clock } = world()
    const [a, b, c] = [join({ name: 'a' }), join({ name: 'b' }), join({ name: 'c' })]
    await settle()
    await clock.advance(50)
    await settle()
    b.membership.stop()
    await settle()
    expect(a.events).toEqual(['joined b', 'joined c', 'left b: goodbye'])
    c.broker.kill()
    for (let ms = 0; ms < 7_000; ms += 500) {
      await clock.advance(500)
      await settle()
    }
    expect(a.names()).toEqual(['a', 'c'])
    for (let ms = 0; ms < 7_000; ms += 500) {
      await clock.advance(500)
      await settle()
    }
    expect([a.names(), a.events.at(-1)]).toEqual([['a'], 'left c'])
  })

  test('are not given up while this one itself hears nothing, or is cut off from the broker', async () => {
    const { join, settle, clock } = world()
    const [a, b] = [join({ name: 'a' }), join({ name: 'b' })]
    await settle()
    // Nothing comes, and then all of it: as after a standstill of the process.
    await clock.advance(60_000)
    expect(a.names()).toEqual(['a', 'b'])
    a.broker.link(false)
    await clock.advance(60_000)
    a.broker.link(true)
    await settle()
    expect([a.names(), a.events]).toEqual([['a', 'b'], ['joined b']])
    expect(b.events).toEqual(['joined a'])
  })

  test('say hello again when the broker is there again', async () => {
    const { join, settle } = world()
    const [a, b] = [join({ name: 'a' }), join({ name: 'b' })]
    b.broker.link(false)
    await settle()
    expect(a.names()).toEqual(['a'])
    b.broker.link(true)
    await settle()
    expect(a.names()).toEqual(['a', 'b'])
  })

  test('that start anew under their old name are others, and what is late of the old start counts for nothing', async () => {
    const { join, settle, ether } = world()
    const a = join({ name: 'a' })
    const late: Uint8Array[] = []
    const publish = ether.publish.bind(ether)
    ether.publish = (message) => {
      late.push(message.body)
      publish(message)
    }
    const b = join({ name: 'b' })
    await settle()
    b.broker.kill()
    join({ name: 'b' })
    await settle()
    expect(a.events).toEqual(['joined b', 'left b', 'joined b'])
    const hello = late.map(utf8Decode).find((text) => text.includes('"from":"b"'))
    publish({ destination: ALL_NODES, headers: new StompHeaders(), body: utf8Encode(hello!) })
    await settle()
    expect(a.events).toEqual(['joined b', 'left b', 'joined b'])
  })

  test('of one name at the same time are told of', async () => {
    const { join, settle } = world()
    const [one, two] = [join({ name: 'a' }), join({ name: 'a' })]
    await settle()
    expect(one.failures).toEqual(['a message of another node: Error: Another node is called a'])
    expect(two.names()).toEqual(['a'])
  })

  test('that cannot be told apart from junk are ignored, and it is told of once a second', async () => {
    const { join, settle, ether, clock } = world()
    const a = join({ name: 'a' })
    const good = {
      v: 1,
      from: 'b',
      run: 'x',
      t: 'here',
      hello: false,
      at: 1,
      told: { channels: {}, maps: {} },
    }
    const junk: unknown[] = [
      'no JSON',
      '[]',
      'null',
      { ...good, v: 2 },
      { ...good, from: '../b' },
      { ...good, run: 7 },
      { ...good, t: 'constructor' },
      { ...good, told: { channels: {} } },
      { ...good, told: { channels: { a: -1 }, maps: {} } },
      {
        ...good,
        told: { channels: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`c${i}`, 1])), maps: {} },
      },
      { ...good, address: 7 },
      { ...good, address: 'http://10.0.0.7/path' },
      { ...good, at: '1' },
      { ...good, t: 'tell', name: 'c', n: 1.5 },
      { ...good, t: 'delta', name: 'm', n: 1, set: [['k']], deleted: [] },
      { ...good, t: 'delta', name: 'm', n: 1, set: [], deleted: [1] },
      { ...good, t: 'piece', name: 'm', n: 1, piece: 0, last: 'no', set: [] },
      `${' '.repeat(300_000)}${JSON.stringify(good)}`,
    ]
    for (const one of junk) {
      await clock.advance(1_000)
      const body = utf8Encode(typeof one === 'string' ? one : JSON.stringify(one))
      for (let i = 0; i < 2; i++) ether.publish({ destination: ALL_NODES, headers: new StompHeaders(), body })
      await settle()
    }
    expect(a.failures).toHaveLength(junk.length)
    expect(a.names()).toEqual(['a'])
    ether.publish({
      destination: ALL_NODES,
      headers: new StompHeaders(),
      body: utf8Encode(JSON.stringify(good)),
    })
    await settle()
    expect(a.names()).toEqual(['a', 'b'])
  })
})

describe('a node whose broker is its own', () => {
  test('is alone, sends nothing and has no timer; its own keys are there', async () => {
    const clock = new ManualClock()
    const broker = embeddedBroker({ clock })
    const counts = { nodes: 1, clusterSent: 0, clusterReceived: 0, clusterMissed: 0, clusterSnapshots: 0 }
    const failed = (error: unknown): never => {
      throw error
    }
    const membership = new Membership(broker, clusterSettings({ name: 'a' }), clock, {
      joined: failed,
      left: failed,
      failed,
      counts,
    })
    const changes: unknown[] = []
    const map = membership.shared<number>('map', {
      changed: ({ key, value, before, node }) => changes.push([key, value, before, node.self]),
    })
    const channel = membership.channel<number>('channel', { heard: failed })
    await membership.start()
    map.set('k', 1)
    map.set('k', 2)
    channel.tell(1)
    expect([...map.entries()].map(({ key, value }) => [key, value])).toEqual([['k', 2]])
    expect(map.delete('k')).toBe(true)
    expect(map.delete('k')).toBe(false)
    expect(changes).toEqual([
      ['k', 1, undefined, true],
      ['k', 2, 1, true],
      ['k', undefined, 2, true],
    ])
    await clock.advance(60_000)
    membership.stop()
    expect([clock.pending, counts.clusterSent, membership.nodes()]).toEqual([0, 0, [membership.self]])
  })
})

describe('options of a cluster', () => {
  test.each([
    [{ name: 'a b' }, TypeError],
    [{ name: '' }, TypeError],
    [{ announceMs: 0 }, RangeError],
    [{ announceMs: 6_000 }, RangeError],
    [{ goneMs: 1.5 }, RangeError],
    [{ address: 'http://10.0.0.7:8080' }, TypeError],
    [{ secret: 'sixteen-letters-' }, TypeError],
    [{ address: 'https://10.0.0.7', secret: 'sixteen-letters-' }, TypeError],
    [{ address: 'http://10.0.0.7/path', secret: 'sixteen-letters-' }, TypeError],
    [{ address: 'http://10.0.0.7:8080', secret: 'short' }, RangeError],
  ])('%j are refused', (options, error) => {
    expect(() => clusterSettings(options)).toThrow(error)
  })
})
