import { describe, expect, test } from 'vitest'
import { capacity, carried, costsOf } from './scaling.js'
import type { Costs } from './scaling.js'

const costs: Costs = {
  delivery: 8,
  deliveryOf16: 0.5,
  node: 40,
  broker: 80,
  brokerEach: 30,
  topic: 3_000,
  session: 300,
  sessionKb: 7,
}
const everybody = { name: '', room: (all: number) => all, delivery: () => 8 }
const pair = { name: '', room: () => 2, delivery: () => 8 }

describe('what nodes carry', () => {
  test('is half a core, whatever their number, where all are in one room: each writes to its own', () => {
    const two = carried(costs, everybody, 2)
    expect(two.room).toBe(20_000)
    expect(two.nodes).toBeCloseTo(500_000 / (40 + 10_000 * 8))
    expect(carried(costs, everybody, 100).nodes).toBeCloseTo(two.nodes)
  })

  test('grows with them where rooms are small, for a message is on as many nodes as people', () => {
    // Two people are on one node of a hundred as often as one in a hundred.
    const reached = 100 * (1 - 0.99 ** 2)
    const { nodes, broker } = carried(costs, pair, 100)
    expect(nodes).toBeCloseTo(500_000 / ((reached / 100) * 40 + (2 / 100) * 8))
    expect(broker).toBeCloseTo(500_000 / (80 + (reached - 1) * 30))
  })
})

test('the broker hands a message to each node of a room for all once', () => {
  expect(carried(costs, everybody, 4).broker).toBeCloseTo(500_000 / (80 + 3 * 30))
})

test('without a measurement there are no costs, and without marks a page stays as it is', () => {
  expect(() => costsOf(() => undefined)).toThrow('fanout-1 is not measured')
  expect(capacity('a page', costs)).toBe('a page')
})
