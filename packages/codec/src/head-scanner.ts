import { findCommand, LONGEST_COMMAND, type CommandRules } from './commands.js'
import { FrameError, frameTooLarge } from './frame-error.js'
import type { StompVersion } from './frame.js'
import { linesMayEndInCr, type ScannedHead } from './head.js'
import type { Intake } from './intake.js'
import type { DecoderLimits } from './limits.js'
import { COLON, CR, LF, NUL } from './octets.js'

const MOST_COMMAND_BYTES = LONGEST_COMMAND + '\r\n'.length

/**
 * Finds the lines of a head, octet by octet, and can stop and go on anywhere:
 *
 *   command --LF--> name --":"--> value --LF--> name --LF at the line's start--> done
 *
 * Each limit and each malformed line is judged at the octet that shows it, so that a peer gets the same answer however
 * its stream is cut. A NUL fails at once: it means that the blank line is missing, and the peer would otherwise wait
 * for an answer that does not come. (The grammars allow NUL within headers. No client writes it; some, such as stomp.js
 * 2.3.3, cut the stream at each NUL, so a header that holds one must not reach them.)
 */
export class HeadScanner implements ScannedHead {
  rules!: CommandRules
  firstLine = 0
  readonly marks: number[] = []
  seen = 0
  /** The octets scanned; when the head is done, its length. */
  length = 0
  #state: 'command' | 'name' | 'value' = 'command'
  /** Where the line that is being scanned begins, and where its colon is. */
  #line = 0
  #colon = 0
  readonly #commands: readonly CommandRules[]

  constructor(commands: readonly CommandRules[]) {
    this.#commands = commands
  }

  reset(): void {
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
    const stop = Math.min(size, limits.headerBytes, limits.frameBytes, MOST_COMMAND_BYTES)
    let i = this.length
    while (i < stop && bytes[start + i] !== LF) i++
    this.length = i
    if (i === stop) {
      if (i === MOST_COMMAND_BYTES) throw unknownCommand()
      if (i < size) throw tooLarge(limits)
      return false
    }
    const endsInCr = i > 0 && bytes[start + i - 1] === CR
    const rules = findCommand(this.#commands, bytes, start, endsInCr ? i - 1 : i)
    if (rules === undefined || (endsInCr && !linesMayEndInCr(rules, version))) throw unknownCommand()
    this.rules = rules
    this.length = this.firstLine = this.#line = i + 1
    this.#state = 'name'
    return true
  }

  #scanHeaders(intake: Intake, limits: DecoderLimits, version: StompVersion): boolean {
    const { bytes, start, size } = intake
    const stop = Math.min(size, limits.headerBytes, limits.frameBytes)
    for (let i = this.length; i < stop; i++) {
      const octet = bytes[start + i]!
      this.seen |= octet
      if (octet > COLON) continue
      // STOMP 1.2 "Augmented BNF" has no colon in a value. It is taken as it stands: stomp.js 2.3.3 escapes nothing.
      if (octet === COLON && this.#state === 'name') {
        if (i === this.#line) throw new FrameError('header-malformed', 'A header line has no name')
        this.#colon = i
        this.#state = 'value'
      } else if (octet === LF) {
        if (this.#state === 'name') {
          this.#endHead(i, bytes[start + i - 1]!, version)
          return true
        }
        this.#endLine(i, limits)
      } else if (octet === NUL) {
        throw new FrameError(
          'header-malformed',
          'The headers hold a NUL: is the blank line after them missing?',
        )
      }
    }
    if (stop < size) throw tooLarge(limits)
    this.length = stop
    return false
  }

  #endLine(end: number, { headerCount }: DecoderLimits): void {
    if (this.marks.length === 2 * headerCount) {
      throw new FrameError('too-many-headers', `The frame has more than ${headerCount} headers`)
    }
    this.marks.push(this.#colon, end)
    this.#line = end + 1
    this.#state = 'name'
  }

  /** Judges a line that has no colon: the head ends with a blank one. */
  #endHead(end: number, before: number, version: StompVersion): void {
    const length = end - this.#line
    const isBlank = length === 0 || (length === 1 && before === CR && linesMayEndInCr(this.rules, version))
    if (!isBlank) throw new FrameError('header-malformed', 'A header line has no colon')
    this.length = end + 1
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
