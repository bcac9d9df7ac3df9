import { FrameDecoder } from '@stomping-ground/codec'
import type { Frame } from '@stomping-ground/codec'

export type Transport = 'tcp' | 'websocket'

const LIMITS = { frameBytes: 16_777_216, headerCount: 1_000, headerBytes: 1_048_576 }
const NOTHING = Buffer.alloc(0)
const END_OF_HTTP_HEAD = '\r\n\r\n'

/** Reads one direction of a connection without taking part in it. */
export class Tap {
  readonly frames: Frame[] = []
  /** Line ends that came alone. */
  heartbeats = 0
  readonly #decoder: FrameDecoder
  readonly #transport: Transport
  #http = true
  #unread: Buffer = NOTHING

  constructor(transport: Transport, from: 'client' | 'server') {
    this.#transport = transport
    this.#decoder = new FrameDecoder(LIMITS, from)
  }

  push(bytes: Buffer): void {
    if (this.#transport === 'tcp') return this.#stomp(bytes)
    this.#unread = Buffer.concat([this.#unread, bytes])
    if (this.#http && !this.#skipHandshake()) return
    for (let payload = this.#payload(); payload !== undefined; payload = this.#payload()) this.#stomp(payload)
  }

  #stomp(bytes: Buffer): void {
    if (/^\r?\n$/.test(bytes.toString('latin1', 0, 3))) this.heartbeats++
    this.#decoder.push(bytes)
    for (let frame = this.#decoder.read(); frame !== undefined; frame = this.#decoder.read()) {
      this.frames.push(frame)
    }
  }

  #skipHandshake(): boolean {
    const end = this.#unread.indexOf(END_OF_HTTP_HEAD)
    if (end === -1) return false
    this.#unread = this.#unread.subarray(end + END_OF_HTTP_HEAD.length)
    this.#http = false
    return true
  }

  /** The payload of the next WebSocket frame (RFC 6455 section 5.2) that carries data. */
  #payload(): Buffer | undefined {
    for (;;) {
      const bytes = this.#unread
      if (bytes.length < 2) return undefined
      const length = bytes[1]! & 0x7f
      const masked = bytes[1]! >= 0x80
      const lengthBytes = length === 126 ? 2 : length === 127 ? 8 : 0
      const start = 2 + lengthBytes + (masked ? 4 : 0)
      if (bytes.length < start) return undefined
      const size = lengthBytes === 0 ? length : Number(`0x${bytes.toString('hex', 2, 2 + lengthBytes)}`)
      if (bytes.length < start + size) return undefined
      this.#unread = bytes.subarray(start + size)
      const isControl = (bytes[0]! & 0x08) !== 0
      if (isControl) continue
      const payload = Buffer.from(bytes.subarray(start, start + size))
      if (masked) for (let i = 0; i < size; i++) payload[i]! ^= bytes[start - 4 + (i % 4)]!
      return payload
    }
  }
}
