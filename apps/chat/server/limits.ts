/** Every bound of the chat. Units stand in the names; lengths that the page keeps too are in the contract's BOUNDS. */
export interface ChatLimits {
  /** Rooms that there can be. */
  readonly rooms: number
  /** Rooms that one address may make by HTTP in a minute. */
  readonly roomsMadePerMinute: number
  /** The body of an HTTP request. */
  readonly httpBodyBytes: number
  /** From the first byte of an HTTP request to its last. */
  readonly httpRequestMs: number
  /** A STOMP frame: the longest message fits even when JSON escapes each of its characters. */
  readonly frameBytes: number
  /** How often at most the count of one room's members is told. */
  readonly countsEveryMs: number
  /** From the signal to stop until sessions that are still there are cut. */
  readonly drainMs: number
}

export const CHAT_LIMITS: ChatLimits = {
  rooms: 10_000,
  roomsMadePerMinute: 30,
  httpBodyBytes: 16_384,
  httpRequestMs: 30_000,
  frameBytes: 131_072,
  countsEveryMs: 250,
  drainMs: 10_000,
}
