import { describe, expect, it } from 'vitest'
import { meaningOfLineBreak, sendsOnKeyDown, type KeyPress } from './enter-key.js'

const enter: KeyPress = {
  key: 'Enter',
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
}

const lineBreak = { inputType: 'insertLineBreak', isComposing: false }
const free = { shift: false, composition: false }

describe('Enter', () => {
  it('sends, with Control or Command too', () => {
    expect(sendsOnKeyDown(enter)).toBe(true)
    expect(sendsOnKeyDown({ ...enter, ctrlKey: true })).toBe(true)
    expect(sendsOnKeyDown({ ...enter, metaKey: true })).toBe(true)
  })

  it('breaks the line with Shift or Alt', () => {
    expect(sendsOnKeyDown({ ...enter, shiftKey: true })).toBe(false)
    expect(sendsOnKeyDown({ ...enter, altKey: true })).toBe(false)
    expect(meaningOfLineBreak(lineBreak, { shift: true, composition: false })).toBe('text')
  })

  it('does not send half a syllable in Chrome, and sends by the Enter that follows the composition', () => {
    expect(sendsOnKeyDown({ ...enter, isComposing: true, keyCode: 229 })).toBe(false)
    expect(sendsOnKeyDown(enter)).toBe(true)
  })

  it('does not send by the Enter that Safari reports after the composition ended', () => {
    expect(sendsOnKeyDown({ ...enter, isComposing: false, keyCode: 229 })).toBe(false)
  })

  it('sends when the input method took the key and a line break follows the composition', () => {
    expect(sendsOnKeyDown({ ...enter, isComposing: true, keyCode: 229 })).toBe(false)
    expect(meaningOfLineBreak(lineBreak, free)).toBe('send')
    expect(meaningOfLineBreak({ ...lineBreak, inputType: 'insertParagraph' }, free)).toBe('send')
  })

  it('neither sends nor breaks the line while the composition goes on', () => {
    expect(meaningOfLineBreak({ ...lineBreak, isComposing: true }, free)).toBe('nothing')
    expect(meaningOfLineBreak(lineBreak, { shift: false, composition: true })).toBe('nothing')
  })

  it('is not taken for what it is not', () => {
    expect(meaningOfLineBreak({ ...lineBreak, inputType: 'insertText' }, free)).toBe('text')
    expect(meaningOfLineBreak({ ...lineBreak, inputType: 'insertFromPaste' }, free)).toBe('text')
    expect(sendsOnKeyDown({ ...enter, key: 'a', keyCode: 65 })).toBe(false)
  })
})
