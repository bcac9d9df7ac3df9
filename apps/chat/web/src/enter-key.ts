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
 * Whether a line break that is about to be inserted sends the message instead.
 *
 * Input methods that pass Enter on after they took its keydown (Korean on Windows, keyboards of phones) insert a line
 * break with no further keydown. The composition is over by then, so the text is whole.
 *
 * @param shifted whether Shift was held at the last keydown
 */
export function sendsOnLineBreak(
  input: { inputType: string; isComposing: boolean },
  shifted: boolean,
): boolean {
  const breaksLine = input.inputType === 'insertLineBreak' || input.inputType === 'insertParagraph'
  return breaksLine && !input.isComposing && !shifted
}
