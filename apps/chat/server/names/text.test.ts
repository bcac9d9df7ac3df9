import { describe, expect, it } from 'vitest'
import { canBeShown, codePoints, keepable, nameKey, tidy } from './text.js'

describe('tidy', () => {
  it.each([
    ['  민지  Kim ', '민지 Kim'],
    ['a\t\n b\u3000c', 'a b c'],
    [' \n\t ', ''],
    ['한글'.normalize('NFD'), '한글'],
  ])('makes %j into %j', (text, tidied) => expect(tidy(text)).toBe(tidied))
})

it('counts code points, not UTF-16 units', () => {
  expect(['', 'ab', '한글', '😀😀', '👩‍👧'].map(codePoints)).toEqual([0, 2, 2, 2, 3])
})

describe('keepable', () => {
  it('is what every database gives back: no NUL, no half of a surrogate pair', () => {
    expect(keepable('a\0b\uD83D!\uDE00 😀 한글 n\u0303')).toBe('a\uFFFDb\uFFFD!\uFFFD 😀 한글 n\u0303')
    expect(nameKey('\0')).toBe('\uFFFD')
  })
})

describe('canBeShown', () => {
  it.each([
    'Min-ji',
    '민지',
    '田中 さくら',
    'Zoë',
    'عائشة',
    'می‌خواهم', // a zero-width non-joiner between Persian letters
    'क्‍ष', // a zero-width joiner after a virama
    '👩‍👩‍👧', // zero-width joiners between emoji
    '👍🏽',
    '❤️',
    '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}', // the flag of England
    "<script>alert('x')</script>", // a page shows it as text
  ])('takes %s', (name) => expect(canBeShown(name)).toBe(true))

  it.each([
    ['nothing', ''],
    ['a NUL', 'a\u0000b'],
    ['an escape', '\u001b[31mred'],
    ['a right-to-left override', 'abc\u202Edef'],
    ['a right-to-left isolate', 'abc\u2067def'],
    ['a right-to-left mark', 'abc\u200F'],
    ['a zero-width space', 'ad\u200Bmin'],
    ['a zero-width joiner between Latin letters', 'ad\u200Dmin'],
    ['only a zero-width joiner', '\u200D'],
    ['a byte order mark inside', 'ad\uFEFFmin'],
    ['a soft hyphen', 'ad\u00ADmin'],
    ['only a Hangul filler', '\u3164'],
    ['a name and a Hangul filler', '민지\u3164'],
    ['only an empty Braille cell', '\u2800'],
    ['only a combining mark', '\u0301'],
    ['only a variation selector', '\uFE0F'],
    ['tags without a flag', 'a\u{E0067}'],
    ['half a surrogate pair', 'a\uD83D'],
    ['a non-character', 'a\uFFFE'],
  ])('refuses %s', (_what, name) => expect(canBeShown(name)).toBe(false))
})
