import type { CommandRules } from './commands.js'
import { unescapeText } from './escape.js'
import { FrameError } from './frame-error.js'
import type { StompVersion } from './frame.js'
import { BACKSLASH_OCTET, CR, CR_OCTET, HIGH_OCTET, SPACE } from './octets.js'
import { asciiText, isUtf8, utf8Text } from './platform.js'

/**
 *   head     = command EOL *( header EOL ) EOL
 *   header   = name ":" value
 *
 * The scanner finds where the lines and their colons are, octet by octet and at any split of the stream; the text is
 * made when the head is whole, by one native call where it is plain ASCII without escapes.
 */

/** A head as the scanner leaves it. All places are counted from the start of the frame. */
export interface ScannedHead {
  readonly rules: CommandRules
  /** Where the first header line begins. */
  readonly firstLine: number
  /** For each header line the places of its colon and of its LF. */
  readonly marks: readonly number[]
  /** The classes of all octets in the header lines. */
  readonly seen: number
}

/** The names and values of a head that begins at `start`, flat. Throws FrameError. */
export function decodeHeaders(
  head: ScannedHead,
  bytes: Uint8Array,
  start: number,
  version: StompVersion,
): string[] {
  const special = head.seen & (CR_OCTET | BACKSLASH_OCTET | HIGH_OCTET)
  if (special === 0 && version !== '1.0' && !head.rules.opens) return plainHeaders(head, bytes, start)
  const flat = specialHeaders(head, bytes, start, version)
  return head.rules.opens && !namesVersion(head.rules, flat) ? trimmed(flat) : flat
}

/**
 * Does this opening frame come from a peer of 1.1 or later?
 * // STOMP 1.1 "Protocol Negotiation": without accept-version the client speaks 1.0 only; CONNECTED MUST hold `version`
 */
export function namesVersion(rules: CommandRules, flat: readonly string[]): boolean {
  const name = rules.command === 'CONNECTED' ? 'version' : 'accept-version'
  for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return true
  return false
}

function plainHeaders(head: ScannedHead, bytes: Uint8Array, start: number): string[] {
  const { marks } = head
  const { length } = marks
  const flat: string[] = []
  if (length === 0) return flat
  const text = asciiText(bytes, start, start + marks[length - 1]!)
  let line = head.firstLine
  for (let i = 0; i < length; i += 2) {
    const colon = marks[i]!
    const end = marks[i + 1]!
    flat[i] = text.slice(line, colon)
    flat[i + 1] = text.slice(colon + 1, end)
    line = end + 1
  }
  return flat
}

function specialHeaders(
  head: ScannedHead,
  bytes: Uint8Array,
  start: number,
  version: StompVersion,
): string[] {
  const { marks } = head
  const flat: string[] = []
  let line = head.firstLine
  for (let i = 0; i < marks.length; i += 2) {
    const colon = marks[i]!
    const end = marks[i + 1]!
    flat.push(
      field(head.rules, bytes, start + line, start + colon, version),
      field(
        head.rules,
        bytes,
        start + colon + 1,
        start + valueEnd(head, bytes, start, end, version),
        version,
      ),
    )
    line = end + 1
  }
  return version === '1.0' && !head.rules.opens ? trimmed(flat) : flat
}

function valueEnd(
  head: ScannedHead,
  bytes: Uint8Array,
  start: number,
  end: number,
  version: StompVersion,
): number {
  return bytes[start + end - 1] === CR && linesMayEndInCr(head.rules, version) ? end - 1 : end
}

/**
 * // STOMP 1.2 "Augmented BNF": EOL = [CR] LF. In 1.0 and 1.1 lines end in LF alone, and a CR is an octet of the value.
 * The opening frames come before a version is known.
 */
export function linesMayEndInCr(rules: CommandRules, version: StompVersion): boolean {
  return version === '1.2' || rules.opens
}

function field(
  rules: CommandRules,
  bytes: Uint8Array,
  start: number,
  end: number,
  version: StompVersion,
): string {
  const text = utf8Text(bytes, start, end)
  if (text.includes('\ufffd') && !isUtf8(bytes.subarray(start, end))) {
    throw new FrameError('header-not-utf8', 'A header is not valid UTF-8')
  }
  if (rules.opens || version === '1.0') return text
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
  let line = head.firstLine
  for (let i = 0; i < head.marks.length; i += 2) {
    const marks = head.marks.slice(i, i + 2)
    try {
      const [name, value] = decodeHeaders({ ...head, firstLine: line, marks }, bytes, start, version)
      if (name === 'receipt') return value
    } catch {
      // This line is what is wrong, or as wrong as another.
    }
    line = marks[1]! + 1
  }
  return undefined
}
