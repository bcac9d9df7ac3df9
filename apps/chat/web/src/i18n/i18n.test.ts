import { describe, expect, it } from 'vitest'
import { CHAT_ERRORS } from '../../../contract/index.js'
import { en } from './en.js'
import { ko } from './ko.js'
import { explain, preferredLanguage } from './language.js'
import { dayName, duration } from './times.js'

function shape(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([key, inner]) => [key, shape(inner)]),
  )
}

describe('texts', () => {
  it('are the same ones in both languages', () => {
    expect(shape(ko)).toEqual(shape(en))
  })

  it('leave nothing empty', () => {
    const leaves = (value: object): unknown[] =>
      Object.values(value).flatMap((inner: unknown) =>
        typeof inner === 'object' && inner !== null ? leaves(inner) : [inner],
      )
    const empty = [ko, en].flatMap(leaves).filter((text) => typeof text === 'string' && text.trim() === '')
    expect(empty).toEqual([])
  })

  it('say every error of the chat, and others in the words of the server', () => {
    for (const code of Object.keys(CHAT_ERRORS)) {
      for (const texts of [ko, en]) expect(explain(texts, { code, message: 'x' })).not.toContain('x: ')
      expect(ko.errors).toHaveProperty([code])
    }
    expect(explain(en, { code: 'never-heard-of', message: 'Said by the server.' })).toContain(
      'Said by the server.',
    )
    expect(explain(en, { code: 'toString', message: 'Said by the server.' })).toContain('Said by the server.')
  })

  it('show an ENTER as it came in Korean, and say it in English', () => {
    expect(ko.came('철수', '철수님이 입장했습니다.')).toBe('철수님이 입장했습니다.')
    expect(ko.came('철수', '')).toBe('철수님이 입장했습니다.')
    expect(en.came('철수', '철수님이 입장했습니다.')).toBe('철수 came in')
  })
})

describe('language', () => {
  it('is the first of the browser that the page speaks', () => {
    expect(preferredLanguage(['ko-KR', 'en'])).toBe('ko')
    expect(preferredLanguage(['fr', 'ko', 'en'])).toBe('ko')
    expect(preferredLanguage(['en-GB', 'ko'])).toBe('en')
    expect(preferredLanguage(['fr', 'de'])).toBe('en')
    expect(preferredLanguage([])).toBe('en')
  })
})

describe('times', () => {
  const noon = new Date(2026, 2, 2, 12).getTime()
  const hours = 3_600_000

  it('name days by word where there is one, and the year where it is another', () => {
    expect(dayName('en', noon, noon)).toMatch(/^Today · /)
    expect(dayName('ko', noon - 24 * hours, noon)).toMatch(/^어제 · /)
    expect(dayName('en', noon - 48 * hours, noon)).toBe('Saturday, February 28')
    expect(dayName('en', noon - 365 * 24 * hours, noon)).toContain('2025')
  })

  it('say how long in seconds, then in minutes', () => {
    expect(duration('en', 200)).toBe('1 second')
    expect(duration('ko', 42_000)).toBe('42초')
    expect(duration('en', 185_000)).toBe('3 minutes')
  })
})
