import { expect, onTestFinished, test } from 'vitest'
import { Ether } from '../../test/ether.js'
import type { EtherBroker } from '../../test/ether.js'
import { ManualClock } from '../testing/manual-clock.js'
import type { Channel, SharedMap } from './cluster.js'
import { Membership } from './membership.js'
import { clusterSettings } from './settings.js'

const clock = new ManualClock()

interface Member {
  readonly broker: EtherBroker
  readonly membership: Membership
  readonly map: SharedMap<unknown>
  readonly channel: Channel<unknown>
  readonly heard: unknown[]
  readonly changes: string[]
  readonly failures: unknown[]
  readonly counts: { clusterSent: number; clusterSnapshots: number }
}

function joined(ether: Ether, name: string): Member {
  const heard: unknown[] = []
  const changes: string[] = []
  const failures: unknown[] = []
  const counts = { nodes: 1, clusterSent: 0, clusterReceived: 0, clusterMissed: 0, clusterSnapshots: 0 }
  const broker = ether.broker()
  const membership: Membership = new Membership(broker, clusterSettings({ name }), clock, {
    joined() {},
    left() {},
    failed: (error) => failures.push(error),
    counts,
  })
  broker.observe({ dropped() {}, availability: (available) => membership.availability(available) })
  const map = membership.shared<unknown>('map', {
    changed: ({ key, value, node }) => changes.push(`${node.name} ${key} ${JSON.stringify(value)}`),
  })
  const channel = membership.channel<unknown>('channel', {
    heard: (value, node) => heard.push([node.name, value]),
    missed: (node) => heard.push([node.name, 'missed']),
  })
  void membership.start()
  onTestFinished(() => membership.stop())
  return { broker, membership, map, channel, heard, changes, failures, counts }
}

async function pair(): Promise<{ ether: Ether; a: Member; b: Member; later: () => Promise<void> }> {
  const ether = new Ether()
  const [a, b] = [joined(ether, 'a'), joined(ether, 'b')]
  const later = async (): Promise<void> => {
    await clock.advance(2_500)
    await ether.settle()
  }
  await ether.settle()
  await later()
  return { ether, a, b, later }
}

test('changes of one turn are told together, and of one key only the last', async () => {
  const { ether, a, b } = await pair()
  const before = a.broker.sent
  a.map.set('x', 1)
  a.map.set('x', 2)
  a.map.set('y', { deep: ['한', null] })
  a.map.set('z', 1)
  a.map.delete('z')
  await ether.settle()
  expect(a.broker.sent - before).toBe(2)
  expect(b.changes).toEqual(['a x 2', 'a y {"deep":["한",null]}'])
  expect(a.changes).toEqual(['a x 1', 'a x 2', 'a y {"deep":["한",null]}', 'a z 1', 'a z undefined'])
  a.map.set('x', 2)
  await ether.settle()
  expect(a.broker.sent - before).toBe(2)
})

test('a key is there once for each node that has set it, and goes with its node', async () => {
  const { ether, a, b } = await pair()
  a.map.set('x', 1)
  b.map.set('x', 2)
  await ether.settle()
  const entries = (): string[] =>
    [...a.map.entries()].map(({ key, value, node }) => `${node.name} ${key} ${String(value)}`)
  expect(entries()).toEqual(['a x 1', 'b x 2'])
  b.membership.stop()
  await ether.settle()
  expect(entries()).toEqual(['a x 1'])
  expect(a.changes.at(-1)).toBe('b x undefined')
})

test('a large map comes in pieces of bounded size; where one is lost, all is asked for again', async () => {
  const { ether, a, b, later } = await pair()
  b.broker.link(false)
  for (let i = 0; i < 40; i++) a.map.set(`k${i}`, 'x'.repeat(10_000))
  await ether.settle()
  b.broker.link(true)
  const sizes: number[] = []
  const publish = ether.publish.bind(ether)
  ether.publish = (message) => {
    sizes.push(message.body.length)
    // The first snapshot loses its third piece.
    if (sizes.filter((size) => size > 50_000).length !== 3) publish(message)
  }
  await ether.settle()
  await later()
  expect([...b.map.entries()]).toHaveLength(0)
  await later()
  await later()
  expect([...b.map.entries()]).toHaveLength(40)
  expect(sizes.filter((size) => size > 50_000).length).toBe(12)
  expect(Math.max(...sizes)).toBeLessThan(70_000)
  expect(a.counts.clusterSnapshots).toBe(2)
})

test('what changes while a snapshot is on its way is not lost', async () => {
  const { ether, a, b, later } = await pair()
  b.broker.fate.push(true)
  a.map.set('x', 1)
  await ether.settle()
  a.map.set('y', 1)
  await ether.settle()
  a.map.set('x', 2)
  a.map.delete('y')
  await later()
  expect([...b.map.entries()].map(({ key, value }) => [key, value])).toEqual([['x', 2]])
})

test('a deletion that is lost is found by the next announcement', async () => {
  const { ether, a, b, later } = await pair()
  a.map.set('x', 1)
  a.map.set('y', 1)
  await ether.settle()
  b.broker.fate.push(true)
  a.map.delete('x')
  await ether.settle()
  expect(b.changes).toEqual(['a x 1', 'a y 1'])
  await later()
  expect(b.changes.slice(2)).toEqual(['a x undefined'])
})

