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
  /** Never set: carries the type of the body. */
  readonly body?: Body
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

/**
 * What message maps take and answer, as a type: by pattern, below the application prefix. A typed client is made from it,
 * so a page needs nothing of the server but this type.
 */
export interface RouteTypes {
  /** SENDs: the body as it travels, and what comes back to one with `reply-to`. */
  readonly message: Readonly<Record<string, { readonly body: unknown; readonly reply: unknown }>>
  /** SUBSCRIBEs that the application answers: what a subscriber gets. */
  readonly subscribe: Readonly<Record<string, { readonly reply: unknown }>>
}
