import type { Backoff } from './backoff.js'
import type { Clock } from './clock.js'
import type { Client } from './client.js'
import type { TokenSource } from './credentials.js'
import type { FallbackMemory } from './fallback.js'
import type { Headers, SessionEnd } from './link.js'
import type { Surroundings } from './page-events.js'
import type { ClientSocket } from './socket.js'

/** Makes a socket that is about to open. */
export type SocketFactory = () => ClientSocket | Promise<ClientSocket>

export interface ClientOptions {
  /** `ws:` or `wss:`; `http:` and `https:` mean these. In a page, it may be relative to the page. */
  readonly url?: string | URL
  /** Instead of `url`: a socket of your own making. SockJS, say. */
  readonly webSocketFactory?: SocketFactory
  /** For `url` on Node 20, which has none: `ws`'s. Default: the global one. */
  readonly WebSocket?: new (url: string, protocols: string[]) => ClientSocket
  /** Another way, for networks in which WebSockets get nowhere. */
  readonly fallback?: {
    readonly webSocketFactory: SocketFactory
    /** Default 15,000: SockJS asks the server first, and tries several transports. */
    readonly connectTimeoutMs?: number
    /** Remembers that the fallback worked, so that it goes first for ten minutes. Default: in this client. */
    readonly memory?: FallbackMemory
  }
  /** Below it are the patterns of `Routes`. Default `/app`. */
  readonly applicationPrefix?: string
  /** Headers for CONNECT: `login` and `passcode`, say. A function is called for each attempt. */
  readonly connectHeaders?: Headers | (() => Headers | Promise<Headers>)
  /**
   * A token for CONNECT, asked for before each attempt, and again before it expires: then the session is renewed in place.
   * `refused`: the server did not accept the last one, so one from a cache is of no use.
   */
  readonly token?: TokenSource
  /** From the first step of an attempt to CONNECTED. Default 5,000. */
  readonly connectTimeoutMs?: number
  /** 0: none in that direction. Default 10,000 both ways. */
  readonly heartbeat?: { readonly outgoingMs?: number; readonly incomingMs?: number }
  /** Waits between attempts: anything up to a bound that doubles from `baseMs` (1,000) to `capMs` (30,000). */
  readonly backoff?: Partial<Backoff>
  /** Whether to come back after an end. Default: by the close code, as `docs/client.md` says. */
  readonly mayReconnect?: (end: SessionEnd, byDefault: boolean) => boolean
  /** Bounds on what waits to be confirmed. Past them, `send` and `request` reject with `outgoing-full`. */
  readonly outgoing?: {
    /** Default 1,000. */
    readonly messages?: number
    /** Of bodies and headers. Default 1,048,576. */
    readonly bytes?: number
    /** How many sessions may end with the same message on its way before it is given up. Default 4. */
    readonly attempts?: number
  }
  /** How many there can be at once. Default 1,000. */
  readonly subscriptions?: number
  /** For `request`. Default 10,000. */
  readonly requestTimeoutMs?: number
  /**
   * Called in each session, after all subscriptions have been asked for. What waits is sent when its promise resolves;
   * what it sends itself with `wait: false` goes first.
   */
  readonly onSession?: (client: Pick<Client, 'send'>, headers: Headers) => void | Promise<void>
  /**
   * Takes what nobody else is told: what handlers throw, bodies that cannot be read, ERRORs about nothing that this client
   * did. Default: thrown where nobody catches it, as if the handler stood alone.
   */
  readonly onError?: (error: unknown) => void
  /** For tests. */
  readonly clock?: Clock
  /** For tests, and for surroundings that are no page: React Native. Default: what the browser tells. */
  readonly surroundings?: Surroundings
  /** For tests. */
  readonly random?: () => number
}
