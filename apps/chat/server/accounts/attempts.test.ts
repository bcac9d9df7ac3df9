import { beforeEach, expect, it } from 'vitest'
import { Attempts } from './attempts.js'

let now = 0
let attempts: Attempts
beforeEach(() => {
  now = 0
  attempts = new Attempts({ perName: 2, withinMs: 1_000, names: 2 }, () => now)
})
const tooMany = expect.objectContaining({ code: 'too-many-attempts' }) as Error

it('lets a name be tried as often as it may, however it is written, and no more until the time is over', () => {
  attempts.check('Minji')
  attempts.failed('Minji')
  attempts.check('Minji')
  attempts.failed('minji')
  expect(() => attempts.check('ＭＩＮＪＩ')).toThrow(tooMany)
  now = 999
  expect(() => attempts.check('Minji')).toThrow(tooMany)
  now = 1_000
  attempts.check('Minji')
  attempts.failed('Minji')
  attempts.check('Minji')
})

it('forgets what failed when the right password comes', () => {
  attempts.failed('Minji')
  attempts.failed('Minji')
  attempts.succeeded('Minji')
  expect(() => attempts.check('Minji')).not.toThrow()
})

it('counts no more names than its limit; the one that failed longest ago is forgotten', () => {
  for (const name of ['a', 'a', 'b', 'b', 'a', 'c']) attempts.failed(name)
  expect(() => attempts.check('a')).toThrow(tooMany)
  attempts.check('b')
})
