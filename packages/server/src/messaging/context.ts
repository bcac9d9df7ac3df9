import type { StompHeaders } from '@stomping-ground/codec'
import type { Message } from '../message.js'
import type { PathValues } from '../path-pattern.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import type { Messaging } from './messaging.js'

/** What every function that is mapped knows of the frame that it is called for. */
export interface CallContext<User extends StompUser, Params = PathValues> {
  /** The values of the pattern's variables. */
  readonly params: Params
  readonly user: User
  readonly session: StompSession<User>
  /** As the client named it: `/app/rooms/7`. */
  readonly destination: string
  /** Those of the frame. */
  readonly headers: StompHeaders
  readonly messaging: Messaging
  /** Aborted when the session ends, and when the call has taken `limits.handlerMs`. */
  readonly signal: AbortSignal
}

/** What a handler knows of the message that it handles. */
export interface MessageContext<User extends StompUser, Params, Body> extends CallContext<User, Params> {
  /** The body: what the schema made of it, or without a schema what its content type says. */
  readonly body: Body
  readonly message: Message
}

/** What a subscribe handler knows of the SUBSCRIBE that it answers. */
export type SubscribeContext<User extends StompUser, Params> = CallContext<User, Params>

/** What an error handler knows of the call that failed. */
export type ErrorContext<User extends StompUser> = CallContext<User>

/** A message of the flow that follows a snapshot. */
export interface LiveMessage<Body> {
  /** What its content type says it holds; nothing has checked it. */
  readonly body: Body
  readonly headers: StompHeaders
  readonly message: Message
}
