import { expect, it } from 'vitest'
import { BACKOFF, backoffMs } from './backoff.js'

it('waits anything up to a bound that doubles and ends', () => {
  expect([0, 1, 2, 3].map((failures) => backoffMs(failures, () => 1))).toEqual([1_000, 2_000, 4_000, 8_000])
  expect(backoffMs(10, () => 1)).toBe(BACKOFF.maxMs)
  expect(backoffMs(5_000, () => 1)).toBe(BACKOFF.maxMs)
  expect(backoffMs(3, () => 0)).toBe(0)
  expect(backoffMs(3, () => 0.5)).toBe(4_000)
})
