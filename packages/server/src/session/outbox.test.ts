import { StompHeaders } from '@stomping-ground/codec'
import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../limits.js'
import type { Limits } from '../limits.js'
import { Metrics } from '../observe/metrics.js'
import { ManualClock, turn } from '../testing/manual-clock.js'
import { bareWire } from '../transport/bare-wire.js'
import { OutboxTick } from './outbox-tick.js'
import { Outbox } from './outbox.js'
import type { OutboxHost, OutboxSettings, OutboxSink } from './outbox.js'

class Host implements OutboxHost, OutboxSink {
  readonly wire = bareWire
  readonly writes: Uint8Array[] = []
  writable = true
  stalls = 0
  fails = false
  readonly errors: unknown[] = []

  write(bytes: Uint8Array): boolean {
    if (this.fails) throw new Error('cannot write')
    this.writes.push(bytes)
    return this.writable
  }

  stalled(): void {
    this.stalls++
  }

  dropped(): void {}

  broke(error: unknown): void {
    this.errors.push(error)
  }

  get texts(): string[] {
    return this.writes.map((bytes) => Buffer.from(bytes).toString())
  }
}

function settings(limits: Partial<Limits> = {}): OutboxSettings & { clock: ManualClock } {
  const clock = new ManualClock()
  const metrics = new Metrics()
  return {
    tick: new OutboxTick(clock, metrics),
    clock,
    limits: { ...DEFAULT_LIMITS, ...limits },
    metrics,
  }
}

/** One that no broker delivers to. */
class PlainOutbox extends Outbox {
  protected readonly straight = undefined

  deliver(): boolean {
    throw new Error('nothing was delivered')
  }
}

function outbox(of: OutboxSettings = settings()): { host: Host; outbox: Outbox } {
  const host = new Host()
  return { host, outbox: new PlainOutbox(host, host, of) }
}

/** An outbox whose connection has just said that it is congested. */
async function congested(of: OutboxSettings): Promise<{ host: Host; outbox: Outbox }> {
  const both = outbox(of)
  both.host.writable = false
  both.outbox.push(Buffer.from('<'))
  await turn()
  expect(both.host.texts).toEqual(['<'])
  return both
}

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer, Buffer]

test('a connection that throws silences none of the others of its tick', async () => {
  const of = settings()
  const [one, two] = [outbox(of), outbox(of)]
  one.host.fails = true
  one.outbox.push(a)
  two.outbox.push(b)
  await turn()
  expect(one.host.errors).toEqual([new Error('cannot write')])
  expect(two.host.texts).toEqual(['b'])
})

test('a write that asks for what waits to be written lets the others of its tick be written first', async () => {
  const of = settings()
  const [one, two] = [outbox(of), outbox(of)]
  const seen: string[][] = []
  one.host.write = () => {
    two.outbox.push(b)
    of.tick.flush()
    seen.push(two.host.texts)
    return true
  }
  one.outbox.push(a)
  of.tick.flush()
  await turn()
  expect([...seen, two.host.texts]).toEqual([[], ['b']])
})

describe('an outbox', () => {
  test('writes once a tick, all of the tick in order', async () => {
    const { host, outbox: one } = outbox()
    one.pushShared(a)
    one.push(b)
    one.pushShared(c)
    one.push(d)
    expect(host.writes).toEqual([])
    await turn()
    expect(host.texts).toEqual(['abcd'])
    one.push(a)
    await turn()
    expect(host.texts).toEqual(['abcd', 'a'])
  })

  test('writes nothing where there is nothing', async () => {
    const { host, outbox: one } = outbox()
    one.flush()
    one.drained()
    await turn()
    expect(host.writes).toEqual([])
  })

  test('shares the very same bytes with all that got the same sequence, in one tick', async () => {
    const of = settings()
    const all = Array.from({ length: 5 }, () => outbox(of))
    for (const element of [a, b, c]) for (const { outbox: one } of all) one.pushShared(element)
    all[4]!.outbox.pushShared(d)
    await turn()
    const first = all[0]!.host.writes[0]!
    for (const { host } of all.slice(0, 4)) expect(host.writes).toEqual([first])
    for (const { host } of all.slice(0, 4)) expect(host.writes[0]).toBe(first)
    expect(all[4]!.host.texts).toEqual(['abcd'])
  })

  test('an element of its own parts its way from the others, and nobody else gets it', async () => {
    const of = settings()
    const [one, other] = [outbox(of), outbox(of)]
    for (const { outbox: it } of [one, other]) it.pushShared(a)
    one.outbox.push(b)
    for (const { outbox: it } of [one, other]) it.pushShared(c)
    await turn()
    expect(one.host.texts).toEqual(['abc'])
    expect(other.host.texts).toEqual(['ac'])
  })

  test('the chain holds nothing once its tick is over', async () => {
    const of = settings()
    const { outbox: one } = outbox(of)
    one.pushShared(a)
    const link = of.tick.root.next(a)
    await turn()
    expect(of.tick.root.next(a)).not.toBe(link)
  })

  test('writes before the tick ends once more than 64 KiB is chained, and stays in order', async () => {
    const { host, outbox: one } = outbox()
    const most = new Uint8Array(65_535).fill(120)
    one.pushShared(most)
    one.push(a)
    expect(host.writes).toEqual([])
    one.pushShared(b)
    expect(host.writes.map(({ length }) => length)).toEqual([65_537])
    one.pushShared(c)
    await turn()
    expect(host.writes.map(({ length }) => length)).toEqual([65_537, 1])
    expect(host.texts[0]!.slice(-2)).toBe('ab')
  })
})

