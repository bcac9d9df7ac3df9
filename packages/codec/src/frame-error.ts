/** What a peer did wrong. The codes are stable: compare them, not the messages. */
export type FrameErrorCode =
  /** The command line is no command of this peer. */
  | 'command-unknown'
  /** A header line without a colon or a name, or with an octet that cannot stand there. */
  | 'header-malformed'
  /** The octets of a header are no UTF-8. */
  | 'header-not-utf8'
  /** A backslash begins no escape that the version defines. */
  | 'escape-undefined'
  /** `content-length` is not a row of decimal digits. */
  | 'content-length-invalid'
  /** A body where the version allows none. */
  | 'body-not-allowed'
  /** The octet after `content-length` octets of body is not NUL. */
  | 'body-not-terminated'
  /** More header lines than `limits.headerCount`. */
  | 'too-many-headers'
  /** Command line and headers are longer than `limits.headerBytes`. */
  | 'headers-too-large'
  /** The frame is, or says it will be, longer than `limits.frameBytes`. */
  | 'frame-too-large'

/**
 * The peer broke the protocol. The stream is of no use after it, since nobody knows where the next frame begins.
 *
 * `message` says what the peer did; it holds nothing that the peer sent and nothing internal, so it may go on the wire.
 * `receiptId` is the `receipt` header of the bad frame, when that line had been read whole before the error.
 */
export class FrameError extends Error {
  override readonly name = 'FrameError'
  readonly code: FrameErrorCode
  readonly receiptId?: string

  constructor(code: FrameErrorCode, message: string, receiptId?: string) {
    super(message)
    this.code = code
    if (receiptId !== undefined) this.receiptId = receiptId
  }
}

export function frameTooLarge(frameBytes: number): FrameError {
  return new FrameError('frame-too-large', `The frame is longer than ${frameBytes} bytes`)
}
