import { StompHeaders } from '@stomping-ground/codec'
import { expect, test, vi } from 'vitest'
import { Delivery } from '../delivery.js'
import { DEFAULT_LIMITS } from '../limits.js'
import { Metrics } from '../observe/metrics.js'
import { ManualClock, turn } from '../testing/manual-clock.js'
import { bareWire } from '../transport/bare-wire.js'
import { formatOf } from '../wire.js'
import { OutboxTick } from './outbox-tick.js'
import { SlowConsumers } from './slow-consumers.js'
import { SubscriberOutbox } from './subscriber-outbox.js'

function setUp() {
  const clock = new ManualClock()
  const metrics = new Metrics()
  const host = {
    id: 'session',
    wire: bareWire,
    writable: true,
    written: 0,
    write: (bytes: Uint8Array) => {
      host.written += Buffer.from(bytes).toString().split('MESSAGE').length - 1
      return host.writable
    },
    stalled() {},
    dropped() {},
    lost() {},
    broke() {},
  }
  const settings = {
    tick: new OutboxTick(clock, metrics),
    clock,
    limits: DEFAULT_LIMITS,
    metrics,
    slowConsumers: new SlowConsumers([], { bytes: 1000, ms: 1000 }),
  }
  const outbox = new SubscriberOutbox(host, host, settings, formatOf(bareWire, '1.0'))
  outbox.format = formatOf(bareWire, '1.2')
  const asked = vi.spyOn(outbox, 'deliver')
  const message = { destination: '/topic/a', headers: new StompHeaders(), body: Buffer.from('x') }
  /** @returns whether the outbox itself was asked about a delivery at its seat */
  const deliver = async (): Promise<boolean> => {
    const { audience, number } = outbox.seat!
    audience.deliver(number, new Delivery(message, '1'), '0')
    await turn()
    return asked.mock.calls.splice(0).length > 0
  }
  return { host, outbox, deliver }
}

test('a delivery at its seat comes to an outbox only while it is congested', async () => {
  const { host, outbox, deliver } = setUp()
  expect(await deliver()).toBe(false)
  host.writable = false
  expect(await deliver()).toBe(false)
  expect(await deliver()).toBe(true)
  host.writable = true
  outbox.drained()
  expect(await deliver()).toBe(false)
  expect(host.written).toBe(4)
})

test('a delivery at its seat comes to an outbox only while something is held back there', async () => {
  const { host, outbox, deliver } = setUp()
  outbox.hold('0', 1000)
  expect(await deliver()).toBe(true)
  expect(host.written).toBe(0)
  outbox.release('0', undefined, undefined)
  expect(await deliver()).toBe(false)
  expect(host.written).toBe(2)
})
