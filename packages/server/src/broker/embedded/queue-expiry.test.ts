import { expect, test } from 'vitest'
import type { Broker } from '../broker.js'
import { ackOf, message, partyOf } from '../../testing/contract/kit.js'
import type { Party } from '../../testing/contract/kit.js'
import { ManualClock } from '../../testing/manual-clock.js'
import { embeddedBroker } from './embedded.js'
import type { EmbeddedBrokerOptions } from './embedded.js'

const QUEUE = '/queue/a'

interface Setting {
  readonly broker: Broker
  readonly clock: ManualClock
  readonly one: Party
  readonly drops: string[]
  readonly sendExpiring: (body: string, ttl: number) => void
}

async function setting(options: EmbeddedBrokerOptions = {}): Promise<Setting> {
  const clock = new ManualClock()
  const broker = embeddedBroker({ clock, ...options })
  const drops: string[] = []
  broker.observe({
    dropped: (destination, reason) => drops.push(`${destination} ${reason}`),
    availability() {},
  })
  const one = await partyOf(broker)
  const sendExpiring = (body: string, ttl: number): void =>
    void one.link.send(message(QUEUE, body, { 'message-ttl': String(ttl) }))
  return { broker, clock, one, drops, sendExpiring }
}

test('a message is delivered until the millisecond before it expires', async () => {
  for (const [wait, left] of [
    [99, ['x']],
    [100, []],
  ] as const) {
    const { clock, one, drops, sendExpiring } = await setting()
    sendExpiring('x', 100)
    await clock.advance(wait)
    await one.subscribe('a', QUEUE)
    expect(await one.subscriber.bodies(0)).toEqual(left)
    expect(drops).toEqual(left.length === 0 ? ['/queue/a expired'] : [])
  }
})

test('expires is a date, and one that has passed reaches nobody', async () => {
  const { clock, one, drops } = await setting()
  await clock.advance(1_000)
  await one.subscribe('a', QUEUE)
  await one.link.send(message(QUEUE, 'gone', { expires: '1000' }))
  await one.link.send(message(QUEUE, 'here', { expires: '1001' }))
  await one.link.send(message(QUEUE, 'never expires', { expires: '0' }))
  expect(await one.subscriber.bodies(2)).toEqual(['here', 'never expires'])
  expect(drops).toEqual(['/queue/a expired'])
})

test('one that expires amid others leaves them in order', async () => {
  const { clock, one, sendExpiring } = await setting()
  await one.send(QUEUE, '1')
  sendExpiring('2', 100)
  await one.send(QUEUE, '3')
  await clock.advance(100)
  await one.subscribe('a', QUEUE)
  expect(await one.subscriber.bodies(2)).toEqual(['1', '3'])
})

test('what was delivered in time can be acked late, and what is given back late is not delivered again', async () => {
  const { clock, one, drops, sendExpiring } = await setting()
  await one.subscribe('a', QUEUE, { ack: 'client-individual' })
  sendExpiring('1', 100)
  sendExpiring('2', 100)
  const [first, second] = await one.subscriber.take(2)
  await clock.advance(100)
  await one.link.ack(ackOf(first!))
  await one.link.nack(ackOf(second!))
  expect(await one.subscriber.take(0)).toEqual([])
  expect(drops).toEqual(['/queue/a expired'])
})

test('a full queue makes room by dropping what has expired', async () => {
  const { clock, one, drops, sendExpiring } = await setting({ queueMessages: 3 })
  sendExpiring('1', 100)
  await one.send(QUEUE, '2')
  sendExpiring('3', 50)
  await expect(one.send(QUEUE, '4')).rejects.toMatchObject({ code: 'queue-full' })
  await clock.advance(50)
  await one.send(QUEUE, '4')
  await expect(one.send(QUEUE, '5')).rejects.toMatchObject({ code: 'queue-full' })
  await clock.advance(50)
  await one.send(QUEUE, '5')
  await one.subscribe('a', QUEUE)
  expect(await one.subscriber.bodies(3)).toEqual(['2', '4', '5'])
  expect(drops).toEqual(['/queue/a expired', '/queue/a expired'])
})

test('a queue whose last message expires while it makes room is still itself', async () => {
  const { clock, one, sendExpiring } = await setting({ queueMessages: 1, queues: 1 })
  sendExpiring('1', 100)
  await clock.advance(100)
  await one.send(QUEUE, '2')
  await expect(one.send(QUEUE, '3')).rejects.toMatchObject({ code: 'queue-full' })
  await one.subscribe('a', QUEUE)
  expect(await one.subscriber.bodies(1)).toEqual(['2'])
})

test('an observer that publishes when it hears of a drop does not disturb the order', async () => {
  const { broker, clock, one, sendExpiring } = await setting({ queueMessages: 4 })
  broker.observe({ dropped: () => void broker.publish(message(QUEUE, 'told')), availability() {} })
  await one.send(QUEUE, '1')
  sendExpiring('expires', 100)
  await one.send(QUEUE, '2', '3')
  await clock.advance(100)
  await expect(one.send(QUEUE, '4')).rejects.toMatchObject({ code: 'queue-full' })
  await one.subscribe('a', QUEUE)
  expect(await one.subscriber.bodies(4)).toEqual(['1', '2', '3', 'told'])
})
