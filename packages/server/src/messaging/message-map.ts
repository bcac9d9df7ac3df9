import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Json, NoRoutes, PathParams, RouteTypes } from '../contract.js'
import { PathPattern } from '../path-pattern.js'
import type { StompUser } from '../stomp-session.js'
import type { ErrorContext, MessageContext } from './context.js'
import { ErrorMap } from './error-map.js'
import type { ErrorClass, ErrorMapping } from './error-map.js'
import type { BodyOf, HandlerResult, Mapping, MessageMapping, SentBody } from './mapping.js'

/** A message map of any routes. */
export interface Mappings<User extends StompUser> {
  readonly mappings: readonly Mapping<User>[]
}

/** The routes of a map with one more of them. */
type WithMessage<Routes extends RouteTypes, Pattern extends string, Body, Reply> = {
  readonly message: Routes['message'] & {
    readonly [P in Pattern]: { readonly body: Body; readonly reply: Reply }
  }
  readonly subscribe: Routes['subscribe']
}

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
  Routes extends RouteTypes = NoRoutes,
  Prefix extends string = '',
> implements Mappings<User> {
  /** Never set: carries the routes as a type, for `InferRoutes`. */
  declare readonly '~routes'?: Routes
  readonly mappings: Mapping<User>[] = []
  readonly #errorMappings: ErrorMapping<User>[] = []
  #prefix = ''

  /**
   * What all patterns of this map begin with; its variables are theirs too. It comes first, and once.
   *
   * @throws TypeError when it is malformed, or something has been mapped
   */
  prefix<const Begin extends string>(prefix: Begin): MessageMap<User, Routes, Begin> {
    if (this.#prefix !== '' || this.mappings.length > 0) {
      throw new TypeError('The prefix of a map comes first, and once')
    }
    if (/\*|\/$/.test(prefix)) {
      throw new TypeError(`A prefix ends with a segment, and has no wildcards: ${JSON.stringify(prefix)}`)
    }
    void new PathPattern(prefix)
    this.#prefix = prefix
    return this as unknown as MessageMap<User, Routes, Begin>
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
    WithMessage<Routes, `${Prefix}${Pattern}`, SentBody<Schema>, Json<ReplyOf<Returned>>>,
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
   * What is done about errors of a class, thrown by handlers and schemas of this map: the handler for the class that an
   * error is most closely of is asked, and before the server's own `onError`.
   *
   * @param handle returns, or resolves: the error is handled, and the client hears of no ERROR. Throws, or rejects: that
   *   error is told in its place
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
