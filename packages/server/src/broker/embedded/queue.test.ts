import { describe, expect, test } from 'vitest'
import { ackOf, message, partyOf } from '../../testing/contract/kit.js'
import { embeddedBroker } from './embedded.js'

const QUEUE = '/queue/a'

describe('competing consumers', () => {
  test('are served strictly in turn, whoever acks first', async () => {
    const broker = embeddedBroker()
    const parties = [await partyOf(broker), await partyOf(broker), await partyOf(broker)]
    for (const one of parties) await one.subscribe('a', QUEUE, { ack: 'client-individual' })
    await parties[0]!.send(QUEUE, '1', '2', '3', '4')
    expect(await Promise.all(parties.map((one) => one.subscriber.bodies(1)))).toEqual([
      ['1', '4'],
      ['2'],
      ['3'],
    ])
  })

  test('are passed over while they hold as much as they may, and come back to their turn', async () => {
    const broker = embeddedBroker()
    const [one, two] = [await partyOf(broker), await partyOf(broker)]
    await one.subscribe('a', QUEUE, { ack: 'client-individual', prefetch: 1 })
    await two.subscribe('a', QUEUE, { ack: 'client-individual', prefetch: 3 })
    await one.send(QUEUE, '1', '2', '3', '4', '5', '6')
    const [first] = await one.subscriber.take(1)
    expect(await two.subscriber.bodies(3)).toEqual(['2', '3', '4'])
    await one.link.ack(ackOf(first!))
    expect(await one.subscriber.bodies(1)).toEqual(['5'])
    expect(await two.subscriber.take(0)).toEqual([])
  })

  test('stay in turn when one before them leaves', async () => {
    const broker = embeddedBroker()
    const parties = [await partyOf(broker), await partyOf(broker), await partyOf(broker)]
    for (const one of parties) await one.subscribe('a', QUEUE)
    await parties[0]!.send(QUEUE, '1', '2')
    parties[0]!.link.close()
    await parties[1]!.send(QUEUE, '3', '4')
    expect(await parties[2]!.subscriber.bodies(1)).toEqual(['3'])
    expect(await parties[1]!.subscriber.bodies(2)).toEqual(['2', '4'])
  })

  test('that name no prefetch-count, or 0, or more, get as many as the broker allows', async () => {
    for (const prefetch of [undefined, 0, 100]) {
      const broker = embeddedBroker({ prefetch: 2 })
      const one = await partyOf(broker)
      await one.subscribe('a', QUEUE, { ack: 'client', ...(prefetch !== undefined && { prefetch }) })
      await one.send(QUEUE, '1', '2', '3')
      const got = await one.subscriber.take(2)
      expect(got.map(({ body }) => body)).toEqual(['1', '2'])
      await one.link.ack(ackOf(got[1]!))
      expect(await one.subscriber.bodies(1)).toEqual(['3'])
    }
  })
})

describe('redelivery', () => {
  test('says so, and how often the message was delivered before, as RabbitMQ’s x-delivery-count', async () => {
    const one = await partyOf(embeddedBroker())
    await one.subscribe('a', QUEUE, { ack: 'client' })
    await one.send(QUEUE, 'x')
    const [fresh] = await one.subscriber.take(1)
    expect(fresh!.headers).not.toHaveProperty('redelivered')
    expect(fresh!.headers).not.toHaveProperty('x-delivery-count')
    for (const count of ['1', '2', '3']) {
      await one.link.nack(ackOf(fresh!))
      const [again] = await one.subscriber.take(1)
      expect(again).toMatchObject({ messageId: fresh!.messageId, body: 'x' })
      expect(again!.headers).toMatchObject({ redelivered: 'true', 'x-delivery-count': count })
    }
  })

  test('keeps the order of sending when several consumers of one session are lost together', async () => {
    const broker = embeddedBroker()
    const [one, two] = [await partyOf(broker), await partyOf(broker)]
    for (const id of ['a', 'b', 'c']) await one.subscribe(id, QUEUE, { ack: 'client-individual' })
    await one.send(QUEUE, '1', '2', '3', '4', '5')
    await two.subscribe('a', QUEUE)
    one.link.close()
    expect(await two.subscriber.bodies(5)).toEqual(['1+', '2+', '3+', '4+', '5+'])
  })

  test('does not count for a session that is given nothing because it ends', async () => {
    const broker = embeddedBroker()
    const [one, two] = [await partyOf(broker), await partyOf(broker)]
    await one.subscribe('a', QUEUE, { ack: 'client-individual', prefetch: 1 })
    await one.subscribe('b', QUEUE, { ack: 'client-individual', prefetch: 1 })
    await one.send(QUEUE, '1', '2', '3')
    await two.subscribe('a', QUEUE, { ack: 'client-individual' })
    await two.subscriber.take(1)
    one.link.close()
    const counts = (await two.subscriber.take(2)).map(({ headers }) => headers['x-delivery-count'])
    expect(counts).toEqual(['1', '1'])
  })
})

test('headers that mean something to other brokers, and nothing here, arrive as the publisher’s own', async () => {
  const one = await partyOf(embeddedBroker())
  await one.subscribe('a', QUEUE, { ack: 'client' })
  await one.link.send(message(QUEUE, 'x', { persistent: 'true', priority: '4' }))
  const [got] = await one.subscriber.take(1)
  expect(got!.headers).toMatchObject({ persistent: 'true', priority: '4' })
})

test('a queue that was long and is empty gives on the next message at once', async () => {
  const broker = embeddedBroker()
  const producer = await partyOf(broker)
  const numbers = Array.from({ length: 2_000 }, (_, i) => String(i))
  await producer.send(QUEUE, ...numbers)
  const consumer = await partyOf(broker)
  await consumer.subscribe('a', QUEUE)
  expect(await consumer.subscriber.bodies(numbers.length)).toEqual(numbers)
  await producer.send(QUEUE, 'next')
  expect(await consumer.subscriber.bodies(1)).toEqual(['next'])
})
