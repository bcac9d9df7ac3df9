/** Every bound of the server. Units stand in the names. */
export interface Limits {
  /** The largest frame, from its command to its NUL. */
  readonly frameBytes: number
  /** The largest frame before CONNECT has succeeded. */
  readonly connectFrameBytes: number
  readonly headerCount: number
  /** The command line and all header lines of one frame. */
  readonly headerBytes: number
  /** From the connection's start until CONNECT has succeeded. */
  readonly connectMs: number
  /** Received bytes that wait while an earlier frame of the session is handled, or for their turn; past it, reading pauses. */
  readonly inboxBytes: number
  /**
   * Bytes that wait for a connection that takes no more; past it, messages are dropped by policy, or the session ends. Some of the
   * largest frames have to find room: several that come at once wait until the kernel has taken the first of them.
   */
  readonly outboxBytes: number
  /** How long a connection may take nothing at all. */
  readonly outboxStallMs: number
  /** The same where what waits for it are messages that a slow-consumer policy may drop. */
  readonly outboxStandstillMs: number
  readonly subscriptionsPerSession: number
  /** Bytes of messages that wait for one subscription while a handler makes the snapshot, or a broker the rest of it. */
  readonly heldBytes: number
  readonly transactionsPerSession: number
  /** Frames, and bytes of messages with their headers, that one session's open transactions may hold together. */
  readonly transactionFrames: number
  readonly transactionBytes: number
  /** What a handler that returns a promise may take; past it its signal is aborted, and the client told. */
  readonly handlerMs: number
  /** Open connections of one remote address (IPv6: of its first 64 bits). */
  readonly connectionsPerAddress: number
  /** How much of one turn of the event loop those who come and go may take; what does not fit waits. */
  readonly handshakeMs: number
  /** New connections that wait for their handshake. */
  readonly handshakesWaiting: number
  /** The same of an address of this machine or of a private network: usually a proxy's, for all of its clients. */
  readonly connectionsPerPrivateAddress: number
  /**
   * How often a client that agreed to no heart-beats is asked for a sign of life, where the transport can ask: WebSockets
   * can. The second question without an answer ends the session.
   */
  readonly probeMs: number
  /** From the close that the server began until the connection is cut. */
  readonly closeMs: number
}

export const DEFAULT_LIMITS: Limits = {
  frameBytes: 1_048_576,
  connectFrameBytes: 16_384,
  headerCount: 100,
  headerBytes: 16_384,
  connectMs: 30_000,
  inboxBytes: 262_144,
  outboxBytes: 4_194_304,
  outboxStallMs: 10_000,
  outboxStandstillMs: 120_000,
  subscriptionsPerSession: 1_000,
  heldBytes: 1_048_576,
  transactionsPerSession: 100,
  transactionFrames: 10_000,
  transactionBytes: 16_777_216,
  handlerMs: 30_000,
  handshakeMs: 10,
  handshakesWaiting: 10_000,
  connectionsPerAddress: 1_000,
  connectionsPerPrivateAddress: 100_000,
  probeMs: 30_000,
  closeMs: 5_000,
}

/** @throws RangeError naming each limit that is not a positive integer */
export function checkedLimits(given: Partial<Limits>): Limits {
  const limits = { ...DEFAULT_LIMITS, ...given }
  const wrong = Object.entries(limits).filter(([, value]) => !Number.isSafeInteger(value) || value <= 0)
  const unknown = Object.keys(given).filter((name) => !(name in DEFAULT_LIMITS))
  if (wrong.length > 0 || unknown.length > 0) {
    throw new RangeError(
      [
        ...wrong.map(([name, value]) => `limits.${name} has to be a positive integer, not ${value}`),
        ...unknown.map((name) => `limits.${name} is no limit`),
      ].join('; '),
    )
  }
  return limits
}
