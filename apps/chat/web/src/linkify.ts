export type Piece = { readonly text: string; readonly href?: string }

const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`{}|\\^\u3000]+/giu
const HANGUL = /[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]/u
/** What may stand before Hangul that belongs to the address: `/wiki/한국`, `?q=한국`. After a letter it is a particle. */
const OPENS_SEGMENT = /[/=?&#%+\-_.,:~!*(]/
const TRAILING = /^[.,:;!?…。、·~'"”’」』】》〉]$/u
const CLOSERS = { ')': '(', ']': '[' } as const

/**
 * Splits a text into plain pieces and links. Only `http` and `https` become links; what closes the sentence around an
 * address (`.`, `)`, `에서`) stays outside it.
 */
export function linkify(text: string): readonly Piece[] {
  const pieces: Piece[] = []
  let end = 0
  for (const match of text.matchAll(CANDIDATE)) {
    const address = trimAddress(match[0])
    if (!isWeb(address)) continue
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) })
    pieces.push({ text: address, href: address })
    end = match.index + address.length
  }
  if (end < text.length) pieces.push({ text: text.slice(end) })
  return pieces
}

function trimAddress(found: string): string {
  let address = found.slice(0, endOfAddress(found))
  const unopened = (closer: keyof typeof CLOSERS): number =>
    count(address, closer) - count(address, CLOSERS[closer])
  // Once: a message may be nothing but brackets.
  const surplus = { ')': unopened(')'), ']': unopened(']') }
  for (;;) {
    const last = address.at(-1) ?? ''
    if (last === ')' || last === ']') {
      if (surplus[last]-- <= 0) return address
    } else if (!TRAILING.test(last)) return address
    address = address.slice(0, -1)
  }
}

/** Where a Hangul particle begins, or the end. */
function endOfAddress(found: string): number {
  for (let i = found.indexOf('//') + 2; i < found.length; i++) {
    const before = found[i - 1] ?? ''
    if (HANGUL.test(found[i] ?? '') && !HANGUL.test(before) && !OPENS_SEGMENT.test(before)) return i
  }
  return found.length
}

function count(text: string, character: string): number {
  return text.split(character).length - 1
}

function isWeb(address: string): boolean {
  try {
    const { protocol, hostname } = new URL(address)
    return (protocol === 'http:' || protocol === 'https:') && hostname !== ''
  } catch {
    return false
  }
}
