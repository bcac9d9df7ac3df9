import { isUtf8 } from 'node:buffer'
import { constants, inflateRawSync } from 'node:zlib'

/** RFC 6455 section 11.8. */
const CONTINUATION = 0x0
const TEXT = 0x1
const BINARY = 0x2
const CLOSE = 0x8
const PING = 0x9
const PONG = 0xa

const FIN = 0x80
const RSV1 = 0x40
const RSV2_RSV3 = 0x30
const MASKED = 0x80
const MASK_BYTES = 4
const MOST_CONTROL_BYTES = 125

/** RFC 6455 section 7.4.1, 7.1.5: a close frame that names no status. */
export const NO_STATUS = 1005

/** What a client does that RFC 6455 forbids. */
export class WebSocketError extends Error {
  override readonly name = 'WebSocketError'
  /** The status of the close frame that ends the connection. */
  readonly status: 1002 | 1007 | 1009

  constructor(status: 1002 | 1007 | 1009, message: string) {
    super(message)
    this.status = status
  }
}

/** What a reader brings. It may stop reading from within a call: then nothing more comes. */
export interface MessageHost {
  /** One whole message. The bytes are the host's. */
  message(bytes: Buffer): void
  ping(payload: Buffer): void
  pong(): void
  /** The client says goodbye; `NO_STATUS` where it does not say why. */
  goodbye(status: number): void
}

/** What all readers of a transport have in common. */
export interface ReaderSettings {
  /** The longest message, and the longest that one may be inflated to. */
  readonly messageBytes: number
}

/** A message that has begun and not ended. */
interface Begun {
  readonly text: boolean
  readonly compressed: boolean
  readonly payload: Gathered
}

/** Bytes that come in parts. They are copied: a part of one octet would cost a hundred times that, and there may be many. */
class Gathered {
  bytes = 0
  #room: Buffer

  constructor(first: Buffer) {
    this.#room = first
    this.bytes = first.length
  }

  add(part: Buffer): void {
    const bytes = this.bytes + part.length
    if (bytes > this.#room.length || this.bytes === 0) {
      const room = Buffer.allocUnsafeSlow(Math.max(bytes, this.bytes * 2))
      this.#room.copy(room, 0, 0, this.bytes)
      this.#room = room
    }
    part.copy(this.#room, this.bytes)
    this.bytes = bytes
  }

  get whole(): Buffer {
    return this.#room.subarray(0, this.bytes)
  }
}

/**
 * Reads the messages of one client out of its bytes: RFC 6455 section 5, and RFC 7692 without context takeover where that was
 * agreed on. Between frames it holds nothing.
 */
export class WebSocketReader {
  readonly #host: MessageHost
  readonly #settings: ReaderSettings
  readonly #compression: boolean
  /** What has come of an unfinished frame, and how many bytes have to be there before it is looked at again. */
  #held: Gathered | undefined
  #neededBytes = 0
  #begun: Begun | undefined
  #stopped = false

  constructor(host: MessageHost, settings: ReaderSettings, compression: boolean) {
    this.#host = host
    this.#settings = settings
    this.#compression = compression
  }

  /** Nothing that comes from now on is looked at. */
  stop(): void {
    this.#stopped = true
    this.#held = undefined
    this.#begun = undefined
  }

