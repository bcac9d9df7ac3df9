import { StompHeaders } from '@stomping-ground/codec'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../message.js'
import { Backlog } from './backlog.js'
import type { DropPolicy } from './slow-consumers.js'

const policy = (of: Partial<DropPolicy> = {}): DropPolicy => ({
  name: 'drop-oldest',
  destination: '/topic/**',
  key: undefined,
  bytes: 1000,
  ms: 1000,
  ...of,
})
const latest = policy({ name: 'keep-latest', key: 'symbol' })

function message(destination: string, symbol?: string): Message {
  const headers = symbol === undefined ? [] : ['symbol', symbol]
  return { destination, headers: new StompHeaders(headers), body: new Uint8Array(0) }
}

/** A backlog of texts. */
class Texts {
  readonly backlog: Backlog
  readonly dropped: DropPolicy[] = []

  constructor(mostBytes = 1000) {
    this.backlog = new Backlog(mostBytes, (policy) => this.dropped.push(policy))
  }

  push(text: string, strict = true): boolean {
    return this.backlog.push(Buffer.from(text), strict)
  }

  offer(text: string, policy: DropPolicy, to = '/topic/a', symbol?: string, id = '0', now = 0): void {
    this.backlog.offer(Buffer.from(text), policy, id, message(to, symbol), now)
  }

  take(bytes = Infinity, now = 0): string {
    return this.backlog.take(bytes, now).elements.map(String).join(' ')
  }
}

describe('a backlog', () => {
  test('gives out in order what it took, in parts of so many bytes, one element at least', () => {
    const texts = new Texts()
    for (const text of ['aaa', 'bb', 'cccccc', 'd']) expect(texts.push(text)).toBe(true)
    expect(texts.backlog).toMatchObject({ size: 4, bytes: 12, strict: 4 })
    expect(texts.backlog.take(5, 0)).toMatchObject({ bytes: 5, elements: { length: 2 } })
    expect(texts.take(5)).toBe('cccccc')
    expect(texts.take(5)).toBe('d')
    expect(texts.take(5)).toBe('')
    expect(texts.backlog).toMatchObject({ size: 0, bytes: 0, strict: 0 })
  })

  test('refuses past its bytes what must not be lost, and takes one element whatever its size', () => {
    const texts = new Texts(10)
    expect(texts.push('12345678901')).toBe(true)
    expect(texts.push('1')).toBe(false)
    texts.take()
    expect([texts.push('1234567'), texts.push('890'), texts.push('1')]).toEqual([true, true, false])
    expect(texts.take()).toBe('1234567 890')
  })

  test('drops what may be dropped to make room for what must not be lost, wherever it stands', () => {
    const texts = new Texts(10)
    texts.push('R', false)
    texts.offer('aaa', policy())
    texts.offer('bbb', policy(), '/topic/b')
    texts.push('MMM')
    expect(texts.push('NNNN')).toBe(true)
    expect(texts.take()).toBe('R MMM NNNN')
    expect(texts.dropped).toHaveLength(2)
  })

  test('counts messages that must not be lost apart from answers', () => {
    const texts = new Texts()
    texts.push('R', false)
    texts.offer('a', policy())
    expect(texts.backlog).toMatchObject({ size: 2, strict: 0 })
    texts.push('M')
    expect(texts.backlog.strict).toBe(1)
  })

  test('forgets of a subscription that ends what may be dropped, without counting it', () => {
    const texts = new Texts()
    texts.offer('a', policy(), '/topic/a', undefined, '0')
    texts.offer('b', policy(), '/topic/b', undefined, '1')
    texts.push('M')
    texts.offer('c', latest, '/topic/c', 'X', '0')
    texts.backlog.forget('0')
    texts.backlog.forget('none')
    texts.offer('d', latest, '/topic/c', 'X', '0')
    expect(texts.take()).toBe('b M d')
    expect(texts.dropped).toEqual([])
  })

  test('holds nothing once it is cleared, and goes on', () => {
    const texts = new Texts()
    texts.push('M')
    texts.offer('a', latest, '/topic/a', 'X')
    texts.backlog.clear()
    expect(texts.backlog).toMatchObject({ size: 0, bytes: 0, strict: 0 })
    texts.offer('b', latest, '/topic/a', 'X')
    expect(texts.take()).toBe('b')
  })
})

