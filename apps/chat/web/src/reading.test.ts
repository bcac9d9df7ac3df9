import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Reading } from './reading.js'

interface Question {
  readonly answer: (text: string) => void
  readonly fail: () => void
}

let questions: Question[]
let log: string[]
let again: boolean
let reading: Reading<string>
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

beforeEach(() => {
  vi.useFakeTimers()
  questions = []
  log = []
  again = true
  reading = new Reading({
    ask: () =>
      new Promise((answer, reject) => questions.push({ answer, fail: () => reject(new Error('no')) })),
    had: (text) => log.push(text),
    failed: () => (log.push('failed'), again),
  })
})
afterEach(() => vi.useRealTimers())

it('takes the answer to the last question alone', async () => {
  void reading.now()
  void reading.now()
  questions[1]!.answer('second')
  questions[0]!.answer('first')
  await settle()
  expect(log).toEqual(['second'])
  void reading.now()
  expect(reading.asking).toBe(true)
  reading.stop()
  questions[2]!.fail()
  await settle()
  expect([log, reading.asking]).toEqual([['second'], false])
})

it('asks again after a while, until it is told not to', async () => {
  void reading.now()
  questions[0]!.fail()
  await settle()
  expect(reading.asking).toBe(false)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(questions).toHaveLength(2)
  again = false
  questions[1]!.fail()
  await vi.advanceTimersByTimeAsync(120_000)
  expect(questions).toHaveLength(2)
  expect(log).toEqual(['failed', 'failed'])
})