test('what a node told last before its goodbye is missed where it did not arrive', async () => {
  const { ether, a, b } = await pair()
  b.broker.fate.push(true, false)
  a.channel.tell('lost')
  a.membership.stop()
  await ether.settle()
  expect(b.heard).toEqual([['a', 'missed']])
})

test('changes wait for a broker that is away, and go out with it', async () => {
  const { ether, a, b } = await pair()
  a.map.set('x', 1)
  a.map.set('y', 1)
  await ether.settle()
  a.broker.link(false)
  a.map.set('x', 2)
  a.map.delete('y')
  await ether.settle()
  a.broker.link(true)
  await ether.settle()
  expect(b.changes.slice(2)).toEqual(['a x 2', 'a y undefined'])
  expect(a.counts.clusterSnapshots).toBe(0)
})

test('deletions that would wait without bound are given up: the others ask for all', async () => {
  const { ether, a, b, later } = await pair()
  a.map.set('stays', 1)
  a.broker.link(false)
  for (let i = 0; i < 10_010; i++) {
    a.map.set(`k${i}`, 1)
    a.map.delete(`k${i}`)
  }
  a.broker.link(true)
  await ether.settle()
  await later()
  expect([...b.map.entries()].map(({ key }) => key)).toEqual(['stays'])
  expect(a.counts.clusterSnapshots).toBe(1)
})

test('a channel brings what is told in order; what could not be sent is told of as missed', async () => {
  const { ether, a, b, later } = await pair()
  for (let i = 0; i < 5; i++) a.channel.tell({ i })
  await ether.settle()
  expect(b.heard).toEqual([0, 1, 2, 3, 4].map((i) => ['a', { i }]))
  expect(a.heard).toEqual([])
  a.broker.link(false)
  a.channel.tell('lost')
  a.broker.link(true)
  await ether.settle()
  expect(b.heard.slice(5)).toEqual([['a', 'missed']])
  b.broker.fate.push(true)
  a.channel.tell('lost')
  await ether.settle()
  expect(b.heard).toHaveLength(6)
  await later()
  expect(b.heard.slice(6)).toEqual([['a', 'missed']])
})

test('a broker that reads slowly gets no more than it takes: values are missed, changes wait', async () => {
  const { ether, a, b } = await pair()
  let drain = (): void => {}
  const publish = a.broker.publish.bind(a.broker)
  a.broker.publish = (message) => {
    publish(message)
    return new Promise<void>((resolve) => (drain = resolve)) as unknown as void
  }
  a.channel.tell('taken')
  a.channel.tell('not taken')
  a.map.set('x', 1)
  await ether.settle()
  expect([b.heard, b.changes]).toEqual([[['a', 'taken']], []])
  a.broker.publish = publish
  drain()
  await ether.settle()
  a.channel.tell('again')
  await ether.settle()
  expect([b.heard.slice(1), b.changes]).toEqual([
    [
      ['a', 'missed'],
      ['a', 'again'],
    ],
    ['a x 1'],
  ])
})

test('a map or channel that is opened late finds what was told before', async () => {
  const { ether, a, b } = await pair()
  const early = a.membership.shared<number>('late', { changed() {} })
  early.set('x', 1)
  await ether.settle()
  const seen: unknown[] = []
  b.membership.shared<number>('late', { changed: ({ key, value }) => seen.push([key, value]) })
  await ether.settle()
  expect(seen).toEqual([['x', 1]])
})

test('an observer that throws harms nobody else, and is told of', async () => {
  const { ether, a, b } = await pair()
  b.membership.channel<number>('bad', {
    heard() {
      throw new Error('heard')
    },
  })
  b.membership.shared<number>('bad', {
    changed() {
      throw new Error('changed')
    },
  })
  a.membership.channel<number>('bad', { heard() {} }).tell(1)
  a.membership.shared<number>('bad', { changed() {} }).set('x', 1)
  a.channel.tell('still heard')
  await ether.settle()
  expect(b.failures.map(String).toSorted()).toEqual(['Error: changed', 'Error: heard'])
  expect(b.heard).toEqual([['a', 'still heard']])
})

test('what has no JSON form or is too long is refused where it is given', async () => {
  const { a } = await pair()
  for (const value of [undefined, () => 1, Symbol('x'), Number.NaN, 1n]) {
    expect(() => a.map.set('x', value)).toThrow(TypeError)
  }
  expect(() => a.channel.tell(undefined)).toThrow(TypeError)
  a.map.set('x', null)
  a.map.set('y', 'x'.repeat(16_384 - 8))
  expect(() => a.map.set('y', 'x'.repeat(16_384 - 7))).toThrow(RangeError)
  a.channel.tell('x'.repeat(65_534))
  expect(() => a.channel.tell('x'.repeat(65_535))).toThrow(RangeError)
  for (const name of ['', 'a b', 'x'.repeat(65), 'map']) {
    expect(() => a.membership.shared(name, { changed() {} })).toThrow(TypeError)
  }
  for (let i = 0; i < 99; i++) a.membership.shared(`m${i}`, { changed() {} })
  expect(() => a.membership.shared('m99', { changed() {} })).toThrow(RangeError)
})

test('a node keeps at most 100,000 keys in a map', async () => {
  const { a } = await pair()
  a.broker.link(false)
  for (let i = 0; i < 100_000; i++) a.map.set(String(i), 1)
  expect(() => a.map.set('one more', 1)).toThrow(RangeError)
  a.map.set('0', 2)
  a.map.delete('0')
  a.map.set('one more', 1)
})
