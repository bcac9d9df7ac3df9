import { isOpening } from './commands.js'
import { escapeText, plainName, plainValue } from './escape.js'
import type { Command, StompVersion } from './frame.js'
import { StompHeaders } from './headers.js'
import { joinText } from './platform.js'

const NO_BODY = new Uint8Array(0)

/** What `encodeFrame` takes: a frame whose body may be missing. */
export interface OutgoingFrame {
  readonly command: Command
  readonly headers: StompHeaders
  readonly body?: Uint8Array
}

/**
 * The octets of one frame, command to NUL, in an array of its own.
 *
 * `content-length` always tells the truth: it is added when the body is not empty and the header is missing, and put
 * right when it is there and wrong. Nothing else is added, and it is not checked that the command may have a body or
 * belongs to the version.
 *
 * No header can forge another one or end the frame, in any version: see `encodeHead`.
 */
export function encodeFrame(frame: OutgoingFrame, version: StompVersion): Uint8Array {
  const { command, headers, body = NO_BODY } = frame
  const stated = headers.get('content-length')
  let head: string
  if (stated === undefined) {
    head = encodeHead(command, headers, version)
    if (body.length > 0) head += `content-length:${body.length}\n`
  } else {
    const honest = stated === String(body.length) ? headers : withLength(headers, body.length)
    head = encodeHead(command, honest, version)
  }
  return joinText(head + '\n', body, 1)
}

/**
 * The command line and the header lines, escaped as the version wants it and each ended by LF; without the blank line
 * and without the body.
 *
 * CONNECT, STOMP and CONNECTED are written without escapes in every version, as are all frames in 1.0. An octet that
 * cannot be written there (LF and NUL; in names the colon too) becomes a space, and so does NUL in 1.1 and 1.2, which
 * have no escape for it: what RFC 9110 section 5.5 does with such octets in HTTP.
 */
export function encodeHead(command: Command, headers: StompHeaders, version: StompVersion): string {
  return command + '\n' + encodeHeaders(headers, isOpening(command) ? '1.0' : version)
}

/** The header lines alone, of a frame that is none of CONNECT, STOMP and CONNECTED: see `encodeHead`. */
export function encodeHeaders({ flat }: StompHeaders, version: StompVersion): string {
  let lines = ''
  if (version === '1.0') {
    for (let i = 0; i < flat.length; i += 2)
      lines += plainName(flat[i]!) + ':' + plainValue(flat[i + 1]!) + '\n'
  } else {
    for (let i = 0; i < flat.length; i += 2)
      lines += escapeText(flat[i]!, version) + ':' + escapeText(flat[i + 1]!, version) + '\n'
  }
  return lines
}

function withLength(headers: StompHeaders, length: number): StompHeaders {
  const flat = [...headers.flat]
  // The first one counts: a name stands at an even place.
  let at = 0
  while (flat[at] !== 'content-length') at += 2
  flat[at + 1] = String(length)
  return new StompHeaders(flat)
}
