import { expect, test } from 'vitest'
import { message } from '../../testing/contract/kit.js'
import { ManualClock } from '../../testing/manual-clock.js'
import { expiry } from './expiry.js'

const clock = new ManualClock()
await clock.advance(1_000)
const expiresAt = (headers: Record<string, string>): number => expiry(message('/queue/a', '', headers), clock)

test('expires is a date, message-ttl counts from now, and a date comes first', () => {
  expect(expiresAt({})).toBe(Infinity)
  expect(expiresAt({ expires: '5' })).toBe(5)
  expect(expiresAt({ 'message-ttl': '5' })).toBe(1_005)
  expect(expiresAt({ 'message-ttl': '0' })).toBe(1_000)
  expect(expiresAt({ expires: '7', 'message-ttl': '5' })).toBe(7)
})

test('expires:0 means never, as in ActiveMQ', () => {
  expect(expiresAt({ expires: '0' })).toBe(Infinity)
  expect(expiresAt({ expires: '0', 'message-ttl': '5' })).toBe(1_005)
})

test.each(['-1', '1.5', '1e3', 'soon', '', ' 1', '1234567890123456'])('%j is neither', (value) => {
  for (const headers of [
    { expires: value },
    { 'message-ttl': value },
    { expires: '5', 'message-ttl': value },
  ]) {
    expect(() => expiresAt(headers)).toThrow(expect.objectContaining({ code: 'header-invalid' }))
  }
})
