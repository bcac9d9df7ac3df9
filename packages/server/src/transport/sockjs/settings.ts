/** What a SockJS endpoint does. The names and defaults are Spring's, where it has them. */
export interface SockJsOptions {
  /** After this long without a frame, a heart-beat frame is sent; 0 sends none. Default 25,000. */
  readonly heartbeatMs?: number
  /** How long a session stays without a request that receives. Default 5,000. */
  readonly disconnectDelayMs?: number
  /** A streaming response ends once it has carried this many bytes of frames. Default 131,072. */
  readonly streamBytes?: number
  /**
   * Sets `JSESSIONID`, and tells clients to send cookies: for balancers that are sticky by it. Nodes with a
   * `cluster.address` do so in any case. Default false.
   */
  readonly sessionCookie?: boolean
  /** Whether WebSockets are served too, raw ones and those of SockJS. Default true. */
  readonly websocket?: boolean
  /**
   * Where the iframe page loads sockjs-client from: a URL, or a path of this host. Page and iframe have to use the same
   * version, so a site whose pages use another names theirs. Default: 1.6.1 from jsDelivr.
   */
  readonly clientLibraryUrl?: string
  /** Whether CORS headers are sent; false leaves them to what stands in front. Default true. */
  readonly cors?: boolean
  /**
   * What may wait for the next request that receives, when its sender writes on although told to stop; past it the
   * session is closed as too slow. STOMP sessions stop and keep what waits in their outbox, whose bound is
   * `limits.outboxBytes`. Default 1,048,576.
   */
  readonly cacheBytes?: number
}

export type SockJsSettings = Required<SockJsOptions>

const DEFAULT_SOCKJS: SockJsSettings = {
  heartbeatMs: 25_000,
  disconnectDelayMs: 5_000,
  streamBytes: 131_072,
  sessionCookie: false,
  websocket: true,
  clientLibraryUrl: 'https://cdn.jsdelivr.net/npm/sockjs-client@1.6.1/dist/sockjs.min.js',
  cors: true,
  cacheBytes: 1_048_576,
}

/**
 * @param longestGapMs how long a connection may stay congested, as one is while no request receives
 * @throws TypeError or RangeError naming what is wrong
 */
export function checkedSockJs(given: SockJsOptions | true, longestGapMs = Infinity): SockJsSettings {
  const settings = { ...DEFAULT_SOCKJS, ...(given === true ? {} : given) }
  for (const name of ['heartbeatMs', 'disconnectDelayMs', 'streamBytes', 'cacheBytes'] as const) {
    const value = settings[name]
    if (!Number.isSafeInteger(value) || value < (name === 'heartbeatMs' ? 0 : 1)) {
      throw new RangeError(`sockjs.${name} has to be a positive integer, not ${value}`)
    }
  }
  if (settings.disconnectDelayMs >= longestGapMs) {
    throw new RangeError(
      `sockjs.disconnectDelayMs has to be shorter than limits.outboxStallMs, which is ${longestGapMs}`,
    )
  }
  // It stands in an attribute of the iframe page.
  if (!/^(https?:\/\/|\/)[^\s"<>&']*$/.test(settings.clientLibraryUrl)) {
    throw new TypeError(
      `sockjs.clientLibraryUrl has to be a URL or a path, not ${JSON.stringify(settings.clientLibraryUrl)}`,
    )
  }
  return settings
}
