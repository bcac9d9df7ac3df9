import { COMMANDS_FROM, type CommandRules } from './commands.js'
import { FrameError, frameTooLarge } from './frame-error.js'
import type { Frame, StompVersion } from './frame.js'
import { decodeHeaders, readableReceipt, speaksOneZero } from './head.js'
import { HeadScanner } from './head-scanner.js'
import { StompHeaders } from './headers.js'
import { Intake } from './intake.js'
import type { DecoderLimits } from './limits.js'
import { CR, LF, NUL } from './octets.js'
import { readPlainFrame } from './plain-frame.js'
import { indexOfNul, viewOf } from './platform.js'

/**
 *   stream   = *( *EOL frame ) *EOL
 *   frame    = head body NUL              the head ends with a blank line
 *   body     = content-length octets, or all up to the first NUL
 *   EOL      = [CR] LF
 *
 *   between --first octet--> head --blank line--> counted-body --NUL--> between
 *      ^                       |                                           ^
 *      `-- EOL                 `-- no content-length --> open-body --NUL---'
 *
 *   any of them --FrameError--> broken
 *
 * // STOMP 1.0, 1.1, 1.2 "Augmented BNF"
 */
type State = 'between' | 'head' | 'counted-body' | 'open-body' | 'broken'

const NO_BODY = new Uint8Array(0)
const NO_HEADERS = new StompHeaders()

/**
 * Bytes in, frames out: give it each chunk with `push`, then call `read` until it gives `undefined`.
 *
 * Nothing is decoded before it is asked for, so a reader may stop between two frames, change `version` or `limits`, and
 * go on; meanwhile pushed chunks pile up (`bufferedBytes`), and how many is the caller's business. How the stream is cut
 * into chunks changes neither the frames nor the error.
 *
 * A body is a view, not a copy, on the chunk that holds the whole frame or else on memory of the decoder; it stays valid,
 * because the decoder never writes to octets that it has handed out. The caller must not write to a chunk it has pushed.
 *
 * Who keeps a body for long should copy it: the view keeps alive the chunk behind it. So do headers: V8 makes a value of
 * 13 characters and more a slice, which keeps alive the text of the whole head (`limits.headerBytes` at most).
 */
export class FrameDecoder {
  /**
   * Decides line ends, escapes and trimming of the frames read after it is set. Set it between two frames, before the
   * next `read`. CONNECT, STOMP and CONNECTED are read alike in every version: without escapes, trimmed of spaces where
   * they name no version (and so come from a 1.0 peer).
   */
  version: StompVersion = '1.2'
  /** Applies to all that is read after it is set. */
  limits: DecoderLimits

  readonly #intake = new Intake()
  readonly #commands: readonly CommandRules[]
  /** Only while there is a head to scan: connections are many, and most are idle. */
  #scanner: HeadScanner | undefined
  #state: State = 'between'
  #failure: FrameError | undefined
  /** The headers of the frame whose body is being read. */
  #headers = NO_HEADERS
  #body: 'kept' | 'ignored' | 'forbidden' = 'kept'
  /** Octets of the body: what content-length says, or those searched for NUL. */
  #bodyBytes = 0

  /** `from`: whose commands are accepted, a client's or a server's. */
  constructor(limits: DecoderLimits, from: 'client' | 'server' = 'client') {
    this.limits = limits
    this.#commands = COMMANDS_FROM[from]
  }

