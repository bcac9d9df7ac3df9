/** What a peer may make the decoder hold. Each is judged while reading, before more is held. */
export interface DecoderLimits {
  /** The whole frame, command to NUL. */
  readonly frameBytes: number
  /** Header lines, repeated ones included. */
  readonly headerCount: number
  /** The command line and the header lines, with their ends and the blank line. */
  readonly headerBytes: number
}