describe('drop-oldest', () => {
  test('lets a destination have its bytes, and drops its oldest past them', () => {
    const texts = new Texts()
    const small = policy({ bytes: 6 })
    texts.offer('aa', small)
    texts.offer('bb', small)
    texts.offer('cc', small)
    expect(texts.dropped).toEqual([])
    texts.offer('d', small)
    expect(texts.dropped).toEqual([small])
    expect(texts.take()).toBe('bb cc d')
  })

  test('drops from no other destination and no other subscription', () => {
    const texts = new Texts()
    const small = policy({ bytes: 2 })
    texts.offer('a0', small, '/topic/a', undefined, '0')
    texts.offer('b0', small, '/topic/b', undefined, '0')
    texts.offer('a1', small, '/topic/a', undefined, '1')
    texts.offer('A0', small, '/topic/a', undefined, '0')
    expect(texts.take()).toBe('b0 a1 A0')
  })

  test('takes one message larger than its bytes', () => {
    const texts = new Texts()
    const small = policy({ bytes: 2 })
    texts.offer('a', small)
    texts.offer('bbb', small)
    expect(texts.take()).toBe('bbb')
  })

  test('drops its own oldest first where all that waits is too much, then those of others', () => {
    const texts = new Texts(6)
    texts.offer('aa', policy(), '/topic/a')
    texts.offer('bb', policy(), '/topic/b')
    texts.offer('AA', policy(), '/topic/a')
    texts.offer('aaa', policy(), '/topic/a')
    expect(texts.take()).toBe('bb aaa')
    texts.offer('bb', policy(), '/topic/b')
    texts.offer('cccccc', policy(), '/topic/c')
    expect(texts.take()).toBe('cccccc')
  })

  test('drops the new one where what must not be lost leaves no room', () => {
    const texts = new Texts(4)
    texts.push('MMM')
    texts.offer('aa', policy())
    expect(texts.take()).toBe('MMM')
    expect(texts.dropped).toHaveLength(1)
  })

  test('drops what has waited longer than its time, and nothing before', () => {
    const texts = new Texts()
    texts.offer('a', policy(), '/topic/a', undefined, '0', 0)
    texts.offer('b', policy(), '/topic/b', undefined, '0', 1)
    texts.push('M')
    expect(texts.take(1, 1000)).toBe('a')
    texts.offer('c', policy(), '/topic/b', undefined, '0', 1001)
    expect(texts.backlog.size).toBe(3)
    texts.offer('d', policy(), '/topic/b', undefined, '0', 1002)
    expect(texts.backlog.size).toBe(3)
    expect(texts.take(Infinity, 2002)).toBe('M d')
    expect(texts.dropped).toHaveLength(2)
  })
})

