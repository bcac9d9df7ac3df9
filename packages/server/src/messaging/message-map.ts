import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Awaitable } from '../awaitable.js'
import type { Json, NoRoutes, PathParams, RouteTypes } from '../contract.js'
import { PathPattern } from '../path-pattern.js'
import type { StompUser } from '../stomp-session.js'
import type { ErrorContext, MessageContext, SubscribeContext } from './context.js'
import { ErrorMap } from './error-map.js'
import type { ErrorClass, ErrorMapping } from './error-map.js'
import type {
  Answer,
  BodyOf,
  HandlerResult,
  Mapping,
  MessageMapping,
  SentBody,
  SubscribeMapping,
} from './mapping.js'

/** A message map of any routes. */
export interface Mappings<User extends StompUser> {
  /** Of SENDs. */
  readonly mappings: readonly Mapping<User>[]
  /** Of SUBSCRIBEs. */
  readonly answers: readonly Answer<User>[]
}

// Members of an intersection, which the compiler keeps flat: routes nested in one another would soon be too deep for it.
type AMessage<Pattern extends string, Body, Reply> = {
  readonly [P in Pattern]: { readonly body: Body; readonly reply: Reply }
}
type AnAnswer<Pattern extends string, Reply> = { readonly [P in Pattern]: { readonly reply: Reply } }

/**
 * Maps messages to functions: what Spring has in `@MessageMapping`. Patterns are below the application prefix, and
 * everything in a handler is inferred from the pattern, the schema and the address that its result goes to.
 *
 * ```ts
 * messageMap<ChatUser>().message('/rooms/{roomId}/messages',
 *   { body: NewMessage, sendTo: roomTopic },
 *   ({ params, body, user }) => ({ room: params.roomId, from: user.name, text: body.text }))
 * ```
 */
export class MessageMap<
  User extends StompUser,
  Messages extends RouteTypes['message'] = NoRoutes['message'],
  Answers extends RouteTypes['subscribe'] = NoRoutes['subscribe'],
  Prefix extends string = '',
> implements Mappings<User> {
  /** Never set: carries the routes as a type, for `InferRoutes`. */
  declare readonly '~routes'?: { readonly message: Messages; readonly subscribe: Answers }
  readonly mappings: Mapping<User>[] = []
  readonly answers: Answer<User>[] = []
  readonly #errorMappings: ErrorMapping<User>[] = []
  #prefix = ''

  /**
   * What all patterns of this map begin with; its variables are theirs too. It comes first, and once.
   *
   * @throws TypeError when it is malformed, or something has been mapped
   */
  prefix<const Begin extends string>(prefix: Begin): MessageMap<User, Messages, Answers, Begin> {
    if (this.#prefix !== '' || this.mappings.length + this.answers.length > 0) {
      throw new TypeError('The prefix of a map comes first, and once')
    }
    if (/\*|\/$/.test(prefix)) {
      throw new TypeError(`A prefix ends with a segment, and has no wildcards: ${JSON.stringify(prefix)}`)
    }
    void new PathPattern(prefix)
    this.#prefix = prefix
    return this as unknown as MessageMap<User, Messages, Answers, Begin>
  }

  /**
   * Maps SENDs to a function. Its result, unless it is `undefined`, goes where the options say, and is the reply to a
   * SEND with `reply-to`.
   *
   * @throws TypeError when the pattern is malformed
   */
  message<
    const Pattern extends string,
    Schema extends StandardSchemaV1 | undefined = undefined,
    Result = never,
    Returned extends HandlerResult<Result> = HandlerResult<Result>,
  >(
    pattern: Pattern,
    options: MessageMapping<PathParams<`${Prefix}${Pattern}`>, Schema, Result>,
    handler: (context: MessageContext<User, PathParams<`${Prefix}${Pattern}`>, BodyOf<Schema>>) => Returned,
  ): MessageMap<
    User,
    Messages & AMessage<`${Prefix}${Pattern}`, SentBody<Schema>, Json<ReplyOf<Returned>>>,
    Answers,
    Prefix
  > {
    this.mappings.push({
      pattern: this.#below(pattern),
      schema: options.body,
      reply: options.reply,
      sendTo: options.sendTo as Mapping<User>['sendTo'],
      sendToUser: options.sendToUser as Mapping<User>['sendToUser'],
      sendToSession: options.sendToSession as Mapping<User>['sendToSession'],
      handle: handler as Mapping<User>['handle'],
      errors: this.#errors,
    })
    return this as never
  }

  /**
   * Maps SUBSCRIBEs to a function that answers the subscriber once, unless its result is `undefined`: what Spring has in
   * `@SubscribeMapping`. With `live`, the flow of a broker destination follows: nothing that is published after the
   * SUBSCRIBE is missed. What was published while the snapshot was made may be in it too: `isIn` tells.
   *
   * @throws TypeError when the pattern is malformed, or `isIn` has no `live`
   */
  subscribe<const Pattern extends string, Snapshot, Live = never>(
    pattern: Pattern,
    options: SubscribeMapping<PathParams<`${Prefix}${Pattern}`>, Snapshot, Live>,
    handler: (
      context: SubscribeContext<User, PathParams<`${Prefix}${Pattern}`>>,
    ) => Awaitable<NoInfer<Snapshot> | undefined>,
  ): MessageMap<User, Messages, Answers & AnAnswer<`${Prefix}${Pattern}`, Json<Snapshot>>, Prefix> {
    if (options.isIn !== undefined && options.live === undefined) {
      throw new TypeError(`${pattern} has isIn, and no live flow that it could be asked about`)
    }
    this.answers.push({
      pattern: this.#below(pattern),
      reply: options.reply,
      live: options.live as Answer<User>['live'],
      isIn: options.isIn as Answer<User>['isIn'],
      handle: handler as Answer<User>['handle'],
      errors: this.#errors,
    })
    return this as never
  }

  /**
   * What is done about errors of a class, thrown by handlers and schemas of this map: the handler for the class that an
   * error is most closely of is asked, and before the server's own `onError`.
   *
   * @param handle returns, or resolves: the error is handled, and the client hears of no ERROR, but for a SUBSCRIBE and a
   *   request, which are refused all the same. Throws, or rejects: that error is told in its place
   * @throws TypeError when the map has a handler for the class already
   */
  onError<E extends Error>(
    type: ErrorClass<E>,
    handle: (error: E, context: ErrorContext<User>) => unknown,
  ): this {
    this.#errorMappings.push({ type, handle })
    this.#errorMap = new ErrorMap(this.#errorMappings)
    return this
  }

  #errorMap = new ErrorMap<User>()
  readonly #errors = (): ErrorMap<User> => this.#errorMap

  #below(pattern: string): PathPattern {
    if (!pattern.startsWith('/')) void new PathPattern(pattern)
    return new PathPattern(this.#prefix + pattern)
  }
}

/** What comes back for a request: what the handler returns, or resolves to. */
type ReplyOf<Returned> =
  Awaited<Returned> extends infer Value ? ([Value] extends [void] ? undefined : Value) : never

export function messageMap<User extends StompUser = StompUser>(): MessageMap<User> {
  return new MessageMap<User>()
}
