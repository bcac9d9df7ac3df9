import { findCommand, LONGEST_COMMAND, type CommandRules } from './commands.js'
import { FrameError, frameTooLarge } from './frame-error.js'
import type { StompVersion } from './frame.js'
import { linesMayEndInCr, type ScannedHead } from './head.js'
import type { Intake } from './intake.js'
import type { DecoderLimits } from './limits.js'
import { CLASS_OF, COLON, COLON_OCTET, CR, LF, LF_OCTET, NUL, NUL_OCTET } from './octets.js'

/**
 * Finds the lines of a head, octet by octet, and can stop and go on anywhere:
 *
 *   command --LF--> name --":"--> value --LF--> name --LF at the line's start--> done
 *
 * Each limit and each malformed line is judged at the octet that shows it, so that a peer gets the same answer however
 * its stream is cut. A NUL fails at once: it means that the blank line is missing, and the peer would otherwise wait
 * for an answer that does not come. (All grammars allow NUL within headers. No client writes it; some, such as
 * stomp.js 2.3.3, cut the stream at each NUL, so a header that holds one must not reach them.)
 */
export class HeadScanner implements ScannedHead {
  rules!: CommandRules
  firstLine = 0
  readonly marks: number[] = []
  seen = 0
  /** The octets scanned; when the head is done, its length. */
  length = 0
  #state: 'command' | 'name' | 'value' = 'command'
  #line = 0
  #colon = 0
  readonly #commands: readonly CommandRules[]

  constructor(commands: readonly CommandRules[]) {
    this.#commands = commands
  }

  reset(): void {
    this.firstLine = 0
    this.marks.length = 0
    this.seen = 0
    this.length = 0
    this.#state = 'command'
  }

  /** True when the head is whole; false when it needs more octets. Throws FrameError. */
  scan(intake: Intake, limits: DecoderLimits, version: StompVersion): boolean {
    if (this.#state === 'command' && !this.#scanCommand(intake, limits, version)) return false
    return this.#scanHeaders(intake, limits, version)
  }

  #scanCommand(intake: Intake, limits: DecoderLimits, version: StompVersion): boolean {
    const { bytes, start, size } = intake
    const stop = Math.min(size, limits.headerBytes, limits.frameBytes, LONGEST_COMMAND + '\r\n'.length)
    let i = this.length
    while (i < stop && bytes[start + i] !== LF) i++
    this.length = i
    if (i === stop) {
      if (i === LONGEST_COMMAND + '\r\n'.length) throw unknownCommand()
      if (i < size) throw tooLarge(limits)
      return false
    }
    const end = i > 0 && bytes[start + i - 1] === CR ? i - 1 : i
    const rules = findCommand(this.#commands, bytes, start, start + end)
    if (rules === undefined || (end < i && !linesMayEndInCr(rules, version))) throw unknownCommand()
    this.rules = rules
    this.length = this.firstLine = this.#line = i + 1
    this.#state = 'name'
    return true
  }

  #scanHeaders(intake: Intake, limits: DecoderLimits, version: StompVersion): boolean {
    const { bytes, start, size } = intake
    const { marks } = this
    const stop = start + Math.min(size, limits.headerBytes, limits.frameBytes)
    let i = start + this.length
    let seen = this.seen
    for (;;) {
      if (this.#state === 'name') {
        while (i < stop) {
          const kind = CLASS_OF[bytes[i]!]!
          if ((kind & (COLON_OCTET | LF_OCTET | NUL_OCTET)) !== 0) break
          seen |= kind
          i++
        }
        if (i === stop) break
        if (bytes[i] !== COLON) {
          this.#endLine(bytes, start, i, version)
          this.length = i + 1 - start
          this.seen = seen
          return true
        }
        this.#colon = i++ - start
        if (this.#colon === this.#line) throw new FrameError('header-malformed', 'A header line has no name')
        this.#state = 'value'
      }
      while (i < stop) {
        const kind = CLASS_OF[bytes[i]!]!
        if ((kind & (LF_OCTET | NUL_OCTET)) !== 0) break
        seen |= kind
        i++
      }
      if (i === stop) break
      if (bytes[i] === NUL) throw nulInHead()
      if (marks.length === 2 * limits.headerCount) {
        throw new FrameError('too-many-headers', `The frame has more than ${limits.headerCount} headers`)
      }
      this.seen = seen
      marks.push(this.#colon, i++ - start)
      this.#line = i - start
      this.#state = 'name'
    }
    if (i - start < size) throw tooLarge(limits)
    this.length = i - start
    this.seen = seen
    return false
  }

  /** Judges a line that has no colon: the head ends with a blank one. */
  #endLine(bytes: Uint8Array, start: number, end: number, version: StompVersion): void {
    if (bytes[end] === NUL) throw nulInHead()
    const length = end - start - this.#line
    if (length === 0) return
    if (length === 1 && bytes[end - 1] === CR && linesMayEndInCr(this.rules, version)) return
    throw new FrameError('header-malformed', 'A header line has no colon')
  }
}

function unknownCommand(): FrameError {
  return new FrameError('command-unknown', 'The frame does not begin with a STOMP command')
}

function tooLarge({ headerBytes, frameBytes }: DecoderLimits): FrameError {
  return frameBytes < headerBytes
    ? frameTooLarge(frameBytes)
    : new FrameError('headers-too-large', `The command and headers are longer than ${headerBytes} bytes`)
}

function nulInHead(): FrameError {
  return new FrameError('header-malformed', 'The headers hold a NUL: is the blank line after them missing?')
}
