import { FrameError } from './frame-error.js'

/**
 *   version   written as            read as
 *   1.0       no escapes            no escapes
 *   1.1       \n \c \\              the same, any other is an error
 *   1.2       \r \n \c \\           the same, any other is an error
 *
 * // STOMP 1.1 "Value Encoding", STOMP 1.2 "Value Encoding"
 */
const ESCAPED: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  ':': '\\c',
  '\n': '\\n',
  '\r': '\\r',
  '\0': ' ',
}
const SPECIAL_1_1 = /[\0\n:\\]/g
const SPECIAL_1_2 = /[\0\n\r:\\]/g
const UNWRITABLE_NAME = /[\0\n:]/g
const UNWRITABLE_VALUE = /[\0\n]/g

/** A header name or value as versions 1.1 and 1.2 write it. */
export function escapeText(text: string, version: '1.1' | '1.2'): string {
  return isPlain(text) ? text : escapeSpecial(text, version)
}

/** Is there nothing to escape? Most texts are so, and a regular expression takes five times as long to say it. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x5c || code === 0x3a || code <= 0x0d) return false
  }
  return true
}

function escapeSpecial(text: string, version: '1.1' | '1.2'): string {
  return text.replace(version === '1.2' ? SPECIAL_1_2 : SPECIAL_1_1, (special) => ESCAPED[special]!)
}

/** A header name where there are no escapes; what would end it becomes a space. */
export function plainName(text: string): string {
  return text.replace(UNWRITABLE_NAME, ' ')
}

/** A header value where there are no escapes; what would end it becomes a space. */
export function plainValue(text: string): string {
  return text.replace(UNWRITABLE_VALUE, ' ')
}

/** The reverse of `escapeText`. Throws FrameError `escape-undefined`. */
export function unescapeText(text: string, version: '1.1' | '1.2'): string {
  let backslash = text.indexOf('\\')
  if (backslash < 0) return text
  let plain = ''
  let from = 0
  while (backslash >= 0) {
    plain += text.slice(from, backslash) + unescaped(text.charCodeAt(backslash + 1), version)
    from = backslash + 2
    backslash = text.indexOf('\\', from)
  }
  return plain + text.slice(from)
}

function unescaped(code: number, version: '1.1' | '1.2'): string {
  switch (code) {
    case 0x6e:
      return '\n'
    case 0x63:
      return ':'
    case 0x5c:
      return '\\'
    case 0x72:
      // STOMP 1.1 "Value Encoding": "Undefined escape sequences such as \r MUST be treated as a fatal protocol error"
      if (version === '1.2') return '\r'
  }
  throw new FrameError('escape-undefined', `A header holds an escape that STOMP ${version} does not define`)
}
