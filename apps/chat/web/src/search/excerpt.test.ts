import { expect, it } from 'vitest'
import { excerpt } from './excerpt.js'

const shown = (text: string, ...ranges: [number, number][]): string =>
  excerpt(text, ranges)
    .map((piece) => (piece.found ? `[${piece.text}]` : piece.text))
    .join('')

it('marks what was found', () => {
  expect(shown('오늘 점심 뭐 먹지', [3, 5])).toBe('오늘 [점심] 뭐 먹지')
  expect(shown('점심', [0, 2])).toBe('[점심]')
  expect(shown('a b a', [0, 1], [4, 5])).toBe('[a] b [a]')
})

it('shows the part of a long message in which it was found', () => {
  const long = `${'x'.repeat(100)}점심${'y'.repeat(400)}점심`
  expect(shown(long, [100, 102], [502, 504])).toBe(`…${'x'.repeat(30)}[점심]${'y'.repeat(148)}…`)
})

it('cuts no character in two', () => {
  const faces = '🙂'.repeat(200)
  const pieces = excerpt(faces, [[202, 204]])
  for (const { text } of pieces) expect(text).not.toMatch(/\p{Surrogate}/u)
})

it('shows the beginning where nothing is marked', () => {
  expect(shown('hello')).toBe('hello')
})
