import { describe, expect, test } from 'vitest'
import { brokerContract } from '../../testing/broker-contract.js'
import { DISCONNECTS } from '../../errors.js'
import { ackOf, message, partyOf } from '../../testing/contract/kit.js'
import { embeddedBroker } from './embedded.js'

brokerContract({ describe, test }, () => embeddedBroker())

describe('the embedded broker’s options', () => {
  test.each([
    'queues',
    'queueMessages',
    'queueBytes',
    'allQueuesBytes',
    'maxDeliveries',
    'prefetch',
  ] as const)('%s has to be a positive integer', (name) => {
    for (const value of [0, -1, 1.5, Number.NaN, Infinity]) {
      expect(() => embeddedBroker({ [name]: value })).toThrow(
        new RangeError(`${name} has to be a positive integer, not ${value}`),
      )
    }
    expect(() => embeddedBroker({ [name]: 1 })).not.toThrow()
  })

  test.each(['/topic/a', '/queue/', '/queue/*', '/temp-queue/a', 'dead'])(
    'deadLetterQueue cannot be %s, which is no queue',
    (deadLetterQueue) => {
      expect(() => embeddedBroker({ deadLetterQueue })).toThrow(RangeError)
    },
  )
})

test('what is published when a slow subscriber is lost comes, at everyone, after what it was lost for', async () => {
  const broker = embeddedBroker()
  const [slow, named, pattern] = [await partyOf(broker), await partyOf(broker), await partyOf(broker)]
  slow.subscriber.full = true
  slow.subscriber.lost = () => {
    slow.link.close()
    void broker.publish(message('/topic/a', 'second'))
  }
  await slow.subscribe('a', '/topic/a')
  await named.subscribe('a', '/topic/a')
  await pattern.subscribe('a', '/topic/*')
  await named.send('/topic/a', 'first')
  expect(await named.subscriber.bodies(2)).toEqual(['first', 'second'])
  expect(await pattern.subscriber.bodies(2)).toEqual(['first', 'second'])
})

test('a topic gives a subscriber up that holds prefetch-count deliveries unacked when the next one comes', async () => {
  const one = await partyOf(embeddedBroker())
  await one.subscribe('a', '/topic/a', { ack: 'client', prefetch: 2 })
  await one.send('/topic/a', '1', '2')
  const [, second] = await one.subscriber.take(2)
  await one.link.ack(ackOf(second!))
  await one.send('/topic/a', '3', '4')
  expect(one.subscriber.lostFor).toBeUndefined()
  await one.send('/topic/a', '5')
  expect(one.subscriber.lostFor).toBe(DISCONNECTS.slow)
  expect(await one.subscriber.bodies(2)).toEqual(['3', '4'])
})
