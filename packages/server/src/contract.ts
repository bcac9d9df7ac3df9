import type { StandardSchemaV1 } from '@standard-schema/spec'
import { PathPattern } from './path-pattern.js'

/**
 * Destinations with a type, shared by server and page. Nothing here needs Node.
 *
 * @module
 */

/** The variables that stand in a pattern: `PathParams<'/rooms/{roomId}'>` is `{ readonly roomId: string }`. */
export type PathParams<Pattern extends string> = Pattern extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Name]: string } & PathParams<Rest>
  : unknown

/** A destination that knows what its messages hold; made by `Destination.to`. */
export interface Address<Body> {
  readonly destination: string
  /** An address of a user's own is another thing: what is sent to everyone cannot be sent there. */
  readonly ofUser?: never
  /** Never set: carries the type of the body. */
  readonly body?: Body
  /** Set by `unretained`. */
  readonly retain?: false
}

/** A user destination that knows what its messages hold; made by `UserDestination.to`, taken by `sendToUser`. */
export interface UserAddress<Body> {
  /** What its subscribers name: `/user/queue/errors`. Each gets what is sent to itself. */
  readonly destination: string
  readonly ofUser: true
  /** Never set: carries the type of the body. */
  readonly body?: Body
}

/** The same address for a message that a destination with history shall not keep: one that makes no sense later. */
export function unretained<Body>({ destination }: Address<Body>): Address<Body> {
  return { destination, retain: false }
}

export interface Destination<Pattern extends string, Schema extends StandardSchemaV1> {
  readonly pattern: Pattern
  readonly schema: Schema
  /**
   * The destination with its variables filled in.
   *
   * @throws TypeError when a value is missing, empty, or holds a character that a path segment cannot: `/ * { }`, or a
   *   control character
   */
  to(params: PathParams<Pattern>): Address<StandardSchemaV1.InferInput<Schema>>
  /** The variables in a destination of this pattern, or `undefined` where it is not one. */
  match(destination: string): PathParams<Pattern> | undefined
}

/**
 * Names a destination and the shape of its messages.
 *
 * @param pattern segments between slashes; `{name}` stands for exactly one segment
 * @param schema any Standard Schema (zod, valibot, arktype, ...)
 * @throws TypeError when the pattern does not begin with a slash, or is malformed
 */
export function destination<const Pattern extends string, Schema extends StandardSchemaV1>(
  pattern: Pattern,
  schema: Schema,
): Destination<Pattern, Schema> {
  const compiled = new PathPattern(pattern)
  return {
    pattern,
    schema,
    to: (params) => ({ destination: compiled.fill(params as Record<string, string>) }),
    match: (path) => compiled.match(path) as PathParams<Pattern> | undefined,
  }
}

/** Begins what clients subscribe to for messages to themselves, and not to everyone. */
export const USER_PREFIX = '/user'

/** A destination of which every user has one, and gets what is sent to themselves. */
export interface UserDestination<Pattern extends string, Schema extends StandardSchemaV1> {
  /** What clients subscribe to: `/user/queue/errors`. */
  readonly pattern: `/user${Pattern}`
  readonly schema: Schema
  /**
   * The destination with its variables filled in.
   *
   * @throws TypeError as `Destination.to` does
   */
  to(params: PathParams<Pattern>): UserAddress<StandardSchemaV1.InferInput<Schema>>
  /** The variables in a destination of this pattern, or `undefined` where it is not one. */
  match(destination: string): PathParams<Pattern> | undefined
}

/**
 * Names a destination that every user has, and the shape of its messages: `userDestination('/queue/errors', Problem)` is
 * subscribed to as `/user/queue/errors`.
 *
 * @param pattern what follows `/user`
 * @throws TypeError when the pattern does not begin with a slash, is malformed, or begins with `/user` itself
 */
export function userDestination<const Pattern extends string, Schema extends StandardSchemaV1>(
  pattern: Pattern,
  schema: Schema,
): UserDestination<Pattern, Schema> {
  if (`${pattern}/`.startsWith(`${USER_PREFIX}/`)) {
    throw new TypeError(`A user destination is named without ${USER_PREFIX}, not ${JSON.stringify(pattern)}`)
  }
  // For its own sake: a pattern without its slash would be one together with the prefix.
  void new PathPattern(pattern)
  const compiled = new PathPattern(USER_PREFIX + pattern)
  return {
    pattern: `${USER_PREFIX}${pattern}`,
    schema,
    to: (params) => ({ destination: compiled.fill(params as Record<string, string>), ofUser: true }),
    match: (path) => compiled.match(path) as PathParams<Pattern> | undefined,
  }
}

/**
 * What message maps take and answer, as a type: by pattern, below the application prefix. A typed client is made from it,
 * so a page needs nothing of the server but this type: `InferRoutes` makes it.
 */
export interface RouteTypes {
  /** SENDs: the body as it travels, and what comes back to one with `reply-to`. */
  readonly message: Readonly<Record<string, { readonly body: unknown; readonly reply: unknown }>>
  /** SUBSCRIBEs that the application answers: what a subscriber gets. */
  readonly subscribe: Readonly<Record<string, { readonly reply: unknown }>>
}

/** The routes of nothing, to which maps add theirs. */
export interface NoRoutes extends RouteTypes {
  // oxlint-disable-next-line typescript/no-empty-object-type -- no key at all, where `Record<string, never>` has all
  readonly message: {}
  // oxlint-disable-next-line typescript/no-empty-object-type -- the same
  readonly subscribe: {}
}

/** What carries its routes as a type: a message map. */
export interface Routed {
  /** Never set. */
  readonly '~routes'?: RouteTypes
}

/** The routes of a message map, or of all maps in an array: `InferRoutes<typeof messages>`. */
export type InferRoutes<Maps extends Routed | readonly Routed[]> = Maps extends readonly (infer Map)[]
  ? {
      readonly message: All<RoutesOf<Map>['message']>
      readonly subscribe: All<RoutesOf<Map>['subscribe']>
    }
  : RoutesOf<Maps>

type RoutesOf<Map> = Map extends { readonly '~routes'?: infer Routes extends RouteTypes } ? Routes : NoRoutes

/** Each of a union's members at once. */
type All<Union> = (Union extends unknown ? (member: Union) => void : never) extends (all: infer Each) => void
  ? Each
  : never

/** What a value is once it has travelled as JSON: a date is a string, what has no JSON is not there. */
export type Json<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends { toJSON(): infer Shown }
      ? Json<Shown>
      : T extends symbol | bigint | ((...args: never[]) => unknown)
        ? never
        : T extends readonly unknown[]
          ? { [K in keyof T]: Json<T[K]> }
          : { [K in keyof T as [Json<T[K]>] extends [never] ? never : K]: Json<T[K]> }
