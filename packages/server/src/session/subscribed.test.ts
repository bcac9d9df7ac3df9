import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Subscribed } from './subscribed.js'

test('is what a map would be', () => {
  const id = fc.integer({ min: 0, max: 4 }).map(String)
  const step = fc.record({ id, add: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const subscribed = new Subscribed()
      const map = new Map<string, string>()
      for (const [i, { id: one, add }] of steps.entries()) {
        if (!add) {
          subscribed.delete(one)
          map.delete(one)
        } else if (!map.has(one)) {
          subscribed.add(one, `/topic/${i}`)
          map.set(one, `/topic/${i}`)
        }
        expect(subscribed.size).toBe(map.size)
        expect(new Map(subscribed.entries())).toEqual(map)
        expect(subscribed.entries()).toHaveLength(map.size)
        for (const known of ['0', '1', '2', '3', '4']) {
          expect(subscribed.get(known)).toBe(map.get(known))
          expect(subscribed.has(known)).toBe(map.has(known))
        }
      }
    }),
  )
})