describe('a congested outbox', () => {
  test('writes nothing more until it is drained, then all at once, in order', async () => {
    const { host, outbox: one } = await congested(settings())
    for (const element of [a, b]) expect(one.pushShared(element)).toBe(true)
    expect(one.push(c)).toBe(true)
    await turn()
    expect(host.writes).toHaveLength(1)
    host.writable = true
    one.drained()
    expect(host.texts).toEqual(['<', 'abc'])
    one.pushShared(d)
    await turn()
    expect(host.texts).toEqual(['<', 'abc', 'd'])
  })

  test('that is congested again by what had waited goes on waiting', async () => {
    const { host, outbox: one } = await congested(settings())
    one.push(a)
    one.drained()
    one.push(b)
    await turn()
    expect(host.texts).toEqual(['<', 'a'])
    host.writable = true
    one.drained()
    expect(host.texts).toEqual(['<', 'a', 'b'])
  })

  test('keeps what the rest of the tick brings, when it was congested in the middle of it', async () => {
    const { host, outbox: one } = outbox()
    host.writable = false
    one.pushShared(new Uint8Array(65_537))
    one.pushShared(a)
    await turn()
    expect(host.writes).toHaveLength(1)
    host.writable = true
    one.drained()
    expect(host.texts[1]).toBe('a')
  })

  test('does not hold up those that are not', async () => {
    const of = settings()
    const slow = await congested(of)
    const fast = outbox(of)
    for (const { outbox: one } of [slow, fast]) one.pushShared(a)
    await turn()
    expect(fast.host.texts).toEqual(['a'])
    expect(slow.host.texts).toEqual(['<'])
  })

  test('takes outboxBytes, and refuses one byte more, shared or own', async () => {
    const { host, outbox: one } = await congested(settings({ outboxBytes: 10 }))
    expect(one.pushShared(Buffer.from('123456'))).toBe(true)
    expect(one.push(Buffer.from('7890'))).toBe(true)
    expect(one.pushShared(a)).toBe(false)
    expect(one.push(a)).toBe(false)
    host.writable = true
    one.drained()
    expect(host.texts).toEqual(['<', '1234567890'])
    expect(one.push(a)).toBe(true)
  })

  test('takes one element whatever its size, since the frame limit bounds that', async () => {
    const { outbox: one } = await congested(settings({ outboxBytes: 10 }))
    expect(one.push(new Uint8Array(11))).toBe(true)
    expect(one.push(a)).toBe(false)
  })

  test('has stalled when it is not drained for outboxStallMs, and not before', async () => {
    const of = settings({ outboxStallMs: 1000 })
    const { host } = await congested(of)
    await of.clock.advance(999)
    expect(host.stalls).toBe(0)
    await of.clock.advance(1)
    expect(host.stalls).toBe(1)
  })

  test('begins to count anew each time it is drained, and counts nothing when it is not congested', async () => {
    const of = settings({ outboxStallMs: 1000 })
    const { host, outbox: one } = await congested(of)
    one.push(a)
    await of.clock.advance(900)
    one.drained()
    await of.clock.advance(900)
    expect(host.stalls).toBe(0)
    host.writable = true
    one.drained()
    expect(of.clock.pending).toBe(0)
  })
})

