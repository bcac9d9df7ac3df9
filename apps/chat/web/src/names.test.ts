import { describe, expect, it } from 'vitest'
import { codePoints, hue, initial, roomNameProblem, senderProblem, tidyMessage, tidyName } from './names.js'

describe('names', () => {
  it('are counted in code points', () => {
    expect(codePoints('철수🙂')).toBe(3)
    expect(senderProblem('🙂'.repeat(40))).toBeUndefined()
    expect(senderProblem('🙂'.repeat(41))).toBe('sender-too-long')
    expect(roomNameProblem('방'.repeat(60))).toBeUndefined()
    expect(roomNameProblem('방'.repeat(61))).toBe('room-name-too-long')
  })

  it('may be empty for a person, who is a guest then, and not for a room', () => {
    expect(senderProblem('')).toBeUndefined()
    expect(roomNameProblem('')).toBe('room-name-empty')
  })

  it('have no characters that cannot be shown', () => {
    for (const bad of ['a\u0000b', 'a\nb', 'a\u202eb', 'a\u2028b', 'a\ud800b']) {
      expect(senderProblem(bad)).toBe('sender-characters')
      expect(roomNameProblem(bad)).toBe('room-name-characters')
    }
    expect(senderProblem('👩‍👩‍👧 가족')).toBeUndefined()
  })

  it('are trimmed, and Hangul in parts is put together', () => {
    expect(tidyName('  김 \t 철수 ')).toBe('김 철수')
    expect(tidyName('철수'.normalize('NFD'))).toBe('철수')
  })

  it('have an initial as a reader sees it, and a hue of their own', () => {
    expect(initial('철수')).toBe('철')
    expect(initial('minji')).toBe('M')
    expect(initial('👩‍👩‍👧 가족')).toBe('👩‍👩‍👧')
    expect(initial('')).toBe('?')
    expect(hue('철수')).toBe(hue('철수'))
    expect(hue('철수')).not.toBe(hue('영희'))
  })
})

describe('a message', () => {
  it('keeps its indentation and its line breaks, and loses blanks around it', () => {
    expect(tidyMessage('\n \n  a\n\n  b \n ')).toBe('  a\n\n  b')
    expect(tidyMessage(' \n\t\n ')).toBe('')
  })
})
