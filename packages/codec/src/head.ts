import type { CommandRules } from './commands.js'
import { unescapeText } from './escape.js'
import { FrameError } from './frame-error.js'
import type { StompVersion } from './frame.js'
import { CR, SPACE } from './octets.js'
import { asciiText, isUtf8, utf8Text } from './platform.js'

/** A head as the scanner leaves it. All places are counted from the start of the frame. */
export interface ScannedHead {
  readonly rules: CommandRules
  /** Where the first header line begins. */
  readonly firstLine: number
  /** For each header line the places of its colon and of its LF. */
  readonly marks: readonly number[]
  /** All octets of the lines, ORed together: below 0x80, all of them are ASCII. */
  readonly seen: number
}

/** The names and values of a head that begins at `start`, flat. Throws FrameError. */
export function decodeHeaders(
  head: ScannedHead,
  bytes: Uint8Array,
  start: number,
  version: StompVersion,
): string[] {
  const { rules, marks } = head
  const flat: string[] = []
  let line = start + head.firstLine
  for (let i = 0; i < marks.length; i += 2) {
    const colon = start + marks[i]!
    const end = start + marks[i + 1]!
    const valueEnd = bytes[end - 1] === CR && linesMayEndInCr(rules, version) ? end - 1 : end
    flat.push(field(head, bytes, line, colon, version), field(head, bytes, colon + 1, valueEnd, version))
    line = end + 1
  }
  return speaksOneZero(rules, flat, version) ? trimmed(flat) : flat
}

/**
 * Does the 1.0 text hold for this frame? An opening frame says so itself.
 * // STOMP 1.1 "Protocol Negotiation": without accept-version the client speaks 1.0 only; CONNECTED MUST hold `version`
 */
export function speaksOneZero(rules: CommandRules, flat: readonly string[], version: StompVersion): boolean {
  if (!rules.opens) return version === '1.0'
  const name = rules.command === 'CONNECTED' ? 'version' : 'accept-version'
  return !flat.some((text, i) => i % 2 === 0 && text === name)
}

/**
 * // STOMP 1.2 "Augmented BNF": EOL = [CR] LF. In 1.0 and 1.1 lines end in LF alone, and a CR is an octet of the value:
 * // STOMP 1.1 "Augmented BNF": header-value = *<any OCTET except LF or ":">
 * The opening frames come before a version is known.
 */
export function linesMayEndInCr(rules: CommandRules, version: StompVersion): boolean {
  return version === '1.2' || rules.opens
}

function field(
  head: ScannedHead,
  bytes: Uint8Array,
  start: number,
  end: number,
  version: StompVersion,
): string {
  const text = head.seen < 0x80 ? asciiText(bytes, start, end) : utf8Text(bytes, start, end)
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) {
    throw new FrameError('header-not-utf8', 'A header is not valid UTF-8')
  }
  if (head.rules.opens || version === '1.0') return text
  // STOMP 1.2 "Augmented BNF": header names and values are OCTETs "except CR or LF"
  if (version === '1.2' && text.includes('\r')) {
    throw new FrameError('header-malformed', 'A header holds a carriage return that is not escaped')
  }
  return unescapeText(text, version)
}

/** // STOMP 1.2 "Value Encoding": the 1.0 text pads the headers of its examples, "many servers and clients" trim them */
function trimmed(flat: readonly string[]): string[] {
  return flat.map((text, i) => {
    let from = 0
    let to = text.length
    while (from < to && text.charCodeAt(from) === SPACE) from++
    while (to > from && text.charCodeAt(to - 1) === SPACE) to--
    if (from === to && i % 2 === 0) throw new FrameError('header-malformed', 'A header line has no name')
    return text.slice(from, to)
  })
}

/** The `receipt` header, if its line is among the marked ones and can be read. */
export function readableReceipt(
  head: ScannedHead,
  bytes: Uint8Array,
  start: number,
  version: StompVersion,
): string | undefined {
  const { rules, seen, marks } = head
  let { firstLine } = head
  for (let i = 0; i < marks.length; i += 2) {
    const line: ScannedHead = { rules, seen, firstLine, marks: marks.slice(i, i + 2) }
    firstLine = marks[i + 1]! + 1
    try {
      const [name, value] = decodeHeaders(line, bytes, start, version)
      if (name === 'receipt') return value
    } catch {
      // This line is what is wrong, or as wrong as another.
    }
  }
  return undefined
}