  /**
   * Takes bytes as they come; they are unmasked in place.
   *
   * @throws WebSocketError when these are no frames that a client may send: nothing more can be read then
   */
  push(chunk: Buffer): void {
    if (this.#stopped) return
    let bytes = chunk
    if (this.#held !== undefined) {
      this.#held.add(chunk)
      if (this.#held.bytes < this.#neededBytes) return
      bytes = this.#held.whole
      this.#held = undefined
    }
    let at = 0
    while (at < bytes.length) {
      const end = this.#frame(bytes, at)
      if (this.#stopped) return
      if (end > bytes.length) {
        this.#held = new Gathered(at === 0 ? bytes : bytes.subarray(at))
        this.#neededBytes = end - at
        return
      }
      at = end
    }
  }

  /**
   * Carries out the frame that begins there, if all of it is there.
   *
   * @returns where it ends, or up to where bytes are needed to know more
   */
  #frame(bytes: Buffer, at: number): number {
    if (bytes.length < at + 2) return at + 2
    const first = bytes[at]!
    const second = bytes[at + 1]!
    const opcode = first & 0x0f
    this.#checkFirst(first, opcode)
    if ((second & MASKED) === 0) throw new WebSocketError(1002, 'A frame of a client is not masked')
    let length = second & 0x7f
    let start = at + 2
    if (opcode >= CLOSE) {
      if ((first & FIN) === 0) throw new WebSocketError(1002, 'A control frame is in fragments')
      if (length > MOST_CONTROL_BYTES) throw new WebSocketError(1002, 'A control frame is too long')
    } else if (length === 126) {
      if (bytes.length < start + 2) return start + 2
      length = bytes.readUInt16BE(start)
      start += 2
    } else if (length === 127) {
      if (bytes.length < start + 8) return start + 8
      // As a double: past 2 ** 53 it is not exact, and too long all the same.
      length = bytes.readUInt32BE(start) * 2 ** 32 + bytes.readUInt32BE(start + 4)
      start += 8
    }
    if (opcode < CLOSE && (this.#begun?.payload.bytes ?? 0) + length > this.#settings.messageBytes) {
      throw new WebSocketError(1009, 'A message is too long')
    }
    const end = start + MASK_BYTES + length
    if (bytes.length < end) return end
    const payload = bytes.subarray(start + MASK_BYTES, end)
    unmask(payload, bytes, start)
    if (opcode >= CLOSE) this.#control(opcode, payload)
    else this.#data(opcode, (first & FIN) !== 0, (first & RSV1) !== 0, payload)
    return end
  }

  /** What the first octet of a frame may say where the connection is now. */
  #checkFirst(first: number, opcode: number): void {
    const begins = opcode === TEXT || opcode === BINARY
    if ((first & RSV2_RSV3) !== 0 || ((first & RSV1) !== 0 && !(begins && this.#compression))) {
      throw new WebSocketError(1002, 'A frame has a reserved bit')
    }
    if (begins) {
      if (this.#begun !== undefined) throw new WebSocketError(1002, 'A message begins within another')
    } else if (opcode === CONTINUATION) {
      if (this.#begun === undefined) throw new WebSocketError(1002, 'A message goes on that has not begun')
    } else if (opcode !== CLOSE && opcode !== PING && opcode !== PONG) {
      throw new WebSocketError(1002, 'A frame has a reserved opcode')
    }
  }

  #data(opcode: number, final: boolean, compressed: boolean, payload: Buffer): void {
    const begun = this.#begun
    if (begun === undefined) {
      const text = opcode === TEXT
      if (final) return this.#message(payload, text, compressed)
      this.#begun = { text, compressed, payload: new Gathered(payload) }
      return
    }
    begun.payload.add(payload)
    if (!final) return
    this.#begun = undefined
    this.#message(begun.payload.whole, begun.text, begun.compressed)
  }

  #message(bytes: Buffer, text: boolean, compressed: boolean): void {
    const plain = compressed ? this.#inflated(bytes) : bytes
    if (text && !isUtf8(plain)) throw new WebSocketError(1007, 'A text is no UTF-8')
    this.#host.message(plain)
  }

  /** RFC 7692 section 7.2.2. */
  #inflated(bytes: Buffer): Buffer {
    try {
      return inflateRawSync(Buffer.concat([bytes, EMPTY_BLOCK]), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: this.#settings.messageBytes,
      })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ERR_BUFFER_TOO_LARGE') throw new WebSocketError(1009, 'A message is too long')
      throw new WebSocketError(1007, 'A message cannot be inflated')
    }
  }

  #control(opcode: number, payload: Buffer): void {
    if (opcode === PING) return this.#host.ping(payload)
    if (opcode === PONG) return this.#host.pong()
    const status = closeStatus(payload)
    this.stop()
    this.#host.goodbye(status)
  }
}

/** RFC 7692 section 7.2.2: what every compressed message ends with, and is left out. */
const EMPTY_BLOCK = Uint8Array.of(0, 0, 0xff, 0xff)

/** RFC 6455 section 7.4: what a close frame may say. */
function closeStatus(payload: Buffer): number {
  if (payload.length === 0) return NO_STATUS
  if (payload.length === 1) throw new WebSocketError(1002, 'A close frame has half a status')
  const status = payload.readUInt16BE(0)
  const registered = status >= 1000 && status <= 1014 && !(status >= 1004 && status <= 1006)
  if (!registered && !(status >= 3000 && status <= 4999)) {
    throw new WebSocketError(1002, 'A close frame has a status that none can have')
  }
  if (!isUtf8(payload.subarray(2)))
    throw new WebSocketError(1007, 'A close frame has a text that is no UTF-8')
  return status
}

/** Shorter ones are not worth the words. */
const WORDS_FROM_BYTES = 64

/** RFC 6455 section 5.3, in place, with the mask that is at `maskAt` of `bytes`. */
function unmask(payload: Buffer, bytes: Buffer, maskAt: number): void {
  const mask = MASK
  let at = 0
  if (payload.length >= WORDS_FROM_BYTES) {
    const unaligned = -payload.byteOffset & 3
    // What the mask is from the first whole word on.
    for (let i = 0; i < 4; i++) mask[i] = bytes[maskAt + ((unaligned + i) & 3)]!
    for (; at < unaligned; at++) payload[at]! ^= bytes[maskAt + at]!
    const words = new Int32Array(
      payload.buffer,
      payload.byteOffset + unaligned,
      (payload.length - unaligned) >> 2,
    )
    const [word] = MASK_WORD
    for (let i = 0; i < words.length; i++) words[i]! ^= word!
    at += words.length << 2
  }
  for (; at < payload.length; at++) payload[at]! ^= bytes[maskAt + (at & 3)]!
}

const MASK = new Uint8Array(4)
const MASK_WORD = new Int32Array(MASK.buffer)
