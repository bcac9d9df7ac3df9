import { expect, onTestFinished, test } from 'vitest'
import { allow } from '../../messaging/permissions.js'
import { createStompServer } from '../../server.js'
import { message, partyOf } from '../../testing/contract/kit.js'
import type { Broker } from '../broker.js'
import { relay } from './relay.js'

const LOCAL = ['/topic/room/{id}/members', '/topic/status/**', '/user/queue/news']

async function upstreamAndTwo(): Promise<{
  stop: () => Promise<void>
  brokers: [Broker, Broker]
  asked: string[]
}> {
  const upstream = createStompServer({ permissions: { subscribe: [allow('/**')], send: [allow('/**')] } })
  const asked: string[] = []
  upstream.events.on('subscribed', ({ destination }) => void asked.push(destination))
  const { port } = await upstream.listenTcp({ port: 0 })
  const node = (): Broker => relay({ url: `stomp://127.0.0.1:${port}`, local: LOCAL, waitMs: 50 })
  const brokers: [Broker, Broker] = [node(), node()]
  await Promise.all(brokers.map((broker) => broker.start()))
  onTestFinished(async () => {
    await Promise.all(brokers.map((broker) => broker.stop()))
    await upstream.close()
  })
  return { brokers, asked, stop: () => upstream.close() }
}

test('a local topic is this node’s alone, and needs no broker', async () => {
  const { brokers, asked, stop } = await upstreamAndTwo()
  const [here, there] = [await partyOf(brokers[0]), await partyOf(brokers[1])]
  for (const party of [here, there]) await party.subscribe('a', '/topic/room/1/members')
  await there.send('/topic/room/1/members', 'there')
  await here.send('/topic/room/1/members', 'here')
  expect(asked).toEqual([])
  await stop()
  await brokers[0].publish(message('/topic/room/1/members', 'away'))
  await here.subscribe('b', '/topic/status/*')
  await here.send('/topic/status/broker', 'still')
  expect(await here.subscriber.bodies(3)).toEqual(['here', 'away', 'still'])
  expect(await there.subscriber.bodies(1)).toEqual(['there'])
  await here.link.unsubscribe('a')
  await here.send('/topic/room/1/members', 'nobody')
  expect(await here.subscriber.take(0)).toEqual([])
})

test('a local destination of users is that of their sessions here', async () => {
  const { brokers, asked } = await upstreamAndTwo()
  const parties = [await partyOf(brokers[0]), await partyOf(brokers[1])]
  for (const party of parties) {
    for (const whose of ['name/ann', 'session/1'])
      await party.subscribe(whose, `/user-topic/${whose}/queue/news`)
    await party.subscribe('other', '/user-topic/name/ann/queue/other')
  }
  expect(asked).toEqual(['/topic/~u/name/ann/queue/other', '/topic/~u/name/ann/queue/other'])
  const [here, there] = parties
  for (const whose of ['name/ann', 'session/1']) await here!.send(`/user-topic/${whose}/queue/news`, whose)
  await here!.send('/user-topic/name/ann/queue/other', 'everywhere')
  expect(await here!.subscriber.bodies(3)).toEqual(['name/ann', 'session/1', 'everywhere'])
  expect(await there!.subscriber.bodies(1)).toEqual(['everywhere'])
})

test('a wildcard that local patterns do not cover whole has both', async () => {
  const { brokers, asked } = await upstreamAndTwo()
  const [here, there] = [await partyOf(brokers[0]), await partyOf(brokers[1])]
  await here.subscribe('a', '/topic/room/**')
  await here.subscribe('b', '/topic/room/*/members')
  expect(asked).toEqual(['/topic/room/**', '/topic/room/*/members'])
  await here.send('/topic/room/1/members', 'local')
  await there.send('/topic/room/1', 'from there')
  expect((await here.subscriber.bodies(3)).toSorted()).toEqual(['from there', 'local', 'local'])
})

test('a transaction sends to local topics once it is committed', async () => {
  const { brokers } = await upstreamAndTwo()
  const here = await partyOf(brokers[0])
  await here.subscribe('a', '/topic/**')
  await here.link.commit([
    { kind: 'send', message: message('/topic/status/x', '1') },
    { kind: 'send', message: message('/topic/room/1', '2') },
  ])
  expect((await here.subscriber.bodies(2)).toSorted()).toEqual(['1', '2'])
})