describe('keep-latest', () => {
  test('puts the newest of a key in the place of the one that waits', () => {
    const texts = new Texts()
    texts.offer('X1', latest, '/topic/a', 'X')
    texts.push('R', false)
    texts.offer('Y1', latest, '/topic/a', 'Y')
    for (const text of ['X2', 'X3', 'X4']) texts.offer(text, latest, '/topic/a', 'X')
    expect(texts.take()).toBe('X4 R Y1')
    expect(texts.dropped).toHaveLength(3)
    texts.offer('X5', latest, '/topic/a', 'X')
    expect(texts.take()).toBe('X5')
  })

  test('keeps keys, destinations and subscriptions apart', () => {
    const texts = new Texts()
    for (const text of ['1', '2']) {
      texts.offer(`a${text}`, latest, '/topic/a', 'X', '0')
      texts.offer(`b${text}`, latest, '/topic/b', 'X', '0')
      texts.offer(`c${text}`, latest, '/topic/a', 'X', '1')
      texts.offer(`d${text}`, latest, '/topic/a', undefined, '0')
    }
    expect(texts.take()).toBe('a2 b2 c2 d2')
  })

  test('without a key keeps one message of each destination', () => {
    const texts = new Texts()
    const one = policy({ name: 'keep-latest' })
    texts.offer('a1', one, '/topic/a', 'X')
    texts.offer('a2', one, '/topic/a', 'Y')
    expect(texts.take()).toBe('a2')
  })

  test('drops the keys that wait longest where there are too many, or the newest are too large', () => {
    const texts = new Texts()
    const small = policy({ name: 'keep-latest', key: 'symbol', bytes: 6 })
    for (const symbol of ['X', 'Y', 'Z', 'W']) texts.offer(`${symbol}1`, small, '/topic/a', symbol)
    expect(texts.backlog.bytes).toBe(6)
    texts.offer('Z23', small, '/topic/a', 'Z')
    expect(texts.take()).toBe('Z23 W1')
    texts.offer('X1', small, '/topic/a', 'X')
    expect(texts.take()).toBe('X1')
  })

  test('stays within all that may wait when the newest is larger', () => {
    const texts = new Texts(6)
    texts.offer('bb', policy(), '/topic/b')
    texts.offer('x', latest, '/topic/a', 'X')
    texts.push('M')
    texts.offer('xxx', latest, '/topic/a', 'X')
    expect(texts.take()).toBe('bb xxx M')
    texts.offer('bb', policy(), '/topic/b')
    texts.offer('x', latest, '/topic/a', 'X')
    texts.push('MM')
    texts.offer('xxx', latest, '/topic/a', 'X')
    expect(texts.take()).toBe('xxx MM')
  })

  test('drops what has waited too long since it was newest, when its turn comes', () => {
    const texts = new Texts()
    texts.offer('X1', latest, '/topic/a', 'X', '0', 0)
    texts.offer('Y1', latest, '/topic/a', 'Y', '0', 0)
    texts.offer('X2', latest, '/topic/a', 'X', '0', 500)
    expect(texts.take(Infinity, 1001)).toBe('X2')
  })
})

test('whatever comes, all bounds hold, what must not be lost is kept, and the order of what may be is that of each key', () => {
  const step = fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('push' as const), size: fc.integer({ min: 1, max: 6 }) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('offer' as const),
        size: fc.integer({ min: 1, max: 6 }),
        lane: fc.nat(3),
        symbol: fc.nat(2),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('take' as const), size: fc.integer({ min: 1, max: 20 }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), id: fc.nat(1) }) },
  )
  const policies = [
    policy({ bytes: 12, ms: 20 }),
    policy({ name: 'keep-latest', key: 'symbol', bytes: 9, ms: 20 }),
  ]
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const texts = new Texts(24)
      let serial = 0
      let offered = 0
      let forgotten = 0
      const pushed: number[] = []
      const out: string[] = []
      const label = (what: string, size: number): string => `${what}${serial++}.`.padEnd(size + 8, '-')
      const of = new Map<string, { of: string; serial: number }>()
      for (const [now, one] of steps.entries()) {
        if (one.kind === 'push') {
          const text = label('M', one.size)
          if (texts.push(text)) pushed.push(serial - 1)
        } else if (one.kind === 'offer') {
          const text = label('o', one.size)
          of.set(text, { of: `${one.lane} ${one.lane % 2 === 0 ? '' : one.symbol}`, serial: serial - 1 })
          offered++
          const id = String(one.lane >> 1)
          texts.offer(text, policies[one.lane % 2]!, `/topic/${one.lane}`, String(one.symbol), id, now)
        } else if (one.kind === 'take') out.push(...texts.backlog.take(one.size, now).elements.map(String))
        else {
          const before = texts.backlog.size
          texts.backlog.forget(String(one.id))
          forgotten += before - texts.backlog.size
        }
        expect(texts.backlog.bytes).toBeLessThanOrEqual(24)
      }
      out.push(...texts.backlog.take(Infinity, 0).elements.map(String))
      const strict = out
        .filter((text) => text.startsWith('M'))
        .map((text) => Number.parseInt(text.slice(1), 10))
      expect(strict).toEqual(pushed)
      const taken = out.filter((text) => text.startsWith('o'))
      expect(taken.length + texts.dropped.length + forgotten).toBe(offered)
      const last = new Map<string, number>()
      for (const text of taken) {
        const { of: lane, serial } = of.get(text)!
        expect(serial).toBeGreaterThan(last.get(lane) ?? -1)
        last.set(lane, serial)
      }
    }),
    { numRuns: 500 },
  )
})
