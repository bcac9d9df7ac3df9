import { describe, expect, it } from 'vitest'
import { nameKey } from '../names/text.js'
import { roomName } from './room-name.js'

describe('roomName', () => {
  it('is tidied', () => expect(roomName('  점심   Lunch ')).toBe('점심 Lunch'))

  it.each([
    ['', 'room-name-empty'],
    [' \n ', 'room-name-empty'],
    ['\u200B', 'room-name-characters'],
    ['a\u202Eb', 'room-name-characters'],
    ['가'.repeat(61), 'room-name-too-long'],
  ])('%j is refused', (asked, code) =>
    expect(() => roomName(asked)).toThrow(expect.objectContaining({ code }) as Error),
  )

  it('has 60 code points at most', () => expect(roomName('😀'.repeat(60))).toBe('😀'.repeat(60)))
})

describe('nameKey', () => {
  it.each([
    ['Lunch', 'LUNCH'],
    ['Straße', 'STRASSE'],
    ['ΣΑΣ', 'σας'],
    ['Ｌｕｎｃｈ', 'lunch'],
    ['ﬁsh', 'FISH'],
    ['한글', '한글'.normalize('NFD')],
    ['❤️', '❤'],
    ['a\u00A0b', 'a b'],
  ])('is the same for %j and %j', (one, other) => expect(nameKey(one)).toBe(nameKey(other)))

  it.each([
    ['Lunch', 'Launch'],
    ['점심', '저녁'],
    ['resume', 'résumé'],
  ])('tells %j from %j', (one, other) => expect(nameKey(one)).not.toBe(nameKey(other)))
})
