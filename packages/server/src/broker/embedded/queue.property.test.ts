import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { QueueWorld } from '../../../test/queue-world.js'
import type { Step } from '../../../test/queue-world.js'
import { turn } from '../../testing/manual-clock.js'

const session = fc.nat({ max: 2 })
const queue = fc.constantFrom('/queue/a', '/queue/b')
const pick = fc.nat({ max: 30 })
const size = fc.constantFrom(1, 1, 1, 30, 300)
const kind = fc.constantFrom('ack' as const, 'ack' as const, 'nack' as const)

const STEPS: Readonly<Record<Step['do'], readonly [weight: number, fc.Arbitrary<Step>]>> = {
  send: [6, fc.record({ do: fc.constant('send'), session, queue, size })],
  subscribe: [
    3,
    fc.record({
      do: fc.constant('subscribe'),
      session,
      queue,
      ack: fc.constantFrom('auto' as const, 'client' as const, 'client-individual' as const),
      prefetch: fc.integer({ min: 1, max: 4 }),
    }),
  ],
  unsubscribe: [1, fc.record({ do: fc.constant('unsubscribe'), pick })],
  settle: [6, fc.record({ do: fc.constant('settle'), pick, kind })],
  commit: [
    2,
    fc.record({
      do: fc.constant('commit'),
      session,
      sends: fc.array(fc.record({ queue, size }), { maxLength: 3 }),
      settles: fc.array(fc.record({ pick, kind }), { maxLength: 3 }),
    }),
  ],
  cut: [1, fc.record({ do: fc.constant('cut'), session })],
  block: [2, fc.record({ do: fc.constant('block'), session })],
  unblock: [3, fc.record({ do: fc.constant('unblock'), session })],
  turn: [3, fc.record({ do: fc.constant('turn') })],
}

const steps = fc.array(
  fc.oneof(...Object.values(STEPS).map(([weight, arbitrary]) => ({ weight, arbitrary }))),
  {
    minLength: 1,
    maxLength: 80,
    size: 'max',
  },
)

test('whatever sessions do, a queue is the list that the model is: nothing lost, doubled, out of order or stuck', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const world = new QueueWorld({ queueMessages: 12, queueBytes: 1_200, maxDeliveries: 4 })
      // What consumers that left give back is delivered in the next turn.
      let returned = false
      for (const step of all) {
        if (step.do === 'turn') await turn()
        else world.run(step)
        returned = step.do === 'cut' || step.do === 'unsubscribe' || (returned && step.do !== 'turn')
        if (!returned) world.model.checkNothingIsStuck()
      }
      world.end()
      expect(world.queues).toBe(0)
    }),
    { numRuns: 500 },
  )
})
