import { StompHeaders } from '@stomping-ground/codec'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Delivery } from '../delivery.js'
import { DEFAULT_LIMITS } from '../limits.js'
import { ManualClock, turn } from '../testing/manual-clock.js'
import { Metrics } from '../observe/metrics.js'
import { bareWire } from '../transport/bare-wire.js'
import { formatOf } from '../wire.js'
import { OutboxTick } from './outbox-tick.js'
import { SlowConsumers } from './slow-consumers.js'
import { SubscriberOutbox } from './subscriber-outbox.js'

const OUTBOXES = 4
const FORMAT = formatOf(bareWire, '1.2')

const one = fc.nat(OUTBOXES - 1)
const some = fc.subarray([0, 1, 2, 3])

/** What may happen, in any order. The sizes go past the bound at which a tick is written early. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('delivered' as const), to: some }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('large' as const), to: some }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('shared' as const), to: one }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('own' as const), to: one }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const), to: one }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('congest' as const), to: one }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('drain' as const), to: one }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hold' as const), to: one }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), to: one }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const), to: one }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const), to: fc.constant(0) }) },
)

/** Frames without what fills them. */
const readable = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1').replaceAll('.', '')

/** One outbox, what went in and what came out of it. */
class Run {
  readonly id = 'session'
  readonly wire = bareWire
  readonly outbox: SubscriberOutbox
  readonly taken: string[] = []
  /** Held back for a snapshot. */
  #held: string[] | undefined
  written = ''
  writable = true

  constructor(tick: OutboxTick, outboxBytes: number) {
    const limits = { ...DEFAULT_LIMITS, outboxBytes }
    const slowConsumers = new SlowConsumers([], { bytes: outboxBytes, ms: 1000 })
    const settings = { tick, clock: new ManualClock(), limits, metrics: new Metrics(), slowConsumers }
    this.outbox = new SubscriberOutbox(this, this, settings, FORMAT)
    this.outbox.format = FORMAT
  }

  write(bytes: Uint8Array): boolean {
    this.written += readable(bytes)
    return this.writable
  }

  stalled(): void {}

  dropped(): void {}

  lost(): void {}

  broke(error: unknown): void {
    throw error
  }

  /** As a topic does. */
  deliver(delivery: Delivery): void {
    const text = readable(delivery.element(FORMAT, '0'))
    const { audience, number } = this.outbox.seat!
    if (!audience.deliver(number, delivery, '0')) return
    if (this.#held === undefined) this.taken.push(text)
    else this.#held.push(text)
  }

  push(text: string, shared: boolean): void {
    const element = Buffer.from(text)
    if (shared ? this.outbox.pushShared(element) : this.outbox.push(element)) this.taken.push(text)
  }

  drain(): void {
    this.writable = true
    this.outbox.drained()
  }

  hold(): void {
    if (this.#held !== undefined) return
    this.#held = []
    this.outbox.hold('0', 1_000_000)
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    if (this.outbox.congested) this.drain()
    if (!this.outbox.release('0', undefined, undefined)) throw new Error('what was held was not taken')
    this.taken.push(...held)
  }

  /** The session is over. */
  end(): void {
    this.outbox.discard()
    this.outbox.leaveSeat()
  }
}

test('any interleaving of deliveries, own elements, flushes, congestion, detours and comings and goings brings each outbox exactly its sequence, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 400 }),
      async (steps, room) => {
        const tick = new OutboxTick(new ManualClock(), new Metrics())
        const runs = Array.from({ length: OUTBOXES }, () => new Run(tick, room))
        const gone: { readonly run: Run; readonly written: string }[] = []
        for (const [i, { kind, to }] of steps.entries()) {
          if (kind === 'tick') await turn()
          else if (typeof to === 'object') {
            const body = Buffer.from(`${i},${kind === 'large' ? '.'.repeat(40_000) : ''}`)
            const delivery = new Delivery(
              { destination: '/topic/a', headers: new StompHeaders(), body },
              `${i}`,
            )
            for (const at of to) runs[at]!.deliver(delivery)
          } else if (kind === 'shared' || kind === 'own') runs[to]!.push(`${kind} ${i},`, kind === 'shared')
          else if (kind === 'flush') runs[to]!.outbox.flush()
          else if (kind === 'congest') runs[to]!.writable = false
          else if (kind === 'drain') runs[to]!.drain()
          else if (kind === 'hold') runs[to]!.hold()
          else if (kind === 'release') runs[to]!.release()
          else {
            const run = runs[to]!
            run.end()
            gone.push({ run, written: run.written })
            runs[to] = new Run(tick, room)
          }
        }
        await turn()
        for (const run of runs) {
          run.drain()
          expect(run.written).toBe(run.taken.join(''))
        }
        for (const { run, written } of gone) {
          expect(run.outbox.seat).toBeUndefined()
          expect(run.written).toBe(written)
          expect(run.taken.join('').startsWith(written)).toBe(true)
        }
      },
    ),
    { numRuns: 500 },
  )
})
