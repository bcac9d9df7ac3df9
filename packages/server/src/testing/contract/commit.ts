import assert from 'node:assert/strict'
import { ackOf, message, refuses, withBroker } from './kit.js'
import type { ContractOptions, Ground, MakeBroker, Runner } from './kit.js'

export function commitContract(
  { describe, test: plainTest }: Runner,
  makeBroker: MakeBroker,
  { nack = 'others' }: ContractOptions,
): void {
  const test = (name: string, run: (ground: Ground) => Promise<void>): void =>
    plainTest(name, withBroker(makeBroker, run))

  describe('a transaction', () => {
    test('is carried out in order: sends to topics and queues, acks and nacks', async ({ party, name }) => {
      const [topic, queue, work] = [name('/topic/'), name('/queue/'), name('/queue/')]
      const [one, two] = [await party(), await party()]
      await two.subscribe('topic', topic)
      await two.subscribe('queue', queue)
      await one.subscribe('work', work, { ack: 'client-individual' })
      await one.send(work, '1', '2', '3')
      const [first, second] = await one.subscriber.take(3)
      await one.link.commit([
        { kind: 'send', message: message(topic, 'a') },
        { kind: 'ack', acknowledgement: ackOf(first!) },
        { kind: 'send', message: message(topic, 'b') },
        ...(nack === 'nobody' ? [] : [{ kind: 'nack', acknowledgement: ackOf(second!) } as const]),
        { kind: 'send', message: message(queue, 'c') },
      ])
      const got = (await two.subscriber.take(3)).map((each) => `${each.subscriptionId} ${each.body}`)
      assert.deepEqual(got.toSorted(), ['queue c', 'topic a', 'topic b'])
      assert.ok(got.indexOf('topic a') < got.indexOf('topic b'))
      if (nack !== 'nobody') assert.deepEqual(await one.subscriber.bodies(1), ['2+'])
      await refuses('ack-unknown', () => one.link.ack(ackOf(first!)))
    })

    test('with nothing in it is carried out', async ({ party }) => {
      const one = await party()
      await one.link.commit([])
    })

    test('settles a message once, though two acknowledgements in it speak of it', async ({ party, name }) => {
      const [queue, one] = [name('/queue/'), await party()]
      await one.subscribe('a', queue, { ack: 'client' })
      await one.send(queue, '1', '2')
      const [first, second] = await one.subscriber.take(2)
      await one.link.commit([
        { kind: 'ack', acknowledgement: ackOf(second!) },
        { kind: 'ack', acknowledgement: ackOf(first!) },
      ])
      await refuses('ack-unknown', () => one.link.ack(ackOf(first!)))
    })

    if (nack !== 'nobody')
      test('speaks of the deliveries that were there before it, not of those that it makes', async (ground) => {
        const [queue, one] = [ground.name('/queue/'), await ground.party()]
        await one.subscribe('a', queue, { ack: 'client-individual' })
        await one.send(queue, '1')
        const [first] = await one.subscriber.take(1)
        await one.link.commit([
          { kind: 'nack', acknowledgement: ackOf(first!) },
          { kind: 'ack', acknowledgement: ackOf(first!) },
        ])
        const [again] = await one.subscriber.take(1)
        assert.equal(again!.redelivered, true)
        await one.link.ack(ackOf(again!))
      })

    test('is refused whole where one ack speaks of nothing', async ({ party, name }) => {
      const [queue, work, one] = [name('/queue/'), name('/queue/'), await party()]
      await one.subscribe('work', work, { ack: 'client-individual' })
      await one.subscribe('queue', queue)
      await one.send(work, '1')
      const [first] = await one.subscriber.take(1)
      await refuses('ack-unknown', () =>
        one.link.commit([
          { kind: 'send', message: message(queue, 'not to come') },
          { kind: 'ack', acknowledgement: ackOf(first!) },
          { kind: 'ack', acknowledgement: { messageId: 'none', subscriptionId: 'work' } },
        ]),
      )
      assert.equal(one.link.awaits(ackOf(first!)), true)
      await one.send(queue, 'x')
      assert.deepEqual(await one.subscriber.bodies(1), ['x'])
    })

    test('is refused whole where one destination is none of the broker’s', async ({ party, name }) => {
      const [topic, one] = [name('/topic/'), await party()]
      await one.subscribe('a', topic)
      await refuses('destination-invalid', () =>
        one.link.commit([
          { kind: 'send', message: message(topic, 'not to come') },
          { kind: 'send', message: message('/nowhere', 'x') },
        ]),
      )
      await one.send(topic, 'x')
      assert.deepEqual(await one.subscriber.bodies(1), ['x'])
    })
  })
}
