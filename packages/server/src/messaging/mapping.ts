import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Awaitable } from '../awaitable.js'
import type { Address, Json, UserAddress } from '../contract.js'
import type { PathPattern } from '../path-pattern.js'
import type { StompUser } from '../stomp-session.js'
import type { LiveMessage, MessageContext, SubscribeContext } from './context.js'
import type { ErrorMap } from './error-map.js'

/**
 * Where a handler's result goes: an address made from the path variables and the body, or a destination whose variables
 * are all among the pattern's.
 */
export type SendTo<Params, Body, Result> =
  | ((params: Params, body: Body) => Address<Result>)
  // A property, not a method: its parameter is compared strictly.
  | { readonly to: (params: Params) => Address<Result> }

/** The same for a destination of the user's own. */
export type SendToUser<Params, Body, Result> =
  | ((params: Params, body: Body) => UserAddress<Result>)
  | { readonly to: (params: Params) => UserAddress<Result> }

export interface MessageMapping<Params, Schema extends StandardSchemaV1 | undefined, Result> {
  /** Any Standard Schema. A body that it refuses never reaches the handler. */
  readonly body?: Schema
  /** What a request is answered with. It is not checked as messages pass: the compiler has. */
  readonly reply?: StandardSchemaV1<Result, unknown>
  /** Everyone subscribed to it gets the result, unless it is `undefined`. */
  readonly sendTo?: SendTo<Params, BodyOf<Schema>, Result>
  /** All sessions of the user whose message it is get the result, unless it is `undefined`. */
  readonly sendToUser?: SendToUser<Params, BodyOf<Schema>, Result>
  /** The session whose message it is gets the result, and no other of its user. */
  readonly sendToSession?: SendToUser<Params, BodyOf<Schema>, Result>
}

export type BodyOf<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Schema> : unknown

/** A body as it travels: what the schema takes. */
export type SentBody<Schema> = Schema extends StandardSchemaV1 ? StandardSchemaV1.InferInput<Schema> : unknown

/** What a handler may return: anything where nothing is sent, else what the address takes, or `undefined`. */
// NoInfer: the address alone says what that is.
export type HandlerResult<Result> = [Result] extends [never]
  ? unknown
  : Awaitable<NoInfer<Result> | undefined>

/** One message mapping with its types forgotten, as the router calls it. */
export interface Mapping<User extends StompUser> {
  readonly pattern: PathPattern
  readonly schema: StandardSchemaV1 | undefined
  readonly reply: StandardSchemaV1 | undefined
  readonly sendTo: SendTo<unknown, unknown, unknown> | undefined
  readonly sendToUser: SendToUser<unknown, unknown, unknown> | undefined
  readonly sendToSession: SendToUser<unknown, unknown, unknown> | undefined
  readonly handle: (context: MessageContext<User, unknown, unknown>) => unknown
  /** Those of its map. */
  readonly errors: () => ErrorMap<User>
}

/** A broker destination, or one of the user's own, whose flow follows a snapshot. */
export type LiveFlow<Params, Live> =
  | ((params: Params) => Address<Live> | UserAddress<Live>)
  | { readonly to: (params: Params) => Address<Live> | UserAddress<Live> }

export interface SubscribeMapping<Params, Snapshot, Live> {
  /** What a subscriber gets. It is not checked as messages pass: the compiler has. */
  readonly reply: StandardSchemaV1<Snapshot, unknown>
  /** What follows, under the same subscription. The rules for subscriptions decide on it. */
  readonly live?: LiveFlow<Params, Live>
  /**
   * Whether a message of the flow is in the snapshot already. The first messages are left out for which it is true, up to
   * the first for which it is false: from then on nothing is asked. One for which it is `undefined` goes out, and the next
   * is asked about. Given the snapshot first, so that what is kept until then can be as little as a number:
   * `isIn: ({ last }) => ({ body }) => body.id <= last`.
   */
  readonly isIn?: (
    snapshot: NoInfer<Snapshot>,
  ) => (message: LiveMessage<Json<NoInfer<Live>>>) => boolean | undefined
}

/** One subscribe mapping with its types forgotten. */
export interface Answer<User extends StompUser> {
  readonly pattern: PathPattern
  readonly reply: StandardSchemaV1
  readonly live: LiveFlow<unknown, unknown> | undefined
  readonly isIn: ((snapshot: unknown) => (message: LiveMessage<unknown>) => boolean | undefined) | undefined
  readonly handle: (context: SubscribeContext<User, unknown>) => unknown
  /** Those of its map. */
  readonly errors: () => ErrorMap<User>
}
