import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../limits.js'
import { ManualClock, turn } from '../testing/manual-clock.js'
import { Metrics } from '../observe/metrics.js'
import { bareWire } from '../transport/bare-wire.js'
import { Outbox, OutboxTick } from './outbox.js'

const OUTBOXES = 4

/** What may happen, in any order. The sizes go past the bound at which a tick is written early. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('shared' as const), to: fc.subarray([0, 1, 2, 3]) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('large' as const), to: fc.subarray([0, 1, 2, 3]) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('own' as const), to: fc.nat(OUTBOXES - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const), to: fc.nat(OUTBOXES - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('congest' as const), to: fc.nat(OUTBOXES - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drain' as const), to: fc.nat(OUTBOXES - 1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const), to: fc.constant(0) }) },
)

/** One outbox, what went in and what came out of it. */
class Run {
  readonly wire = bareWire
  readonly outbox: Outbox
  readonly taken: string[] = []
  written = ''
  writable = true

  constructor(tick: OutboxTick, outboxBytes: number) {
    const limits = { ...DEFAULT_LIMITS, outboxBytes }
    this.outbox = new Outbox(this, this, { tick, clock: new ManualClock(), limits, metrics: new Metrics() })
  }

  write(bytes: Uint8Array): boolean {
    this.written += Buffer.from(bytes).toString('latin1').replaceAll('.', '')
    return this.writable
  }

  stalled(): void {}

  dropped(): void {}

  broke(error: unknown): void {
    throw error
  }

  push(element: Buffer, shared: boolean): void {
    const taken = shared ? this.outbox.pushShared(element) : this.outbox.push(element)
    if (taken) this.taken.push(element.toString('latin1').replaceAll('.', ''))
  }

  drain(): void {
    this.writable = true
    this.outbox.drained()
  }
}

test('any interleaving of shared and own elements, flushes, congestion and drains brings each outbox exactly its sequence, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 40 }),
      async (steps, room) => {
        const tick = new OutboxTick(new ManualClock())
        const runs = Array.from({ length: OUTBOXES }, () => new Run(tick, room))
        for (const [i, { kind, to }] of steps.entries()) {
          if (kind === 'tick') await turn()
          else if (typeof to === 'object') {
            const element = Buffer.from(`${i},${kind === 'large' ? '.'.repeat(40_000) : ''}`)
            for (const one of to) runs[one]!.push(element, true)
          } else if (kind === 'own') runs[to]!.push(Buffer.from(`own ${i},`), false)
          else if (kind === 'flush') runs[to]!.outbox.flush()
          else if (kind === 'congest') runs[to]!.writable = false
          else runs[to]!.drain()
        }
        await turn()
        for (const run of runs) {
          run.drain()
          expect(run.written).toBe(run.taken.join(''))
        }
      },
    ),
    { numRuns: 300 },
  )
})
