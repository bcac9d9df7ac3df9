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

/** What an error handler knows of the call that failed. */
export interface ErrorContext<User extends StompUser> extends CallContext<User> {
  /** As the client named it: `/app/rooms/7`. */
  readonly destination: string
}
