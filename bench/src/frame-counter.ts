/** Counts whole frames in a stream that is split anywhere, without looking into them. */
export interface FrameCounter {
  /** How many frames end in this chunk. */
  count(chunk: Buffer): number
}

/** Frames from a WebSocket server: unmasked, so a header of 2, 4 or 10 bytes, then the payload. */
export class WebSocketFrameCounter implements FrameCounter {
  /** Bytes of the payload that are still to come; -1 while a header is read. */
  #left = -1
  #header = Buffer.alloc(0)

  count(chunk: Buffer): number {
    let frames = 0
    let at = 0
    while (at < chunk.length) {
      if (this.#left === -1) {
        if (this.#header.length > 0 || chunk.length - at < 10) {
          // A header may be cut in two: gather it byte by byte.
          this.#header = Buffer.concat([this.#header, chunk.subarray(at, ++at)])
          this.#left = payloadLength(this.#header, 0)
          if (this.#left >= 0) this.#header = Buffer.alloc(0)
        } else {
          this.#left = payloadLength(chunk, at)
          at += chunk[at + 1]! < 126 ? 2 : chunk[at + 1] === 126 ? 4 : 10
        }
      }
      if (this.#left < 0) continue
      const taken = Math.min(this.#left, chunk.length - at)
      this.#left -= taken
      at += taken
      if (this.#left === 0) {
        frames++
        this.#left = -1
      }
    }
    return frames
  }
}

function payloadLength(bytes: Buffer, at: number): number {
  const length = bytes[at + 1]
  if (length === undefined) return -1
  if (length < 126) return length
  if (length === 126) return bytes.length - at < 4 ? -1 : bytes.readUInt16BE(at + 2)
  return bytes.length - at < 10 ? -1 : Number(bytes.readBigUInt64BE(at + 2))
}

/** STOMP frames over TCP whose bodies hold no NUL: each ends at one. */
export class StompFrameCounter implements FrameCounter {
  count(chunk: Buffer): number {
    let frames = 0
    for (let at = chunk.indexOf(0); at !== -1; at = chunk.indexOf(0, at + 1)) frames++
    return frames
  }
}
