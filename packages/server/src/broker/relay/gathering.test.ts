import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ManualClock } from '../../testing/manual-clock.js'
import { Gathering } from './gathering.js'

/** What arrives, and the batches in which it is carried out; each costs as long as is said. */
function world(): {
  clock: ManualClock
  arrive: (count?: number) => void
  costs: (ms: number) => void
  batches: number[]
} {
  const clock = new ManualClock()
  const batches: number[] = []
  let arrived = 0
  let cost = 0
  const gathering = new Gathering(clock, () => {
    const batch = arrived
    arrived = 0
    batches.push(batch)
    setImmediate(() => void clock.advance(cost))
    return batch
  })
  return {
    clock,
    batches,
    costs: (ms) => (cost = ms),
    arrive(count = 1) {
      arrived += count
      gathering.arrived()
    },
  }
}

test('what costs little is carried out as it comes', async () => {
  const { arrive, costs, batches } = world()
  costs(1)
  for (const count of [3, 2, 1]) {
    arrive(count)
    await turn()
  }
  expect(batches).toEqual([3, 2, 1])
})

test('messages that come one by one wait for nothing, whatever they cost', async () => {
  const { arrive, costs, batches } = world()
  costs(100)
  for (let i = 0; i < 3; i++) {
    arrive()
    await turn()
  }
  expect(batches).toEqual([1, 1, 1])
})

test('of a burst that costs much the next batch is waited for, a quarter of what the last one cost', async () => {
  const { clock, arrive, costs, batches } = world()
  costs(8)
  arrive()
  await turn()
  arrive(7)
  await turn()
  arrive()
  arrive()
  await clock.advance(1.9)
  arrive(6)
  expect(batches).toEqual([1, 7])
  await clock.advance(0.1)
  expect(batches).toEqual([1, 7, 8])
})

test('no batch is waited for longer than four milliseconds', async () => {
  const { clock, arrive, costs, batches } = world()
  costs(1_000)
  arrive(2)
  await turn()
  arrive()
  await clock.advance(3.9)
  expect(batches).toEqual([2])
  await clock.advance(0.1)
  expect(batches).toEqual([2, 1])
})
