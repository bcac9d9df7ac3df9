/** What of a keyboard event says whether Enter sends. */
export interface KeyPress {
  readonly key: string
  readonly keyCode: number
  readonly isComposing: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
}

/**
 * Whether a keydown sends the message.
 *
 * An Enter that ends a composition belongs to the input method. Chrome and Firefox tell it by `isComposing`; Safari ends
 * the composition first and marks the keydown that follows with the key code 229 alone.
 */
export function sendsOnKeyDown(press: KeyPress): boolean {
  if (press.key !== 'Enter' || press.isComposing || press.keyCode === 229) return false
  return !press.shiftKey && !press.altKey
}

/**
 * What a line break that is about to be inserted means.
 *
 * Input methods that pass Enter on after they took its keydown (Korean on Windows, keyboards of phones) end the
 * composition and insert a line break with no further keydown: the text is whole, and is sent. While the composition
 * goes on nothing is sent, and nothing is broken in the middle of a syllable.
 *
 * @param held whether Shift was held at the last keydown, and whether a composition has begun and not ended
 */
export function meaningOfLineBreak(
  input: { readonly inputType: string; readonly isComposing: boolean },
  held: { readonly shift: boolean; readonly composition: boolean },
): 'send' | 'nothing' | 'text' {
  const breaksLine = input.inputType === 'insertLineBreak' || input.inputType === 'insertParagraph'
  if (!breaksLine || held.shift) return 'text'
  return input.isComposing || held.composition ? 'nothing' : 'send'
}
