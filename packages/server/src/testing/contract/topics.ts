import assert from 'node:assert/strict'
import { DISCONNECTS } from '../../errors.js'
import { ackOf, message, refuses, withBroker } from './kit.js'
import type { Ground, MakeBroker, Runner } from './kit.js'

export function topicContract({ describe, test: plainTest }: Runner, makeBroker: MakeBroker): void {
  const test = (name: string, run: (ground: Ground) => Promise<void>): void =>
    plainTest(name, withBroker(makeBroker, run))

  describe('a topic', () => {
    test('gives every subscription a copy, also two of one session', async ({ party, name }) => {
      const [topic, one, two] = [name('/topic/'), await party(), await party()]
      await one.subscribe('a', topic)
      await one.subscribe('b', topic)
      await two.subscribe('a', topic)
      await two.send(topic, 'x')
      const ids = (await one.subscriber.take(2)).map(({ subscriptionId }) => subscriptionId)
      assert.deepEqual(ids.toSorted(), ['a', 'b'])
      assert.deepEqual(await two.subscriber.bodies(1), ['x'])
    })

    test('brings destination, headers and body as they were sent, with an id of each message’s own', async (ground) => {
      const [topic, one] = [ground.name('/topic/'), await ground.party()]
      await one.subscribe('a', topic)
      await one.link.send(message(topic, '한\0글', { 'content-type': 'text/plain', 'a:b': 'c\nd' }))
      await one.link.send(message(topic))
      const [first, second] = await one.subscriber.take(2)
      assert.equal(first!.destination, topic)
      assert.equal(first!.headers['content-type'], 'text/plain')
      assert.equal(first!.headers['a:b'], 'c\nd')
      assert.equal(first!.body, '한\0글')
      assert.equal(second!.body, '')
      assert.notEqual(first!.messageId, second!.messageId)
      assert.notEqual(first!.messageId, '')
    })

    test('brings one destination’s messages to everyone in one order', async ({ party, name }) => {
      const [topic, ...parties] = [name('/topic/'), await party(), await party(), await party()]
      for (const one of parties) await one.subscribe('a', topic)
      for (let i = 0; i < 30; i++) await parties[i % 3]!.send(topic, String(i))
      const [first, ...others] = await Promise.all(parties.map((one) => one.subscriber.bodies(30)))
      assert.equal(first!.length, 30)
      for (const other of others) assert.deepEqual(other, first)
    })

    test('keeps nothing for those who come later', async ({ party, name }) => {
      const [topic, one] = [name('/topic/'), await party()]
      await one.send(topic, 'early')
      await one.subscribe('a', topic)
      await one.send(topic, 'x')
      assert.deepEqual(await one.subscriber.bodies(1), ['x'])
    })

    test('is found by patterns: * stands for one segment, ** for any rest', async ({ party, name }) => {
      const [topic, one, marker] = [name('/topic/'), await party(), name('/topic/')]
      for (const end of ['/*', '/*/c', '/**', '/b/**', '']) await one.subscribe(end, topic + end)
      await one.subscribe('marker', marker)
      const matched = async (end: string): Promise<string[]> => {
        await one.send(topic + end, 'x')
        await one.send(marker, 'marker')
        const ids: string[] = []
        while (ids.at(-1) !== 'marker') {
          for (const { subscriptionId } of await one.subscriber.take(1)) ids.push(subscriptionId)
        }
        return ids.slice(0, -1).toSorted()
      }
      assert.deepEqual(await matched(''), ['', '/**'])
      assert.deepEqual(await matched('/b'), ['/*', '/**', '/b/**'])
      assert.deepEqual(await matched('/b/c'), ['/**', '/*/c', '/b/**'])
      assert.deepEqual(await matched('/b/c/d'), ['/**', '/b/**'])
    })

    test('says that a subscription is active once, before its first delivery', async ({ party, name }) => {
      const [topic, one] = [name('/topic/'), await party()]
      const calls: string[] = []
      const { headers } = message(topic)
      await one.link.subscribe({ id: 'a', destination: topic, ack: 'auto', headers }, () => {
        calls.push('active')
      })
      calls.push('subscribed')
      await one.send(topic, 'x')
      await one.subscriber.take(1)
      assert.deepEqual(calls, ['active', 'subscribed'])
    })

    test('delivers nothing after UNSUBSCRIBE, and ignores ids that it does not know', async (ground) => {
      const [topic, one] = [ground.name('/topic/'), await ground.party()]
      await one.subscribe('a', topic)
      await one.subscribe('b', topic)
      await one.link.unsubscribe('a')
      await one.link.unsubscribe('a')
      await one.link.unsubscribe('c')
      await one.send(topic, 'x')
      const ids = (await one.subscriber.take(1)).map(({ subscriptionId }) => subscriptionId)
      assert.deepEqual(ids, ['b'])
    })

    test('delivers nothing after close, which may come twice', async ({ party, name }) => {
      const [topic, one, two] = [name('/topic/'), await party(), await party()]
      await one.subscribe('a', topic)
      await two.subscribe('a', topic)
      one.link.close()
      one.link.close()
      await two.send(topic, 'x')
      assert.deepEqual(await two.subscriber.bodies(1), ['x'])
      assert.deepEqual(await one.subscriber.take(0), [])
    })

    test('gives a subscriber up whose outbox is full, and no one else', async ({ party, name }) => {
      const [topic, slow, fast] = [name('/topic/'), await party(), await party()]
      await slow.subscribe('a', topic)
      await fast.subscribe('a', topic)
      slow.subscriber.full = true
      await fast.send(topic, 'x', 'y')
      assert.deepEqual(await fast.subscriber.bodies(2), ['x', 'y'])
      assert.equal(slow.subscriber.lostFor, DISCONNECTS.slow)
      assert.equal(fast.subscriber.lostFor, undefined)
    })

    test('takes acks and nacks, and redelivers nothing', async ({ party, name }) => {
      const [topic, one] = [name('/topic/'), await party()]
      await one.subscribe('a', topic, { ack: 'client-individual' })
      await one.send(topic, 'x', 'y')
      const [x, y] = await one.subscriber.take(2)
      await one.link.ack(ackOf(x!))
      await one.link.nack(ackOf(y!))
      await refuses('ack-unknown', () => one.link.ack(ackOf(x!)))
      await one.link.unsubscribe('a')
      await one.subscribe('a', topic)
      await one.send(topic, 'z')
      assert.deepEqual(await one.subscriber.bodies(1), ['z'])
    })

    test('may be one of several under one subscription id, which ends them all', async ({ party, name }) => {
      const [one, topic, other, queue] = [await party(), name('/topic/'), name('/topic/'), name('/queue/')]
      await one.subscribe('a', topic)
      await one.subscribe('a', other)
      await one.subscribe('a', queue)
      await one.subscribe('b', topic)
      await one.send(topic, 'x')
      await one.send(other, 'y')
      await one.send(queue, 'z')
      const received = (await one.subscriber.take(4)).map(({ subscriptionId, body }) => subscriptionId + body)
      assert.deepEqual(received.toSorted(), ['ax', 'ay', 'az', 'bx'])
      await one.link.unsubscribe('a')
      await one.send(other, 'y')
      await one.send(queue, 'z')
      await one.send(topic, 'x')
      assert.deepEqual(
        (await one.subscriber.take(1)).map(({ subscriptionId, body }) => subscriptionId + body),
        ['bx'],
      )
      await one.subscribe('c', queue)
      assert.deepEqual(await one.subscriber.bodies(1), ['z'])
    })

    test('shares one account of acks with the others of its subscription id', async ({ party, name }) => {
      const [one, topic, other] = [await party(), name('/topic/'), name('/topic/')]
      await one.subscribe('a', topic, { ack: 'client' })
      await one.subscribe('a', other, { ack: 'client' })
      await one.send(topic, 'x')
      const [x] = await one.subscriber.take(1)
      await one.send(other, 'y')
      const [y] = await one.subscriber.take(1)
      // STOMP 1.2 "SUBSCRIBE", client: the message and all before it on this subscription
      await one.link.ack(ackOf(y!))
      await refuses('ack-unknown', () => one.link.ack(ackOf(x!)))
    })

    test('is what stands behind user destinations, and shows the client their name', async ({
      party,
      name,
    }) => {
      const [one, rest] = [await party(), name('/queue/')]
      await one.subscribe('a', `/user-topic/name/ann%40example%2Ecom${rest}`)
      await one.subscribe('a', `/user-topic/session/${one.subscriber.sessionId}${rest}`)
      await one.send(`/user-topic/name/ann${rest}`, 'another’s')
      await one.send(`/user-topic/name/ann%40example%2Ecom${rest}`, 'x')
      await one.send(`/user-topic/session/${one.subscriber.sessionId}${rest}`, 'y')
      const received = await one.subscriber.take(2)
      assert.deepEqual(
        received.map(({ body, destination }) => `${destination} ${body}`),
        [`/user${rest} x`, `/user${rest} y`],
      )
    })

    test('is not what patterns find behind user destinations, or between nodes', async (ground) => {
      const [topic, rest, one] = [ground.name('/topic/'), ground.name('/queue/'), await ground.party()]
      for (const pattern of ['/topic/**', '/topic/*/name/**', '/topic/*/*'])
        await one.subscribe(pattern, pattern)
      await one.subscribe('marker', topic)
      await one.send(`/user-topic/name/ann${rest}`, 'secret')
      await one.send(`/node-topic${rest}`, 'secret')
      await one.send(topic, 'marker')
      const received: string[] = []
      while (!received.includes('marker marker')) {
        for (const { subscriptionId, body } of await one.subscriber.take(1))
          received.push(`${subscriptionId} ${body}`)
      }
      assert.deepEqual(
        received.filter((line) => line.endsWith('secret')),
        [],
      )
    })

    test('is reached by what the application publishes', async ({ broker, party, name }) => {
      const [topic, one] = [name('/topic/'), await party()]
      await one.subscribe('a', topic)
      await broker.publish(message(topic, 'x'))
      assert.deepEqual(await one.subscriber.bodies(1), ['x'])
    })
  })

  describe('a destination that the broker does not have', () => {
    for (const destination of ['/nowhere/a', 'topic', '/topic/', '/queue/', '']) {
      test(`is refused: ${JSON.stringify(destination)}`, async ({ broker, party }) => {
        const one = await party()
        await refuses('destination-invalid', () => one.send(destination, 'x'))
        await refuses('destination-invalid', () => one.subscribe('a', destination))
        await refuses('destination-invalid', () => broker.publish(message(destination, 'x')))
      })
    }

    test('is refused: a pattern to send to, a pattern of queues', async ({ party, name }) => {
      const [topic, queue, one] = [name('/topic/'), name('/queue/'), await party()]
      await refuses('destination-invalid', () => one.send(`${topic}/*`, 'x'))
      await refuses('destination-invalid', () => one.send(`${topic}/**`, 'x'))
      await refuses('destination-invalid', () => one.subscribe('a', `${queue}/*`))
      await refuses('destination-invalid', () => one.subscribe('a', '/temp-queue/*'))
    })
  })
}
