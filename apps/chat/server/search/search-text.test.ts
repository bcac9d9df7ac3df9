import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { folded, gramsOf, gramsOfWord, rangesOf, wordsOf } from './search-text.js'

const found = (text: string, query: string): string[] | undefined =>
  rangesOf(text, wordsOf(query), 50)?.map(([from, to]) => text.slice(from, to))

describe('a word', () => {
  it.each([
    ['오늘 점심은 김치찌개', '김치', ['김치']],
    ['밥은 먹었어? 밥', '밥', ['밥', '밥']],
    ['한글'.normalize('NFD'), '한글', ['한글'.normalize('NFD')]],
    ['한글', '한글'.normalize('NFD'), ['한글']],
    ['Deploy at NOON', 'deploy noon', ['Deploy', 'NOON']],
    ['Die STRASSE', 'straße', ['STRASSE']],
    ['die Straße', 'STRASSE', ['Straße']],
    ['ΟΔΥΣΣΕΥΣ και Οδυσσεύς', 'οδυσσευσ', ['ΟΔΥΣΣΕΥΣ']],
    ['café', 'cafe\u0301', ['café']],
    ['İstanbul', 'i\u0307stanbul', ['İstanbul']],
    ['다 좋아 👍🏽 정말', '👍🏽', ['👍🏽']],
    ['a+b=c; C++ rocks', 'c++', ['C++']],
    ['aaaa', 'aa', ['aaaa']],
    ['가나다라', '나다 다라', ['나다라']],
    ['한글 \ud800 끝', '\ud800', ['\ud800']],
    ['밥상', '밥 상 국', undefined],
    ['ab', 'ba', undefined],
    ['각하', '가', undefined],
  ])('in %j: %j is %j', (text, query, expected) => {
    expect(found(text, query)).toEqual(expected)
  })

  it('is marked so many times at most', () => {
    expect(rangesOf('a '.repeat(100), ['a'], 7)).toHaveLength(7)
  })
})

const letters = fc.constantFrom(
  ...Array.from('\u1100\u1161\u11a8aßΣςσİıŉΐéE\u0301\u0307 가각한ㄱ각\u3099か밥👍🏽\u200d-+.\ud800\udc00'),
)
const text = fc.oneof(
  fc.array(letters, { maxLength: 30 }).map((all) => all.join('')),
  fc.string({ unit: 'binary' }),
)

it('every part of a text without white space is found in it, and its grams are among the text’s', () => {
  fc.assert(
    fc.property(text, fc.nat(), fc.nat(), (whole, a, b) => {
      const all = folded(whole)
      const characters = Array.from(all)
      const from = characters.length === 0 ? 0 : a % characters.length
      const word = characters.slice(from, from + 1 + (b % 5)).join('')
      fc.pre(word !== '' && !/\s/u.test(word))
      const grams = gramsOf(all)
      for (const gram of gramsOfWord(word)) expect(grams).toContain(gram)
      const ranges = rangesOf(whole, [word], 50)
      expect(ranges?.length).toBeGreaterThan(0)
      for (const [start, end] of ranges!) {
        expect(end).toBeLessThanOrEqual(whole.length)
        expect(folded(whole.slice(start, end))).toContain(word)
      }
    }),
    { numRuns: 3_000 },
  )
})

it('folding the parts gives what folding the whole gives', () => {
  fc.assert(
    fc.property(text, (whole) => {
      const ranges = rangesOf(whole, wordsOf(whole), 1_000)
      // Everything that is no white space is marked.
      const marked = (ranges ?? []).map(([from, to]) => folded(whole.slice(from, to)))
      expect(marked.join('').replaceAll(/\s/gu, '')).toBe(folded(whole).replaceAll(/\s/gu, ''))
    }),
    { numRuns: 3_000 },
  )
})
