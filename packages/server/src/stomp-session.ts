import type { StompVersion } from '@stomping-ground/codec'
import type { StompError } from './errors.js'

/** Whoever `authenticate` found behind a CONNECT. */
export interface StompUser {
  readonly name: string
}

/** Names one thing that an application keeps for a session, and says of what type it is; made by `sessionAttribute`. */
export interface SessionAttribute<Value> {
  readonly name: string
  /** Never set: carries the type. */
  readonly value?: Value
}

/**
 * A key of `session.attributes`. Two keys are never the same, whatever they are called: parts of an application that do not
 * know of each other cannot take each other's.
 */
export function sessionAttribute<Value>(name: string): SessionAttribute<Value> {
  return { name }
}

/** What an application keeps for one session; gone with it. */
export interface SessionAttributes {
  get<Value>(key: SessionAttribute<Value>): Value | undefined
  set<Value>(key: SessionAttribute<Value>, value: NoInfer<Value>): void
  has(key: SessionAttribute<unknown>): boolean
  delete(key: SessionAttribute<unknown>): boolean
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
  readonly attributes: SessionAttributes
  /**
   * Ends the session: what was sent is flushed, and the close says that the application wished it.
   *
   * @param why an ERROR for the client before that. Default: none
   */
  disconnect(why?: StompError): void
}
