import type { StompVersion } from '@stomping-ground/codec'
import type { StompError } from './errors.js'

/** Whoever `authenticate` found behind a CONNECT. */
export interface StompUser {
  readonly name: string
}

/**
 * One STOMP conversation, as applications see it. What stands in the HTTP request or in CONNECT's headers is there for
 * `authenticate`, which puts what the application needs into the user: sessions are many, and keep none of it.
 */
export interface StompSession<User extends StompUser = StompUser> {
  /** Unique, unguessable, and told to the client in CONNECTED. */
  readonly id: string
  readonly user: User
  readonly version: StompVersion
  readonly remoteAddress: string
  /** Aborted when the session ends. */
  readonly signal: AbortSignal
  /** Room for what an application keeps for this session. */
  readonly attributes: Map<string | symbol, unknown>
  /**
   * Ends the session: what was sent is flushed, and the close says that the application wished it.
   *
   * @param why an ERROR for the client before that. Default: none
   */
  disconnect(why?: StompError): void
}
