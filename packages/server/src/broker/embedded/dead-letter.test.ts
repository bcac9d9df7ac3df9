import { expect, test } from 'vitest'
import { ackOf, message, partyOf } from '../../testing/contract/kit.js'
import type { Party } from '../../testing/contract/kit.js'
import { ManualClock, turn } from '../../testing/manual-clock.js'
import { embeddedBroker } from './embedded.js'
import type { EmbeddedBrokerOptions } from './embedded.js'

const QUEUE = '/queue/work'
const DEAD = '/queue/dead-letter'

interface Setting {
  readonly clock: ManualClock
  readonly party: () => Promise<Party>
  readonly drops: string[]
}

function setting(options: EmbeddedBrokerOptions = {}): Setting {
  const clock = new ManualClock()
  const broker = embeddedBroker({ clock, maxDeliveries: 2, ...options })
  const drops: string[] = []
  broker.observe({
    dropped: (destination, reason) => drops.push(`${destination} ${reason}`),
    availability() {},
  })
  return { clock, drops, party: () => partyOf(broker) }
}

/** Refuses what a subscription to the queue delivers, so many times. */
async function refuse(one: Party, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await one.link.nack(ackOf((await one.subscriber.take(1))[0]!))
}

test('a message that was delivered maxDeliveries times and refused goes there, and says why', async () => {
  const { party, drops } = setting()
  const one = await party()
  await one.subscribe('a', QUEUE, { ack: 'client' })
  await one.link.send(message(QUEUE, 'x', { kind: 'order', 'content-type': 'text/plain' }))
  const [first] = await one.subscriber.take(1)
  await one.link.nack(ackOf(first!))
  expect(drops).toEqual([])
  await refuse(one, 1)
  expect(drops).toEqual(['/queue/work dead-lettered'])
  expect(await one.subscriber.take(0)).toEqual([])
  await one.subscribe('dead', DEAD)
  const [dead] = await one.subscriber.take(1)
  expect(dead).toMatchObject({ destination: DEAD, body: 'x', redelivered: false })
  expect(dead!.headers).toMatchObject({
    'x-death-queue': QUEUE,
    'x-death-reason': 'max-deliveries',
    'x-delivery-count': '2',
    kind: 'order',
    'content-type': 'text/plain',
  })
  expect(dead!.messageId).not.toBe(first!.messageId)
})

test('lost sessions and UNSUBSCRIBE count as NACK does', async () => {
  const { party, drops } = setting()
  const [one, two, three] = [await party(), await party(), await party()]
  await one.subscribe('a', QUEUE, { ack: 'client' })
  await one.send(QUEUE, 'x')
  one.link.close()
  await two.subscribe('a', QUEUE, { ack: 'client' })
  await two.link.unsubscribe('a')
  expect(drops).toEqual(['/queue/work dead-lettered'])
  await three.subscribe('a', DEAD)
  expect(await three.subscriber.bodies(1)).toEqual(['x'])
})

test('consumers that leave in one turn hand nothing on to each other', async () => {
  const { party, drops } = setting()
  const workers = [await party(), await party(), await party(), await party()]
  for (const one of workers) await one.subscribe('a', QUEUE, { ack: 'client' })
  await workers[0]!.send(QUEUE, 'x')
  const last = await party()
  await last.subscribe('a', QUEUE, { ack: 'client' })
  for (const { link } of workers.slice(0, 3)) link.close()
  await workers[3]!.link.unsubscribe('a')
  await turn()
  expect(drops).toEqual([])
  const [delivery] = await last.subscriber.take(1)
  expect(delivery!.headers['x-delivery-count']).toBe('1')
})

test('a cumulative NACK dead-letters those that are due and redelivers the others, in order', async () => {
  const { party, drops } = setting()
  const one = await party()
  await one.subscribe('dead', DEAD)
  await one.subscribe('a', QUEUE, { ack: 'client' })
  await one.send(QUEUE, '1', '2')
  const [, second] = await one.subscriber.take(2)
  await one.link.nack(ackOf(second!))
  await one.send(QUEUE, '3', '4')
  const got = await one.subscriber.take(4)
  expect(got.map(({ body }) => body)).toEqual(['1', '2', '3', '4'])
  await one.link.nack(ackOf(got[3]!))
  expect(
    (await one.subscriber.take(4)).map(({ body, subscriptionId }) => `${subscriptionId} ${body}`),
  ).toEqual(['dead 1', 'dead 2', 'a 3', 'a 4'])
  expect(drops).toEqual(['/queue/work dead-lettered', '/queue/work dead-lettered'])
})

test('what would have made it expire does not follow it', async () => {
  const { clock, party } = setting()
  const one = await party()
  await one.subscribe('a', QUEUE, { ack: 'client' })
  await one.link.send(message(QUEUE, 'x', { 'message-ttl': '100', expires: '200' }))
  await refuse(one, 2)
  await clock.advance(1_000)
  await one.subscribe('dead', DEAD)
  const [dead] = await one.subscriber.take(1)
  expect(dead!.body).toBe('x')
  expect(dead!.headers).not.toHaveProperty('expires')
  expect(dead!.headers).not.toHaveProperty('message-ttl')
})

test('the dead-letter queue has none of its own: what is refused there so often is gone', async () => {
  const { party, drops } = setting({ queues: 1 })
  const one = await party()
  await one.subscribe('dead', DEAD, { ack: 'client' })
  await one.send(DEAD, 'x')
  await refuse(one, 2)
  expect(await one.subscriber.take(0)).toEqual([])
  expect(drops).toEqual([`${DEAD} dead-letter-failed`])
})

test('where the dead-letter queue is full, or there can be none, the message is gone and the queue goes on', async () => {
  for (const options of [{ queueMessages: 1 }, { queues: 1 }]) {
    const { party, drops } = setting(options)
    const one = await party()
    if (options.queues === undefined) await one.send(DEAD, 'already there')
    await one.subscribe('a', QUEUE, { ack: 'client' })
    await one.send(QUEUE, 'x')
    await refuse(one, 2)
    expect(drops).toEqual(['/queue/work dead-letter-failed'])
    await one.send(QUEUE, 'y')
    expect(await one.subscriber.bodies(1)).toEqual(['y'])
  }
})

test('has the name that the option gives', async () => {
  const { party } = setting({ deadLetterQueue: '/queue/hospital' })
  const one = await party()
  await one.subscribe('a', QUEUE, { ack: 'client' })
  await one.send(QUEUE, 'x')
  await refuse(one, 2)
  await one.subscribe('dead', '/queue/hospital')
  expect(await one.subscriber.bodies(1)).toEqual(['x'])
})
