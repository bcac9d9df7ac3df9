export interface ExcerptPiece {
  readonly text: string
  readonly found: boolean
}

type Ranges = readonly (readonly [from: number, to: number])[]

/** How much of a message is shown: before the first word that was found, and in all. */
const BEFORE = 30
const LENGTH = 180

/** The part of a text in which something was found, cut into what was found and what stands between. */
export function excerpt(text: string, ranges: Ranges): readonly ExcerptPiece[] {
  const first = ranges[0]?.[0] ?? 0
  const from = first <= BEFORE ? 0 : whole(text, first - BEFORE)
  const to = text.length - from <= LENGTH ? text.length : whole(text, from + LENGTH)
  const pieces: ExcerptPiece[] = []
  const add = (start: number, end: number, found: boolean): void => {
    const piece = text.slice(Math.max(start, from), Math.min(end, to))
    if (piece !== '') pieces.push({ text: piece, found })
  }
  if (from > 0) pieces.push({ text: '…', found: false })
  let end = from
  for (const [start, stop] of ranges) {
    add(end, start, false)
    add(start, stop, true)
    end = stop
  }
  add(end, to, false)
  if (to < text.length) pieces.push({ text: '…', found: false })
  return pieces
}

/** A place that is not in the middle of a surrogate pair. */
function whole(text: string, at: number): number {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit < 0xe000 ? at - 1 : at
}
