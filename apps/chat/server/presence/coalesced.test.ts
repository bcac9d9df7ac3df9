import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Coalesced } from './coalesced.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('passes on each thing at most once in an interval', () => {
  const flushed: string[] = []
  const coalesced = new Coalesced(250, (keys) => flushed.push(...keys))
  for (const key of ['a', 'b', 'a', 'a']) coalesced.changed(key)
  vi.advanceTimersByTime(249)
  expect(flushed).toEqual([])
  vi.advanceTimersByTime(1)
  expect(flushed).toEqual(['a', 'b'])
  coalesced.changed('a')
  vi.advanceTimersByTime(250)
  expect(flushed).toEqual(['a', 'b', 'a'])
  expect(vi.getTimerCount()).toBe(0)
})

it('has no timer and passes nothing on once it is closed', () => {
  const flushed: string[] = []
  const coalesced = new Coalesced(250, (keys) => flushed.push(...keys))
  coalesced.changed('a')
  coalesced.close()
  coalesced.changed('b')
  expect(vi.getTimerCount()).toBe(0)
  vi.advanceTimersByTime(1000)
  expect(flushed).toEqual([])
})
