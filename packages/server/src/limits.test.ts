import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS, checkedLimits } from './limits.js'
import type { Limits } from './limits.js'
import { createStompServer } from './server.js'

const NAMES = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]

describe('limits', () => {
  test('left out are the default ones', () => {
    expect(checkedLimits({})).toEqual(DEFAULT_LIMITS)
    expect(checkedLimits({ frameBytes: 1 })).toEqual({ ...DEFAULT_LIMITS, frameBytes: 1 })
  })

  test('the default ones would be accepted', () => {
    expect(checkedLimits(DEFAULT_LIMITS)).toEqual(DEFAULT_LIMITS)
  })

  test.each(NAMES)('%s has to be a positive integer', (name) => {
    for (const value of [0, -1, 1.5, NaN, Infinity, 2 ** 53, '1' as unknown as number]) {
      expect(() => checkedLimits({ [name]: value })).toThrow(
        new RangeError(`limits.${name} has to be a positive integer, not ${value}`),
      )
    }
    expect(checkedLimits({ [name]: 1 })[name]).toBe(1)
  })

  test('every mistake is named, the misspelt ones too', () => {
    const wrong = { frameBytes: 0, connectMs: -1, frameByte: 7 } as Partial<Limits>
    expect(() => checkedLimits(wrong)).toThrow(
      new RangeError(
        'limits.frameBytes has to be a positive integer, not 0; ' +
          'limits.connectMs has to be a positive integer, not -1; limits.frameByte is no limit',
      ),
    )
  })

  test('a server is not made with wrong ones, and shows those that hold', () => {
    expect(() => createStompServer({ limits: { closeMs: 0 } })).toThrow(RangeError)
    expect(createStompServer({ limits: { closeMs: 7 } }).limits).toEqual({ ...DEFAULT_LIMITS, closeMs: 7 })
  })
})
