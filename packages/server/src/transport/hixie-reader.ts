const TEXT = 0x00
const END = 0xff

/**
 * Reads the frames of hixie-76.
 *
 *     frame   = %x00 *( %x00-FE ) %xFF          a text, which holds no octet 255 because it is UTF-8
 *     closing = %xFF %x00
 */
export class HixieReader {
  readonly #messageBytes: number
  /** What has come of an unfinished frame, from its first octet on. */
  #parts: Buffer[] = []
  #bytes = 0

  /** @param messageBytes the longest text; a longer one breaks the connection */
  constructor(messageBytes: number) {
    this.#messageBytes = messageBytes
  }

  /** @returns `open` when more may follow, `closing` when the peer says goodbye, `broken` when these are no frames */
  push(bytes: Buffer, received: (message: Uint8Array) => void): 'open' | 'closing' | 'broken' {
    let rest = bytes
    while (rest.length > 0) {
      const first = this.#bytes === 0 ? rest[0] : TEXT
      if (this.#bytes === 0 && first === END) return 'closing'
      if (first !== TEXT) return 'broken'
      const end = rest.indexOf(END)
      const part = end === -1 ? rest : rest.subarray(0, end)
      this.#bytes += part.length
      if (this.#bytes - 1 > this.#messageBytes) return 'broken'
      this.#parts.push(part)
      if (end === -1) return 'open'
      const text = this.#parts.length === 1 ? part : Buffer.concat(this.#parts, this.#bytes)
      this.#parts = []
      this.#bytes = 0
      received(text.subarray(1))
      rest = rest.subarray(end + 1)
    }
    return 'open'
  }
}
