import { BOUNDS } from '../../contract/index.js'

/** Length as the server counts it: in code points, so that an emoji is one. */
export function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** Control characters, lone surrogates, line separators, and marks that turn the direction of what follows. */
const UNSHOWABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

/** A name as the server keeps it: Hangul put together that some systems type in parts, one space where there is any. */
export function tidyName(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').trim()
}

export function senderProblem(name: string): 'sender-too-long' | 'sender-characters' | undefined {
  if (codePoints(name) > BOUNDS.sender) return 'sender-too-long'
  return UNSHOWABLE.test(name) ? 'sender-characters' : undefined
}

/** What can be said of a password before it is sent; the server says the rest. */
export function passwordProblem(password: string): 'password-too-short' | 'password-too-long' | undefined {
  const length = codePoints(password.normalize('NFKC'))
  if (length < BOUNDS.passwordAtLeast) return 'password-too-short'
  return length > BOUNDS.password ? 'password-too-long' : undefined
}

export function roomNameProblem(
  name: string,
): 'room-name-empty' | 'room-name-too-long' | 'room-name-characters' | undefined {
  if (name === '') return 'room-name-empty'
  if (codePoints(name) > BOUNDS.roomName) return 'room-name-too-long'
  return UNSHOWABLE.test(name) ? 'room-name-characters' : undefined
}

/** A message as it is sent: without blank lines before it and blanks after it; indentation stays. */
export function tidyMessage(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd()
}

const graphemes = typeof Intl.Segmenter === 'function' ? new Intl.Segmenter() : undefined

/** What stands in an avatar: the first character as a reader sees it. */
export function initial(name: string): string {
  const first =
    graphemes?.segment(name)[Symbol.iterator]().next().value?.segment ?? Array.from(name)[0] ?? '?'
  return first.toLocaleUpperCase()
}

/** The hue of a name, the same in every browser. Spread by the golden angle, so that similar names differ. */
export function hue(name: string): number {
  let hash = 2166136261
  for (const character of name) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 16777619)
  return Math.round(((hash >>> 0) % 24) * 137.508) % 360
}
