import { describe, expect, it } from 'vitest'
import { sendsOnKeyDown, sendsOnLineBreak, type KeyPress } from './enter-key.js'

const enter: KeyPress = {
  key: 'Enter',
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
}

describe('Enter', () => {
  it('sends, with Control or Command too', () => {
    expect(sendsOnKeyDown(enter)).toBe(true)
    expect(sendsOnKeyDown({ ...enter, ctrlKey: true })).toBe(true)
    expect(sendsOnKeyDown({ ...enter, metaKey: true })).toBe(true)
  })

  it('breaks the line with Shift or Alt', () => {
    expect(sendsOnKeyDown({ ...enter, shiftKey: true })).toBe(false)
    expect(sendsOnKeyDown({ ...enter, altKey: true })).toBe(false)
    expect(sendsOnLineBreak({ inputType: 'insertLineBreak', isComposing: false }, true)).toBe(false)
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
    expect(sendsOnLineBreak({ inputType: 'insertLineBreak', isComposing: false }, false)).toBe(true)
    expect(sendsOnLineBreak({ inputType: 'insertParagraph', isComposing: false }, false)).toBe(true)
  })

  it('does not take another input, or a line break inside a composition, for Enter', () => {
    expect(sendsOnLineBreak({ inputType: 'insertLineBreak', isComposing: true }, false)).toBe(false)
    expect(sendsOnLineBreak({ inputType: 'insertText', isComposing: false }, false)).toBe(false)
    expect(sendsOnLineBreak({ inputType: 'insertFromPaste', isComposing: false }, false)).toBe(false)
    expect(sendsOnKeyDown({ ...enter, key: 'a', keyCode: 65 })).toBe(false)
  })
})