  /** Takes over the next chunk of the stream. Never throws; after an error it does nothing. */
  push(chunk: Uint8Array): void {
    if (this.#state !== 'broken') this.#intake.add(chunk)
  }

  /**
   * The next frame, or `undefined` when it is not whole yet. Throws FrameError when the peer broke the protocol, and
   * then the same error at each further call.
   */
  read(): Frame | undefined {
    try {
      return this.#advance()
    } catch (error) {
      if (this.#failure === undefined && error instanceof FrameError) this.#break(error)
      throw this.#failure ?? error
    }
  }

  /** The octets pushed and not yet read as part of a whole frame. */
  get bufferedBytes(): number {
    return this.#intake.size
  }

  get #head(): HeadScanner {
    return (this.#scanner ??= new HeadScanner(this.#commands))
  }

  #advance(): Frame | undefined {
    if (this.#state === 'between') {
      if (!this.#skipLineEnds()) return undefined
      const plain = this.version !== '1.0' && readPlainFrame(this.#intake, this.#commands, this.limits)
      if (plain) return plain
      this.#state = 'head'
    }
    if (this.#state === 'head') return this.#readHead()
    if (this.#state !== 'broken') return this.#readBody(this.#headers)
    throw this.#failure!
  }

  /**
   * Heart-beats, and what may follow a frame. CR LF is skipped in all versions: no command begins so.
   * // STOMP 1.2 "Augmented BNF": frame = ... NULL *( EOL )
   */
  #skipLineEnds(): boolean {
    const intake = this.#intake
    const { bytes, start, end } = intake
    if (start < end && bytes[start]! > CR) return true
    let i = start
    for (; i < end; i++) {
      if (bytes[i] === LF) continue
      if (bytes[i] !== CR) break
      if (i + 1 === end) break
      if (bytes[i + 1] !== LF)
        throw new FrameError('command-unknown', 'A carriage return without a line feed')
    }
    const waits = i === end || bytes[i] === CR
    intake.drop(i - start)
    return !waits
  }

  #readHead(): Frame | undefined {
    const { limits, version } = this
    const head = this.#head
    const intake = this.#intake
    if (!head.scan(intake, limits, version)) return undefined
    if (head.length >= limits.frameBytes) throw frameTooLarge(limits.frameBytes)
    const { rules } = head
    const headers = new StompHeaders(decodeHeaders(head, intake.bytes, intake.start, version))
    if (rules.mayHaveBody) this.#body = 'kept'
    // STOMP 1.0 "SUBSCRIBE": the body "is ignored". STOMP 1.2 "Body": all other frames MUST NOT have a body
    else this.#body = speaksOneZero(rules, headers.flat, version) ? 'ignored' : 'forbidden'
    const length = headers.get('content-length')
    this.#bodyBytes = length === undefined ? 0 : this.#contentLength(length)
    this.#state = length === undefined ? 'open-body' : 'counted-body'
    const frame = this.#readBody(headers)
    if (frame === undefined) this.#headers = headers
    return frame
  }

  #contentLength(text: string): number {
    // STOMP 1.2 "Header content-length": an octet count
    let length = 0
    for (let i = 0; i < text.length; i++) {
      const digit = text.charCodeAt(i) - 0x30
      if (digit < 0 || digit > 9) throw lengthInvalid()
      length = 10 * length + digit
    }
    if (text === '') throw lengthInvalid()
    if (length > 0 && this.#body === 'forbidden') throw bodyNotAllowed()
    if (this.#head.length + length + 1 > this.limits.frameBytes) throw frameTooLarge(this.limits.frameBytes)
    return length
  }

  #readBody(headers: StompHeaders): Frame | undefined {
    const bodyBytes = this.#state === 'counted-body' ? this.#endOfCountedBody() : this.#endOfOpenBody()
    if (bodyBytes < 0) return undefined
    const intake = this.#intake
    const head = this.#head
    const { bytes, start } = intake
    const body =
      bodyBytes === 0 || this.#body === 'ignored' ? NO_BODY : viewOf(bytes, start + head.length, bodyBytes)
    intake.drop(head.length + bodyBytes + 1)
    const { command } = head.rules
    if (intake.size === 0) this.#scanner = undefined
    else head.reset()
    this.#state = 'between'
    return { command, headers, body }
  }

  /** // STOMP 1.2 "Header content-length": "The frame still needs to be terminated with a NULL octet" */
  #endOfCountedBody(): number {
    const { bytes, start, size } = this.#intake
    const end = this.#head.length + this.#bodyBytes
    if (size <= end) return -1
    if (bytes[start + end] !== NUL) {
      throw new FrameError('body-not-terminated', 'The octet after content-length octets of body is not NUL')
    }
    return this.#bodyBytes
  }

  #endOfOpenBody(): number {
    const { bytes, start, end, size } = this.#intake
    const body = start + this.#head.length
    const found = indexOfNul(bytes, body + this.#bodyBytes)
    const whole = found >= 0 && found < end
    const length = (whole ? found : end) - body
    const { frameBytes } = this.limits
    if (length > 0 && this.#body === 'forbidden') throw bodyNotAllowed()
    if (this.#head.length + length + 1 > frameBytes && (whole || size >= frameBytes))
      throw frameTooLarge(frameBytes)
    if (whole) return length
    this.#bodyBytes = length
    return -1
  }

  #break(error: FrameError): void {
    const { bytes, start } = this.#intake
    const receiptId = readableReceipt(this.#head, bytes, start, this.version)
    this.#failure = new FrameError(error.code, error.message, receiptId)
    this.#state = 'broken'
    this.#intake.clear()
  }
}

function bodyNotAllowed(): FrameError {
  return new FrameError('body-not-allowed', 'Only SEND, MESSAGE and ERROR frames may have a body')
}

function lengthInvalid(): FrameError {
  return new FrameError('content-length-invalid', 'The content-length is not a decimal number')
}
