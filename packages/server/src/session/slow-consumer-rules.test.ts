import { describe, expect, test } from 'vitest'
import { createStompServer } from '../server.js'
import { SlowConsumers } from './slow-consumers.js'
import type { SlowConsumerRule } from './slow-consumers.js'

const defaults = { bytes: 1000, ms: 2000 }
const policyOf = (rules: readonly SlowConsumerRule[], destination: string): unknown =>
  new SlowConsumers(rules, defaults).policyOf(destination)

const latest: SlowConsumerRule = { destination: '/topic/ticks/**', policy: 'keep-latest', key: 'symbol' }

describe('the policy of a destination', () => {
  test('is that of the first rule whose pattern matches', () => {
    const rules: SlowConsumerRule[] = [
      { destination: '/topic/ticks/orders', policy: 'disconnect' },
      latest,
      { destination: '/topic/{any}/*', policy: 'drop-oldest', bytes: 5, ms: 6 },
      { destination: '/topic/ticks/late', policy: 'drop-oldest' },
    ]
    expect(policyOf(rules, '/topic/ticks/orders')).toBeUndefined()
    expect(policyOf(rules, '/topic/ticks/late')).toEqual({
      name: 'keep-latest',
      destination: '/topic/ticks/**',
      key: 'symbol',
      ...defaults,
    })
    expect(policyOf(rules, '/topic/news/kr')).toMatchObject({ name: 'drop-oldest', bytes: 5, ms: 6 })
  })

  test('is to disconnect where no rule matches', () => {
    expect(policyOf([], '/topic/ticks/a')).toBeUndefined()
    expect(policyOf([latest], '/topic/other')).toBeUndefined()
  })

  test('is the same object each time, also for more destinations than are remembered', () => {
    const slow = new SlowConsumers([latest], defaults)
    const policy = slow.policyOf('/topic/ticks/a')
    for (let i = 0; i < 10_001; i++) expect(slow.policyOf(`/topic/ticks/${i}`)).toBe(policy)
    expect(slow.policyOf('/topic/ticks/a')).toBe(policy)
    expect(slow.policyOf('/topic/other')).toBeUndefined()
    expect(slow.policyOf('/topic/other')).toBeUndefined()
  })

  test('of a user destination holds for what its users get, by name or by session', () => {
    const rules: SlowConsumerRule[] = [{ destination: '/user/queue/prices', policy: 'keep-latest' }]
    expect(policyOf(rules, '/user-topic/name/ann/queue/prices')).toMatchObject({ name: 'keep-latest' })
    expect(policyOf(rules, '/user-topic/session/1/queue/prices')).toMatchObject({ name: 'keep-latest' })
    expect(policyOf(rules, '/user-topic/name/ann/queue/other')).toBeUndefined()
  })
})

describe('a server is not made with a rule', () => {
  const refused = (rule: object): (() => unknown) => {
    const slowConsumers = [{ destination: '/topic/a', policy: 'drop-oldest', ...rule } as SlowConsumerRule]
    return () => createStompServer({ slowConsumers })
  }

  test.each(['/queue/a', '/queue/**', '/temp-queue/a', '/reply-queue/a', '/**', '/*/a'])(
    'that meets queues: %s',
    (destination) => {
      expect(refused({ destination })).toThrow(
        `The rule of slowConsumers for "${destination}" meets queues: it is for topics alone`,
      )
    },
  )

  test.each([
    [{ policy: 'drop' }, 'has no such policy: "drop"'],
    [{ policy: 'toString' }, 'has no such policy: "toString"'],
    [{ key: 'a' }, 'cannot have key with drop-oldest'],
    [{ policy: 'disconnect', ms: 1 }, 'cannot have ms with disconnect'],
    [{ policy: 'keep-latest', key: '' }, 'has an empty key'],
    [{ bytes: 0 }, 'has to have a positive integer as bytes, not 0'],
    [{ ms: 1.5 }, 'has to have a positive integer as ms, not 1.5'],
  ])('that is wrong: %j', (rule, message) => {
    expect(refused(rule)).toThrow(`The rule of slowConsumers for "/topic/a" ${message}`)
  })

  test('whose pattern is none', () => {
    expect(refused({ destination: 'topic' })).toThrow('The pattern "topic" has to begin with a slash')
  })
})
