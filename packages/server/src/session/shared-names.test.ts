import { expect, test } from 'vitest'
import { sharedDestination, sharedId } from './shared-names.js'

test.each([
  ['an id', sharedId, 3_000],
  ['a destination', sharedDestination, 30_000],
])('%s is itself, whether it is remembered or not', (_, shared, count) => {
  const names = Array.from({ length: count }, (_one, i) => `/topic/${i}`)
  expect(names.map(shared)).toEqual(names)
  expect(shared('/topic/0')).toBe('/topic/0')
  expect(shared('/topic/한글/😀')).toBe('/topic/한글/😀')
  expect(shared('x'.repeat(1000))).toBe('x'.repeat(1000))
})