describe('a congested outbox whose messages may be dropped', () => {
  const policy = {
    name: 'drop-oldest',
    destination: '/topic/**',
    key: undefined,
    bytes: 10,
    ms: 10_000,
  } as const
  const message = { destination: '/topic/a', headers: new StompHeaders([]), body: new Uint8Array(0) }
  const limits = { outboxStallMs: 1000, outboxStandstillMs: 5000 }

  test('may stand still for outboxStandstillMs, and no longer', async () => {
    const of = settings(limits)
    const { host, outbox: one } = await congested(of)
    one.congestion!.offer(a, policy, '0', message)
    await of.clock.advance(4999)
    expect(host.stalls).toBe(0)
    await of.clock.advance(1)
    expect(host.stalls).toBe(1)
  })

  test('may not once something strict waits: then for outboxStallMs from there', async () => {
    const of = settings(limits)
    const { host, outbox: one } = await congested(of)
    one.congestion!.offer(a, policy, '0', message)
    await of.clock.advance(2000)
    one.congestion!.push(b, false)
    await of.clock.advance(999)
    one.congestion!.push(c, true)
    await of.clock.advance(999)
    expect(host.stalls).toBe(0)
    await of.clock.advance(1)
    expect(host.stalls).toBe(1)
  })

  test('nor where something strict has waited from the beginning', async () => {
    const of = settings(limits)
    const { host, outbox: one } = await congested(of)
    one.congestion!.offer(a, policy, '0', message)
    one.congestion!.push(b, true)
    await of.clock.advance(1000)
    expect(host.stalls).toBe(1)
  })

  test('never longer than outboxStandstillMs, whatever comes at its end', async () => {
    const of = settings(limits)
    const { host, outbox: one } = await congested(of)
    one.congestion!.offer(a, policy, '0', message)
    await of.clock.advance(4500)
    one.congestion!.push(c, true)
    await of.clock.advance(500)
    expect(host.stalls).toBe(1)
  })

  test('begins to count anew when it is drained, in part or whole', async () => {
    const of = settings(limits)
    const { host, outbox: one } = await congested(of)
    one.congestion!.offer(a, policy, '0', message)
    await of.clock.advance(4000)
    one.drained()
    one.congestion!.offer(b, policy, '0', message)
    await of.clock.advance(4000)
    expect(host.stalls).toBe(0)
    host.writable = true
    one.drained()
    expect(of.clock.pending).toBe(0)
  })
})

describe('what waits', () => {
  test('is written in parts of 64 KiB, as the connection takes them', async () => {
    const { host, outbox: one } = await congested(settings())
    for (let i = 0; i < 5; i++) one.push(new Uint8Array(30_000))
    one.drained()
    expect(host.writes.map(({ length }) => length)).toEqual([1, 60_000])
    host.writable = true
    one.drained()
    expect(host.writes.map(({ length }) => length)).toEqual([1, 60_000, 60_000, 30_000])
    expect(one.congestion).toBeUndefined()
  })

  test('is told in bytes for all outboxes together, and is nothing once they are drained, closed or discarded', async () => {
    const of = settings()
    const { metrics } = of
    const three = [await congested(of), await congested(of), await congested(of)]
    for (const { outbox: one } of three) one.push(Buffer.from('12345'))
    expect(metrics.waitingBytes).toBe(15)
    three[0]!.host.writable = true
    three[0]!.outbox.drained()
    expect(metrics.waitingBytes).toBe(10)
    three[1]!.outbox.close()
    expect(metrics.waitingBytes).toBe(5)
    three[2]!.outbox.discard()
    three[2]!.outbox.discard()
    expect(metrics.waitingBytes).toBe(0)
  })

  test('is nobody’s any more when a write ends the session', async () => {
    const of = settings()
    const { host, outbox: one } = await congested(of)
    one.push(a)
    host.write = () => {
      one.discard()
      return false
    }
    one.drained()
    expect(one.congestion).toBeUndefined()
    expect([of.metrics.waitingBytes, of.clock.pending]).toEqual([0, 0])
  })
})

describe('an outbox that is closed', () => {
  test('writes what is chained, and takes nothing more', async () => {
    const { host, outbox: one } = outbox()
    one.pushShared(a)
    one.push(b)
    one.close()
    expect(host.texts).toEqual(['ab'])
    expect(one.push(c)).toBe(true)
    expect(one.pushShared(d)).toBe(true)
    one.close()
    await turn()
    expect(host.texts).toEqual(['ab'])
  })

  test('writes what waits in congestion too, and leaves no timer', async () => {
    const of = settings()
    const { host, outbox: one } = await congested(of)
    one.push(a)
    one.pushShared(b)
    one.close()
    expect(host.texts).toEqual(['<', 'ab'])
    expect(of.clock.pending).toBe(0)
    one.drained()
    expect(host.texts).toEqual(['<', 'ab'])
  })

  test('leaves no timer either when the last write congests', () => {
    const of = settings()
    const { host, outbox: one } = outbox(of)
    host.writable = false
    one.push(a)
    one.close()
    expect(of.clock.pending).toBe(0)
  })

  test('discarded instead, it writes nothing of what it held, congested or not', async () => {
    const of = settings()
    const chained = outbox(of)
    chained.outbox.push(a)
    chained.outbox.discard()
    const waiting = await congested(of)
    waiting.outbox.push(a)
    waiting.outbox.discard()
    waiting.outbox.drained()
    waiting.outbox.push(b)
    waiting.outbox.close()
    await turn()
    expect(chained.host.texts).toEqual([])
    expect(waiting.host.texts).toEqual(['<'])
    expect(of.clock.pending).toBe(0)
  })
})
