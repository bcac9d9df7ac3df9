import { describe, expect, test } from 'vitest'
import { ManualClock, turn } from './manual-clock.js'

describe('a manual clock', () => {
  test('stands still until it is moved', async () => {
    const clock = new ManualClock()
    const begun = clock.now()
    await turn()
    expect(clock.now()).toBe(begun)
    await clock.advance(1500)
    expect(clock.now() - begun).toBe(1500)
  })

  test('runs timers when they are due, in order of their times, each at its time', async () => {
    const clock = new ManualClock()
    const log: string[] = []
    const note = (name: string) => () => void log.push(`${name} at ${clock.now()}`)
    clock.after(300, note('late'))
    clock.after(100, note('early'))
    clock.after(100, note('early too'))
    await clock.advance(99)
    expect(log).toEqual([])
    await clock.advance(500)
    expect(log).toEqual(['early at 100', 'early too at 100', 'late at 300'])
  })

  test('runs a timer that another one sets, if it is due on the way', async () => {
    const clock = new ManualClock()
    const log: number[] = []
    const every = (): void => {
      log.push(clock.now())
      clock.after(100, every)
    }
    clock.after(100, every)
    await clock.advance(350)
    expect(log).toEqual([100, 200, 300])
    expect(clock.pending).toBe(1)
  })

  test('forgets a timer that is cancelled', async () => {
    const clock = new ManualClock()
    const log: string[] = []
    const timer = clock.after(100, () => log.push('never'))
    clock.after(50, () => timer.cancel())
    await clock.advance(200)
    expect(log).toEqual([])
    expect(clock.pending).toBe(0)
  })

  test('lets what a timer has caused happen before the next one', async () => {
    const clock = new ManualClock()
    const log: string[] = []
    clock.after(100, () => setImmediate(() => log.push('caused')))
    clock.after(101, () => log.push('next'))
    await clock.advance(101)
    expect(log).toEqual(['caused', 'next'])
  })
})
