import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { SearchHit, SearchResults } from '../../../contract/index.js'
import { ApiError, type SearchWhere } from '../api.js'
import { Search } from './search.js'

interface Question extends SearchWhere {
  readonly words: string
  readonly answer: (results: SearchResults) => Promise<void>
  readonly fail: () => Promise<void>
}

const hit = (offset: number): SearchHit => ({
  roomId: 'r',
  offset,
  epoch: 'e',
  ranges: [],
  message: { type: 'TALK', roomId: 'r', sender: 'a', message: 'x', id: `m${offset}`, time: 0 },
})

let questions: Question[]
let search: Search
const settle = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(0))
const pause = async (): Promise<void> => void (await vi.advanceTimersByTimeAsync(250))
const offsets = (): number[] => search.state.get().hits.map(({ offset }) => offset)

beforeEach(() => {
  vi.useFakeTimers()
  questions = []
  search = new Search({
    search: (words, where) =>
      new Promise((resolve, reject) => {
        const fail = (): void => reject(new ApiError(0, { code: 'network', message: '' }))
        questions.push({
          words,
          ...where,
          answer: (results) => (resolve(results), settle()),
          fail: () => (fail(), settle()),
        })
      }),
  })
})
afterEach(() => vi.useRealTimers())

it('asks when somebody pauses, once, and at once when they say so', async () => {
  search.type('점', 'r')
  search.type('점심 ', 'r')
  expect(questions).toEqual([])
  await pause()
  search.type(' 점심', 'r')
  await pause()
  expect(questions).toMatchObject([{ words: '점심', room: 'r', before: undefined }])
  search.type('lunch', undefined)
  search.now()
  expect(questions).toMatchObject([{}, { words: 'lunch', room: undefined }])
})

it('does not ask in the middle of a syllable', async () => {
  search.type('점심', 'r')
  await pause()
  search.type('점심ㅁ', 'r')
  await pause()
  search.type('점심메', 'r')
  await pause()
  expect(questions.map(({ words }) => words)).toEqual(['점심', '점심메'])
})

it('takes the answer to the last question alone, and keeps what was found until there is another', async () => {
  search.type('a', undefined)
  await pause()
  search.type('ab', undefined)
  await questions[0]!.answer({ hits: [hit(1)] })
  expect(offsets()).toEqual([])
  await pause()
  await questions[1]!.answer({ hits: [hit(2)] })
  expect([search.state.get().step, offsets()]).toEqual(['done', [2]])
  search.type('abc', undefined)
  await pause()
  expect([search.state.get().step, offsets()]).toEqual(['searching', [2]])
  search.type('', undefined)
  expect([search.state.get().step, offsets()]).toEqual(['idle', []])
})

it('looks on for older ones, past pages in which there is nothing, and not for ever', async () => {
  search.type('a', undefined)
  await pause()
  await questions[0]!.answer({ hits: [], next: '9' })
  await questions[1]!.answer({ hits: [hit(8)], next: '7' })
  expect(questions.map(({ before }) => before)).toEqual([undefined, '9'])
  expect(search.state.get()).toMatchObject({ step: 'done', next: '7' })
  search.more()
  for (let i = 2; i < 7; i++) await questions[i]!.answer({ hits: [], next: `${8 - i}` })
  expect(questions).toHaveLength(7)
  expect([search.state.get().step, offsets()]).toEqual(['done', [8]])
  search.more()
  await questions[7]!.answer({ hits: [hit(1)] })
  expect(offsets()).toEqual([8, 1])
  expect(search.state.get().next).toBeUndefined()
})

it('says why nothing was found, and asks again', async () => {
  search.type('a', undefined)
  await pause()
  await questions[0]!.fail()
  expect(search.state.get()).toMatchObject({ step: 'failed', refusal: { code: 'network' } })
  search.more()
  await questions[1]!.answer({ hits: [hit(1)] })
  expect(search.state.get()).toMatchObject({ step: 'done', refusal: undefined })
})
