import { describe, expect, test } from 'vitest'
import { NamedBuckets, TokenBucket } from './token-bucket.js'

describe('a token bucket', () => {
  test('gives its burst at once, and then as fast as it fills', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0)
    expect([1, 2, 3].map(() => bucket.take(1, 0))).toEqual([0, 0, 0])
    expect(bucket.take(1, 0)).toBe(100)
    expect(bucket.take(1, 100)).toBe(100)
    expect(bucket.take(1, 300)).toBe(0)
  })

  test('holds no more than its burst, however long it waited', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, 0)
    bucket.take(2, 0)
    expect([bucket.full(199), bucket.full(200), bucket.full(1e9)]).toEqual([false, true, true])
    expect([bucket.take(2, 1e9), bucket.take(1, 1e9)]).toEqual([0, 100])
  })

  test('lets pass what is larger than its burst when it is full, and is in debt then', () => {
    const bucket = new TokenBucket({ perSecond: 1000, burst: 100 }, 0)
    expect(bucket.has(1_000, 0)).toBe(true)
    expect(bucket.take(1_000, 0)).toBe(900)
    expect([bucket.has(1, 900), bucket.has(1, 901)]).toEqual([false, true])
  })
})

describe('buckets by name', () => {
  test('are apart, and forgotten when they are full again', () => {
    const buckets = new NamedBuckets({ perSecond: 1, burst: 60 })
    expect(buckets.get('ann', 0).take(60, 0)).toBe(0)
    expect(buckets.get('bob', 0).take(1, 0)).toBe(0)
    expect(buckets.get('ann', 0).take(1, 0)).toBe(1000)
    buckets.get('cyd', 10_000)
    // Bob's is full, Ann's is not.
    expect(buckets.size).toBe(2)
    expect(buckets.get('ann', 10_000).has(10, 10_000)).toBe(false)
    buckets.get('dan', 100_000)
    expect(buckets.size).toBe(1)
  })

  test('are at most a hundred thousand', () => {
    const buckets = new NamedBuckets({ perSecond: 1 })
    for (let i = 0; i <= 100_000; i++) buckets.get(String(i), 0).take(1, 0)
    expect(buckets.size).toBe(100_000)
    expect(buckets.get('100000', 0).has(1, 0)).toBe(false)
    expect(buckets.get('0', 0).has(1, 0)).toBe(true)
  })
})
