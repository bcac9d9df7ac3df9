const EMPTY = new Uint8Array(0)
const LEAST_ROOM_BYTES = 512

/**
 * The undecoded octets: `bytes` from `start` to `end`.
 *
 * A chunk that comes when nothing is left over is taken as it is. Otherwise what is left over and the chunk are joined
 * in an array of the intake's own, which has twice the room needed, so that each octet is copied a constant number of
 * times on average. Octets below `end` are never written again: views on them stay valid.
 */
export class Intake {
  bytes: Uint8Array = EMPTY
  start = 0
  end = 0
  #own = false

  get size(): number {
    return this.end - this.start
  }

  add(chunk: Uint8Array): void {
    const { size } = this
    if (size === 0) {
      this.bytes = chunk
      this.start = 0
      this.end = chunk.length
      this.#own = false
      return
    }
    if (!this.#own || this.end + chunk.length > this.bytes.length) {
      const room = new Uint8Array(Math.max(LEAST_ROOM_BYTES, 2 * (size + chunk.length)))
      room.set(this.bytes.subarray(this.start, this.end))
      this.bytes = room
      this.start = 0
      this.end = size
      this.#own = true
    }
    this.bytes.set(chunk, this.end)
    this.end += chunk.length
  }

  /** Forgets the first `count` octets; lets go of the memory when no octet is left. */
  drop(count: number): void {
    this.start += count
    if (this.start === this.end) this.clear()
  }

  clear(): void {
    this.bytes = EMPTY
    this.start = 0
    this.end = 0
    this.#own = false
  }
}
