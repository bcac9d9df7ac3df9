import type { StompHeaders } from '@stomping-ground/codec'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Awaitable } from '../awaitable.js'
import type { Address, PathParams } from '../contract.js'
import type { Message } from '../message.js'
import { PathPattern } from '../path-pattern.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import type { Messaging } from './messaging.js'

/** What a handler knows of the message that it handles. */
export interface MessageContext<User extends StompUser, Params, Body> {
  /** The values of the pattern's variables. */
  readonly params: Params
  /** The body: what the schema made of it, or without a schema what its content type says. */
  readonly body: Body
  readonly user: User
  readonly session: StompSession<User>
  readonly headers: StompHeaders
  readonly message: Message
  readonly messaging: Messaging
  /** Aborted when the session ends. */
  readonly signal: AbortSignal
}

/** Where a handler's result goes: an address made from the path variables and the body. */
export type SendTo<Params, Body, Result> = (params: Params, body: Body) => Address<Result>

export interface MessageMapping<Params, Schema extends StandardSchemaV1 | undefined, Result> {
  /** Any Standard Schema. A body that it refuses never reaches the handler. */
  readonly body?: Schema
  /** Without it nothing is sent; a result of `undefined` is not sent either. */
  readonly sendTo?: SendTo<Params, BodyOf<Schema>, Result>
}

export type BodyOf<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : unknown

/** What a handler may return: anything where nothing is sent, else what the address takes, or `undefined`. */
// NoInfer: the address alone says what that is.
export type HandlerResult<Result> = [Result] extends [never]
  ? unknown
  : Awaitable<NoInfer<Result> | undefined>

/** One mapping with its types forgotten, as the router calls it. */
export interface Mapping<User extends StompUser> {
  readonly pattern: PathPattern
  readonly schema: StandardSchemaV1 | undefined
  readonly sendTo: SendTo<unknown, unknown, unknown> | undefined
  readonly handle: (context: MessageContext<User, unknown, unknown>) => unknown
}

/**
 * Maps messages to functions: what Spring has in `@MessageMapping`. Patterns are below the application prefix, and
 * everything in a handler is inferred from the pattern, the schema and the address that its result goes to.
 *
 * ```ts
 * messageMap<ChatUser>().message('/rooms/{roomId}/messages',
 *   { body: NewMessage, sendTo: ({ roomId }) => roomTopic.to({ roomId }) },
 *   ({ params, body, user }) => ({ room: params.roomId, from: user.name, text: body.text }))
 * ```
 */
export class MessageMap<User extends StompUser> {
  readonly mappings: Mapping<User>[] = []

  /** @throws TypeError when the pattern is malformed */
  message<
    const Pattern extends string,
    Schema extends StandardSchemaV1 | undefined = undefined,
    Result = never,
  >(
    pattern: Pattern,
    options: MessageMapping<PathParams<Pattern>, Schema, Result>,
    handler: (context: MessageContext<User, PathParams<Pattern>, BodyOf<Schema>>) => HandlerResult<Result>,
  ): this {
    this.mappings.push({
      pattern: new PathPattern(pattern),
      schema: options.body,
      sendTo: options.sendTo as SendTo<unknown, unknown, unknown> | undefined,
      handle: handler as Mapping<User>['handle'],
    })
    return this
  }
}

export function messageMap<User extends StompUser = StompUser>(): MessageMap<User> {
  return new MessageMap<User>()
}
