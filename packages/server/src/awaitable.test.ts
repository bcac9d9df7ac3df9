import { expect, test } from 'vitest'
import { next } from './awaitable.js'

const thenable = <T>(value: T): PromiseLike<T> => ({
  // oxlint-disable-next-line unicorn/no-thenable -- what the test is about
  then: (resolved, rejected) => Promise.resolve(value).then(resolved, rejected),
})

test('goes on at once with what is there', () => {
  expect(next(1, (one) => one + 1)).toBe(2)
})

test('waits for a promise', async () => {
  const later = next(Promise.resolve(1), (one) => one + 1)
  expect(later).toBeInstanceOf(Promise)
  expect(await later).toBe(2)
})

test('waits for what only looks like a promise, as query builders do', async () => {
  const later = next(thenable(1), (one) => one + 1)
  expect(later).toBeInstanceOf(Promise)
  expect(await later).toBe(2)
  const inner = next(1, () => thenable(3))
  expect(inner).toBeInstanceOf(Promise)
  expect(await inner).toBe(3)
})
