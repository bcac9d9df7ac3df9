import assert from 'node:assert/strict'
import { ackOf, message, refuses, withBroker } from './kit.js'
import type { Ground, MakeBroker, Runner } from './kit.js'

export function queueContract({ describe, test: plainTest }: Runner, makeBroker: MakeBroker): void {
  const test = (name: string, run: (ground: Ground) => Promise<void>): void =>
    plainTest(name, withBroker(makeBroker, run))

  describe('a queue', () => {
    test('keeps messages in order until somebody consumes', async ({ broker, party, name }) => {
      const [queue, one, two] = [name('/queue/'), await party(), await party()]
      await one.send(queue, '1', '2')
      await broker.publish(message(queue, '3'))
      one.link.close()
      await two.subscribe('a', queue)
      assert.deepEqual(await two.subscriber.bodies(3), ['1', '2', '3'])
    })

    test('gives each message to one consumer, in turn', async ({ party, name }) => {
      const [queue, one, two] = [name('/queue/'), await party(), await party()]
      await one.subscribe('a', queue)
      await two.subscribe('a', queue)
      await one.send(queue, '1', '2', '3', '4')
      const [some, others] = [await one.subscriber.bodies(2), await two.subscriber.bodies(2)]
      assert.equal(some.length, 2)
      assert.deepEqual([...some, ...others].toSorted(), ['1', '2', '3', '4'])
      for (const bodies of [some, others]) assert.deepEqual(bodies, bodies.toSorted())
    })

    test('keeps a body as it was sent, whatever the sender does with its bytes', async ({
      broker,
      party,
      name,
    }) => {
      const [queue, one] = [name('/queue/'), await party()]
      const body = Buffer.from('as it was')
      await broker.publish(message(queue, body))
      body.fill(0)
      await one.subscribe('a', queue)
      assert.deepEqual(await one.subscriber.bodies(1), ['as it was'])
    })

    test('has at most prefetch-count deliveries unacked at one consumer', async ({ party, name }) => {
      const [queue, one, two] = [name('/queue/'), await party(), await party()]
      await one.send(queue, '1', '2', '3', '4')
      await one.subscribe('a', queue, { ack: 'client-individual', prefetch: 2 })
      const [first, second] = await one.subscriber.take(2)
      assert.deepEqual([first!.body, second!.body], ['1', '2'])
      await one.link.ack(ackOf(second!))
      assert.deepEqual(await one.subscriber.bodies(1), ['3'])
      await two.subscribe('a', queue)
      assert.deepEqual(await two.subscriber.bodies(1), ['4'])
    })

    test('holds no consumer to its prefetch-count whose deliveries need no ack', async ({ party, name }) => {
      const [queue, one] = [name('/queue/'), await party()]
      await one.subscribe('a', queue, { prefetch: 1 })
      await one.send(queue, '1', '2', '3')
      assert.deepEqual(await one.subscriber.bodies(3), ['1', '2', '3'])
    })

    test('refuses a prefetch-count that is no whole number', async ({ party, name }) => {
      const [queue, one] = [name('/queue/'), await party()]
      for (const count of ['-1', '1.5', 'x', '']) {
        const headers = { 'prefetch-count': count }
        await refuses('header-invalid', () => one.subscribe('a', queue, { ack: 'client', headers }))
      }
    })

    test('keeps for others what an outbox does not take, until that has room again', async ({
      party,
      name,
    }) => {
      const [queue, full, other] = [name('/queue/'), await party(), await party()]
      await full.subscribe('a', queue)
      await other.subscribe('a', queue)
      full.subscriber.full = true
      await other.send(queue, '1', '2', '3')
      // Brokers elsewhere have delivered them, to an outbox that did not take them: the order and the mark tell of it.
      assert.deepEqual((await other.subscriber.take(3)).map(({ body }) => body).toSorted(), ['1', '2', '3'])
      assert.equal(full.subscriber.lostFor, undefined)
      full.subscriber.full = false
      full.link.ready()
      other.subscriber.full = true
      await other.send(queue, '4')
      assert.deepEqual(
        (await full.subscriber.take(1)).map(({ body }) => body),
        ['4'],
      )
    })

    test('delivers to an outbox that was full what waited for it, in order', async ({ party, name }) => {
      const [queue, one] = [name('/queue/'), await party()]
      await one.subscribe('a', queue)
      one.subscriber.full = true
      await one.send(queue, '1', '2')
      one.subscriber.full = false
      one.link.ready()
      assert.deepEqual(
        (await one.subscriber.take(2)).map(({ body }) => body),
        ['1', '2'],
      )
    })

    test('says that a subscription is active once, before what waited is delivered', async ({
      party,
      name,
    }) => {
      const [queue, one] = [name('/queue/'), await party()]
      await one.send(queue, '1')
      let atActive: number | undefined
      const { headers } = message(queue)
      await one.link.subscribe({ id: 'a', destination: queue, ack: 'auto', headers }, () => {
        assert.equal(atActive, undefined)
        void one.subscriber.take(0).then(({ length }) => (atActive = length))
      })
      assert.deepEqual(await one.subscriber.bodies(1), ['1'])
      assert.equal(atActive, 0)
    })

    test('delivers nothing after UNSUBSCRIBE', async ({ party, name }) => {
      const [queue, one] = [name('/queue/'), await party()]
      await one.subscribe('a', queue)
      await one.link.unsubscribe('a')
      await one.send(queue, '1')
      await one.subscribe('b', queue)
      assert.deepEqual(
        (await one.subscriber.take(1)).map(({ subscriptionId }) => subscriptionId),
        ['b'],
      )
    })

    test('takes back nothing that needed no ack', async ({ party, name }) => {
      const [queue, one, two] = [name('/queue/'), await party(), await party()]
      await one.subscribe('a', queue)
      await one.send(queue, '1')
      await one.subscriber.take(1)
      one.link.close()
      await two.subscribe('a', queue)
      await two.send(queue, '2')
      assert.deepEqual(await two.subscriber.bodies(1), ['2'])
    })

    test('gives nothing to a session that ends, also where it consumes twice', async ({ party, name }) => {
      const [queue, one, two] = [name('/queue/'), await party(), await party()]
      await one.subscribe('a', queue, { ack: 'client', prefetch: 1 })
      await one.subscribe('b', queue)
      await one.send(queue, '1')
      await one.subscriber.take(1)
      one.link.close()
      await two.subscribe('a', queue)
      assert.deepEqual(await two.subscriber.bodies(1), ['1+'])
      assert.deepEqual(await one.subscriber.take(0), [])
    })
  })

  describe('a reply queue', () => {
    test('brings the reply to whoever asked, under its own name for the queue', async ({ party, name }) => {
      const [queue, asking, answering] = [name('/queue/'), await party(), await party()]
      await answering.subscribe('a', queue)
      await asking.link.send(message(queue, 'question', { 'reply-to': '/temp-queue/mine' }))
      const [question] = await answering.subscriber.take(1)
      await answering.send(question!.headers['reply-to']!, 'answer')
      const [answer] = await asking.subscriber.take(1)
      assert.deepEqual([answer!.body, answer!.subscriptionId], ['answer', '/temp-queue/mine'])
    })

    test('is the session’s own: another’s of the same name is another queue', async ({ party, name }) => {
      const [queue, asking, other, answering] = [name('/queue/'), await party(), await party(), await party()]
      await answering.subscribe('a', queue)
      await other.subscribe('other', '/temp-queue/mine')
      await asking.subscribe('replies', '/temp-queue/mine')
      await asking.link.send(message(queue, 'question', { 'reply-to': '/temp-queue/mine' }))
      const [question] = await answering.subscriber.take(1)
      await answering.send(question!.headers['reply-to']!, '1', '2')
      const answers = await asking.subscriber.take(2)
      assert.deepEqual(
        answers.map(({ body, subscriptionId }) => `${subscriptionId} ${body}`),
        ['replies 1', 'replies 2'],
      )
      assert.deepEqual(await other.subscriber.take(0), [])
    })
  })
}
