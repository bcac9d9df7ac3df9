/**
 * Begins every body. Nothing else that a server sends holds these two octets: `~` alone would stand in the header of each
 * WebSocket message of 126 octets and more.
 */
const MARK = Buffer.from('~T')
const [TILDE, T] = MARK as unknown as readonly [number, number]
const DIGITS = 7

/** Octets that a buffer has to have behind those that `MarkCounter` looks into. */
export const ROOM_BEHIND = MARK.length

/** A body of so many octets: the mark, a number, and filling. */
export function bodyOf(number: number, octets: number): Buffer {
  const body = Buffer.alloc(octets, 'x')
  body.set(MARK)
  body.write(String(number).padStart(DIGITS, '0'), MARK.length, 'latin1')
  return body
}

/** The number in the body whose mark stands there; -1 where the chunk ends before it does. */
export function numberAt(bytes: Buffer, mark: number, end: number): number {
  const first = mark + MARK.length
  if (first + DIGITS > end) return -1
  let number = 0
  for (let i = first; i < first + DIGITS; i++) number = number * 10 + bytes[i]! - 0x30
  return number
}

/** What is remembered of a stream between its chunks. */
export interface Seen {
  /** The last chunk ended with the first octet of a mark, or with what looks like it. */
  split: boolean
}

/**
 * Counts the messages in what arrives, by the marks of their bodies: it knows nothing of what a server writes around them.
 *
 * Messages are mostly of one length, so the next mark stands where the last distance says: that is looked at first, and
 * only searched for where it is not there. No mark is jumped over, because no two stand closer than the shortest distance.
 */
export class MarkCounter {
  #distance = Infinity
  #shortest = Infinity

  /**
   * How many marks end in the first `end` octets of `bytes`, the next chunk of a stream.
   *
   * @param each is told where each stands that is whole in this chunk
   */
  count(stream: Seen, bytes: Buffer, end: number, each?: (mark: number) => void): number {
    let found = stream.split && bytes[0] === T ? 1 : 0
    stream.split = bytes[end - 1] === TILDE
    // Ends each search.
    bytes[end] = TILDE
    bytes[end + 1] = T
    let at = bytes.indexOf(MARK)
    while (at < end) {
      found++
      each?.(at)
      const guess = at + this.#distance
      if (
        guess < end - 1 &&
        bytes[guess] === TILDE &&
        bytes[guess + 1] === T &&
        this.#distance < 2 * this.#shortest
      ) {
        at = guess
        continue
      }
      const next = bytes.indexOf(MARK, at + 1)
      if (next < end) {
        this.#distance = next - at
        if (this.#distance < this.#shortest) this.#shortest = this.#distance
      }
      at = next
    }
    return found
  }
}
