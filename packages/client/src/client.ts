import type { NoRoutes, RouteTypes } from 'stomping-ground/contract'
import type { Load } from './budget.js'
import type { ConnectionState } from './connection.js'
import type { Headers } from './link.js'
import type { Observable } from './observable.js'
import type {
  Addressed,
  Given,
  MessageFor,
  ParamsOf,
  ReplyFor,
  SendTarget,
  SubscribePattern,
} from './routes.js'
import type { ReceivedMessage, SubscribeOptions, Subscription } from './subscription.js'

export interface SendOptions {
  /** `x-message-id`: the same in each repetition, so that the server can tell one. Default: a random UUID. */
  readonly id?: string
  /** Headers for the handler or the receivers. */
  readonly headers?: Headers
  /** Takes it back: out of the queue, where it waits still. One that went out may have been carried out. */
  readonly signal?: AbortSignal
  /** Default true. False: now or never. Rejects with `not-connected` or `connection-lost` rather than wait or go again. */
  readonly wait?: boolean
}

export interface RequestOptions {
  readonly headers?: Headers
  readonly signal?: AbortSignal
  /** Includes the wait for a session. Default: the client's `requestTimeoutMs`. */
  readonly timeoutMs?: number
}

/** One connection to a STOMP server, and all that goes through it: see `docs/client.md`. */
export interface Client<Routes extends RouteTypes = NoRoutes> {
  readonly connection: Observable<ConnectionState>
  /** What is not confirmed yet. */
  readonly outgoing: Observable<Load>
  /**
   * Connects, and comes back whenever the connection is lost. The promise resolves when a session has begun, and rejects
   * when there will be none; it need not be awaited.
   */
  connect(): Promise<void>
  /** Ends the session and begins another at once: under other credentials, say. */
  reconnect(): void
  /** There is reason to think that a connection can work again. Pages need not call it. */
  wake(): void
  /**
   * Ends it for good: what is not confirmed rejects with `closed`, after `flushMs` (0) at most. Resolves when the
   * connection is gone. `connect` begins anew.
   */
  close(options?: { readonly flushMs?: number }): Promise<void>
  /**
   * Calls back in each session that begins from now on, until the returned function is called: for the parts of an
   * application that come and go. As the option `onSession`: after all subscriptions have been asked for; what waits is sent
   * when what is returned has resolved, or was rejected.
   */
  onSession(greet: (headers: Headers) => void | Promise<void>): () => void
  /**
   * Sends to a handler by its pattern, or to an address, and resolves when the server has done it. Without a session it
   * waits; when the session ends before the receipt, it goes again, under the same id. In order.
   *
   * Rejects with a ClientError: the server's refusal, or `outgoing-full`, `unconfirmed`, `closed`; or with the signal's
   * reason.
   */
  send<const Target extends SendTarget<Routes>>(
    to: Target,
    ...message: Given<MessageFor<Routes, Target> & SendOptions>
  ): Promise<void>
  /**
   * Sends, and resolves with the answer. It waits for a session, but goes out once only: `connection-lost` means that it
   * may have been carried out.
   *
   * Rejects with a ClientError: what the handler refused, or `timeout`, `connection-lost`, `outgoing-full`, `closed`; or
   * with the signal's reason.
   */
  request<const Target extends SendTarget<Routes>>(
    to: Target,
    ...message: Given<MessageFor<Routes, Target> & RequestOptions>
  ): Promise<ReplyFor<Routes, Target>>
  /**
   * Subscribes, in this session and all that follow; after a lost one it goes on where it was.
   *
   * @throws ClientError `too-many-subscriptions`
   */
  subscribe<Body = unknown>(
    to: Addressed<Body> | string,
    handler: (message: ReceivedMessage<Body>) => void,
    options?: SubscribeOptions,
  ): Subscription
  /**
   * Subscribes to what the application answers: in each session anew, so that each begins with a fresh answer.
   *
   * @throws ClientError `too-many-subscriptions`
   */
  subscribeTo<const Pattern extends SubscribePattern<Routes>>(
    pattern: Pattern,
    options: ParamsOf<Pattern> & Omit<SubscribeOptions, 'from'>,
    handler: (message: ReceivedMessage<Routes['subscribe'][Pattern]['reply']>) => void,
  ): Subscription
}
