import { StompHeaders } from '@stomping-ground/codec'
import { describe, expect, test } from 'vitest'
import { NO_SEAT } from '../broker/broker.js'
import { Delivery } from '../delivery.js'
import { Metrics } from '../observe/metrics.js'
import { ManualClock, turn } from '../testing/manual-clock.js'
import { bareWire } from '../transport/bare-wire.js'
import { formatOf } from '../wire.js'
import { OutboxTick } from './outbox-tick.js'
import type { Seated } from './outbox-tick.js'

const [a, b, c] = ['a', 'b', 'c'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer]

function setUp() {
  const metrics = new Metrics()
  const tick = new OutboxTick(new ManualClock(), metrics)
  /** What was written or asked for, by names. */
  const log: string[] = []
  const enter = (name: string, seated: Partial<Seated> = {}): number => {
    const seat: number = tick.enter({
      deliver: (_, subscriptionId) => log.push(`${name} is asked about ${subscriptionId}`) < 0,
      flush() {
        const link = tick.unchain(seat)
        if (link !== undefined) log.push(`${name} ${Buffer.from(link.joined(bareWire)).toString()}`)
      },
      broke: () => log.push(`${name} broke`),
      ...seated,
    })
    return seat
  }
  return { metrics, tick, log, enter }
}

describe('the seats of a tick', () => {
  test('are as many as there are outboxes, and each has what was chained at it', async () => {
    const { tick, log, enter } = setUp()
    const seats = Array.from({ length: 200 }, (_, i) => {
      const seat = enter(`${i}`)
      tick.chainOwn(seat, Buffer.from(`for ${i}`))
      return seat
    })
    expect(new Set(seats).size).toBe(200)
    expect(seats).not.toContain(NO_SEAT)
    await turn()
    expect(log).toEqual(seats.map((_, i) => `${i} for ${i}`))
  })

  test('are written in their order, whoever was first', async () => {
    const { tick, log, enter } = setUp()
    const seats = ['0', '1', '2'].map((name) => enter(name))
    for (const i of [2, 0, 1]) tick.chain(seats[i]!, a)
    await turn()
    expect(log).toEqual(['0 a', '1 a', '2 a'])
  })

  test('are given again, with nothing of those who have left, also within a tick', async () => {
    const { tick, log, enter } = setUp()
    const seat = enter('one')
    tick.deliverAs(seat, formatOf(bareWire, '1.2'))
    tick.chain(seat, a)
    tick.leave(seat)
    expect(enter('two')).toBe(seat)
    expect(tick.unchain(seat)).toBeUndefined()
    tick.chain(seat, b)
    tick.deliver(seat, {} as Delivery, '0')
    await turn()
    expect(log).toEqual(['two is asked about 0', 'two b'])
  })

  test('that nobody has taken since are passed over', async () => {
    const { tick, log, enter } = setUp()
    const [left, stays] = [enter('left'), enter('stays')]
    for (const seat of [left, stays]) tick.chain(seat, a)
    tick.leave(left)
    await turn()
    expect(log).toEqual(['stays a'])
  })
})

describe('a delivery at a seat', () => {
  const message = { destination: '/topic/a', headers: new StompHeaders(), body: Buffer.from('x') }
  const format = formatOf(bareWire, '1.2')

  test('is chained in the format of its outbox, which is not asked, and counted', async () => {
    const { metrics, tick, log, enter } = setUp()
    const seat = enter('one')
    tick.deliverAs(seat, format)
    const delivery = new Delivery(message, '7')
    expect(tick.deliver(seat, delivery, 'sub-0')).toBe(true)
    await turn()
    expect(log).toEqual([`one ${Buffer.from(delivery.element(format, 'sub-0')).toString()}`])
    expect(metrics.deliveries).toBe(1)
  })

  test('is the outbox’s where it has no format, or no longer', () => {
    const { metrics, tick, log, enter } = setUp()
    const seat = enter('one')
    expect(tick.deliver(seat, new Delivery(message, '7'), 'sub-0')).toBe(false)
    tick.deliverAs(seat, format)
    tick.deliverAs(seat, undefined)
    tick.deliver(seat, new Delivery(message, '8'), 'sub-1')
    expect(log).toEqual(['one is asked about sub-0', 'one is asked about sub-1'])
    expect(metrics.deliveries).toBe(0)
  })
})

test('what is chained while a tick is written is written with the next, behind what its outbox had', async () => {
  const { tick, log, enter } = setUp()
  const before = enter('before')
  const broken = enter('broken', {
    flush() {
      tick.unchain(broken)
      throw new Error('cannot write')
    },
    broke() {
      for (const seat of [before, after]) tick.chain(seat, b)
    },
  })
  const after = enter('after')
  for (const seat of [before, broken, after]) tick.chain(seat, a)
  await turn()
  tick.chain(before, c)
  await turn()
  expect(log).toEqual(['before a', 'after ab', 'before b', 'before c'])
})
