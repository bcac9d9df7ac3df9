import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { expect, test } from 'vitest'
import { Waiting } from './waiting.js'

interface Item {
  readonly sequence: number
  readonly expiresAt: number
}

test('what is given back comes before what is new, and all in the order of sending', () => {
  const step = fc.oneof(
    fc.record({ push: fc.option(fc.integer({ min: 1, max: 50 })) }),
    fc.record({ shift: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ giveBack: fc.array(fc.nat({ max: 20 }), { minLength: 1, maxLength: 5 }) }),
    fc.record({ dropExpired: fc.integer({ min: 0, max: 60 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
      const waiting = new Waiting<Item>()
      let model: Item[] = []
      const taken: Item[] = []
      let sequence = 0
      for (const one of steps) {
        if ('push' in one) {
          const item = { sequence: sequence++, expiresAt: one.push ?? Infinity }
          waiting.push(item)
          model.push(item)
        } else if ('shift' in one) {
          for (let i = 0; i < one.shift; i++) {
            const item = waiting.shift()
            assert.equal(item, model.shift())
            if (item !== undefined) taken.push(item)
          }
        } else if ('giveBack' in one) {
          const back = one.giveBack.flatMap((at) => (at < taken.length ? taken.splice(at, 1) : []))
          waiting.giveBack(back)
          model = [...model, ...back].toSorted((a, b) => a.sequence - b.sequence)
        } else {
          const date = one.dropExpired
          const gone = waiting.dropExpired(date).toSorted((a, b) => a.sequence - b.sequence)
          assert.deepEqual(
            gone,
            model.filter((item) => item.expiresAt <= date),
          )
          model = model.filter((item) => item.expiresAt > date)
        }
        expect(waiting.first()).toBe(model[0])
      }
      while (model.length > 0) expect(waiting.shift()).toBe(model.shift())
      expect(waiting.shift()).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})

test('a hundred thousand that ten consumers give back one after the other are in order again', () => {
  const waiting = new Waiting<Item>()
  const items = Array.from({ length: 100_000 }, (_, sequence) => ({ sequence, expiresAt: Infinity }))
  // They were served in turn.
  for (let one = 0; one < 10; one++) waiting.giveBack(items.filter(({ sequence }) => sequence % 10 === one))
  let inOrder = 0
  for (let i = 0; i < 100_000; i++) {
    if (waiting.shift()!.sequence === i) inOrder++
    if (i % 2 === 0) continue
    waiting.giveBack([items[i]!])
    waiting.shift()
  }
  expect(inOrder).toBe(100_000)
})
