import { describe, expect, it } from 'vitest'
import { GUEST } from '../accounts/account.js'
import type { ChatSession } from '../accounts/account.js'
import { Names, personName } from './names.js'

const code = (wanted: string): unknown => expect.objectContaining({ code: wanted })

describe('personName', () => {
  it('is tidied', () => expect(personName('  민지   Kim ')).toBe('민지 Kim'))

  it.each([undefined, null, '', '   ', '\n'])('is none where %j is asked for', (asked) =>
    expect(personName(asked)).toBeUndefined(),
  )

  it('has 40 code points at most', () => {
    expect(personName('😀'.repeat(40))).toBe('😀'.repeat(40))
    expect(() => personName('😀'.repeat(41))).toThrow(code('sender-too-long'))
  })

  it('can be shown', () => expect(() => personName('a\u202Eb')).toThrow(code('sender-characters')))
})

describe('Names', () => {
  const session = (signal = new AbortController().signal): ChatSession =>
    ({ signal, user: GUEST }) as ChatSession

  it('gives a session its name once', () => {
    const names = new Names()
    const one = session()
    expect(names.of(one)).toBeUndefined()
    expect(names.claim(one, '민지')).toBe('민지')
    expect(names.claim(one, '수민')).toBe('민지')
    expect(names.of(one)).toBe('민지')
  })

  it('gives each guest a name that nobody holds, with more digits when they run out', () => {
    const names = new Names()
    const guests = Array.from({ length: 10_000 }, () => names.claim(session(), undefined))
    expect(new Set(guests).size).toBe(10_000)
    expect(guests[0]).toMatch(/^손님-\d{4}$/)
    expect(guests.every((name) => /^손님-\d{4,6}$/.test(name))).toBe(true)
  })

  it('lets go of a name when the last session that holds it has ended', () => {
    const names = new Names()
    const all = Array.from({ length: 9_000 }, (_, i) => {
      const one = session()
      names.claim(one, `손님-${1_000 + i}`)
      return one
    })
    expect(names.claim(session(), undefined)).toMatch(/^손님-\d{5}$/)
    for (const one of all) names.release(one)
    for (const one of all) names.release(one)
    expect(names.claim(session(), undefined)).toMatch(/^손님-\d{4}$/)
  })

  it('holds no name for a session that has ended already', () => {
    const names = new Names()
    for (let i = 1_000; i < 10_000; i++) names.claim(session(AbortSignal.abort()), `손님-${i}`)
    expect(names.claim(session(), undefined)).toMatch(/^손님-\d{4}$/)
  })
})
