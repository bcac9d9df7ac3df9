import { Duplex } from 'node:stream'

/** Resolves when so many bytes more may pass. */
export type Pace = (bytes: number) => Promise<void>

/** At most so many bytes a second. */
export function bytesPerSecond(rate: number): Pace {
  return (bytes) => new Promise((resolve) => setTimeout(resolve, (bytes / rate) * 1000))
}

const PIECE_BYTES = 2_048

/**
 * A socket that takes only as much as a bad line would: what a phone in a tunnel looks like to the server. On one machine
 * the kernel's buffers hold megabytes, which hides what a real line shows; here what is written and not yet through stays in
 * the stream's own buffer of 16 KiB.
 */
export class BadLine extends Duplex {
  readonly #socket: Duplex
  readonly #pace: Pace

  constructor(socket: Duplex, pace: Pace) {
    super({ writableHighWaterMark: 16_384 })
    this.#socket = socket
    this.#pace = pace
    socket.on('data', (bytes) => {
      if (!this.push(bytes)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('close', () => this.destroy())
    socket.on('error', () => this.destroy())
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: () => void): void {
    void this.#pass(bytes, done)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy()
    done(error)
  }

  async #pass(bytes: Buffer, done: () => void): Promise<void> {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES)
      await this.#pace(piece.length)
      this.#socket.write(piece)
    }
    done()
  }
}
