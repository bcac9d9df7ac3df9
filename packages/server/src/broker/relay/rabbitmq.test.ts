import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { missing, requirements } from '../../../../../tools/requirements.js'
import { RabbitMq } from '../../../../../tools/rabbitmq-server.js'
import { ackOf, message, partyOf, refuses } from '../../testing/contract/kit.js'
import { brokerContract } from '../../testing/broker-contract.js'
import { relay } from './relay.js'

describe.skipIf(missing(requirements.rabbitMq))('with RabbitMQ behind', () => {
  let rabbitMq: RabbitMq

  beforeAll(async () => {
    rabbitMq = await RabbitMq.start()
  }, 60_000)
  afterAll(() => rabbitMq.stop())

  brokerContract({ describe, test }, () => relay({ url: rabbitMq.url }), { nack: 'anyone' })

  test('killed and started again, it gets its subscriptions back, and nothing acknowledged is lost', async () => {
    const broker = relay({ url: rabbitMq.url, reconnectMs: 50, reconnectMostMs: 200, waitMs: 60_000 })
    let away = (): void => {}
    const gone = new Promise<void>((resolve) => (away = resolve))
    broker.observe({ dropped() {}, availability: (available) => void (available || away()) })
    onTestFinished(() => broker.stop())
    const [one, two] = [await partyOf(broker), await partyOf(broker)]
    await one.subscribe('a', '/topic/fault/x')
    await two.subscribe('q', '/queue/fault', { ack: 'client-individual' })
    await broker.publish(message('/queue/fault', 'kept', { persistent: 'true' }))
    const [job] = await two.subscriber.take(1)
    await rabbitMq.kill()
    await gone
    const booted = rabbitMq.boot()
    // Waits until the broker is there again.
    await broker.publish(message('/topic/fault/x', 'again'))
    expect(await one.subscriber.bodies(1)).toEqual(['again'])
    const [again] = await two.subscriber.take(1)
    expect([again!.body, again!.messageId]).toEqual(['kept', job!.messageId])
    await two.link.ack(ackOf(again!))
    await booted
    expect([one.subscriber.lostFor, two.subscriber.lostFor]).toEqual([undefined, undefined])
  }, 60_000)

  test.each([
    ['a wrong passcode', (url: string) => url.replace('guest:guest', 'guest:wrong')],
    ['a virtual host that does not exist', (url: string) => `${url}/none`],
  ])('%s is told of, and what is sent is refused', async (_, wrong) => {
    const broker = relay({ url: wrong(rabbitMq.url), whenUnavailable: 'refuse' })
    const causes: (Error | undefined)[] = []
    broker.observe({ dropped() {}, availability: (_, cause) => causes.push(cause) })
    onTestFinished(() => broker.stop())
    await broker.start()
    expect(causes[0]?.message).toMatch(/Bad CONNECT/)
    await refuses('broker-unavailable', () => broker.publish(message('/topic/x', '1')))
  })
})
