import { expect, it } from 'vitest'
import { PerMinute } from './per-minute.js'

it('lets each do something so often in a minute, and forgets whoever came first of very many', () => {
  let now = 0
  const rate = new PerMinute(2, () => now)
  const take = (who: string): void => rate.take(who)
  take('a')
  take('a')
  expect(() => take('a')).toThrow('Too many requests')
  take('b')
  now = 59_999
  expect(() => take('a')).toThrow('Too many requests')
  now = 60_000
  take('a')
  take('a')
  expect(() => take('a')).toThrow('Too many requests')
  for (let i = 0; i < 9_999; i++) take(`other ${i}`)
  expect(() => take('a')).toThrow('Too many requests')
  take('one more')
  take('one more')
  take('a')
})
