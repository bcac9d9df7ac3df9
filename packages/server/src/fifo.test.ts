import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { Fifo } from './fifo.js'

test('is an array that is pushed to and shifted from, whatever is done in whatever order', () => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ shift: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ filter: fc.integer({ min: 2, max: 5 }) }),
  )
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const fifo = new Fifo<number>()
      let model: number[] = []
      let next = 0
      for (const one of steps) {
        if ('push' in one) {
          for (let i = 0; i < one.push; i++) {
            model.push(next)
            fifo.push(next++)
          }
        } else if ('shift' in one) {
          for (let i = 0; i < one.shift; i++) assert.equal(fifo.shift(), model.shift())
        } else {
          model = model.filter((item) => item % one.filter !== 0)
          fifo.filter((item) => item % one.filter !== 0)
        }
        expect(fifo.length).toBe(model.length)
        expect(fifo.first()).toBe(model[0])
      }
      while (model.length > 0) expect(fifo.shift()).toBe(model.shift())
      expect(fifo.shift()).toBeUndefined()
    }),
  )
})

test.each([1, 15, 40])('is a fifo again after a burst whose room it has given back, for %i', (count) => {
  const fifo = new Fifo<number>()
  for (let i = 0; i < 5_000; i++) fifo.push(i)
  for (let i = 0; i < 5_000; i++) expect(fifo.shift()).toBe(i)
  for (let i = 0; i < count; i++) fifo.push(i)
  expect(fifo.first()).toBe(0)
  for (let i = 0; i < count; i++) expect(fifo.shift()).toBe(i)
})
