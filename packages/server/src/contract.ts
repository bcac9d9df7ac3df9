import type { StandardSchemaV1 } from '@standard-schema/spec'

/**
 * Destinations with a type, shared by server and page. Nothing here needs Node.
 *
 * @module
 */

/** The variables that stand in a pattern: `PathParams<'/rooms/{roomId}'>` is `{ roomId: string }`. */
export type PathParams<Pattern extends string> = Pattern extends `${string}{${infer Name}}${infer Rest}`
  ? { [K in Name]: string } & PathParams<Rest>
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
 */
export function destination<const Pattern extends string, Schema extends StandardSchemaV1>(
  pattern: Pattern,
  schema: Schema,
): Destination<Pattern, Schema> {
  const names: string[] = []
  const source = pattern.replace(/\{([^{}/]+)\}|[.*+?^${}()|[\]\\]/g, (found, name: string | undefined) => {
    if (name === undefined) return `\\${found}`
    names.push(name)
    return '([^/*{}]+)'
  })
  const expression = new RegExp(`^${source}$`)
  return {
    pattern,
    schema,
    to(params) {
      const values = params as Record<string, string>
      const filled = pattern.replace(/\{([^{}/]+)\}/g, (_, name: string) => segment(name, values[name]))
      return { destination: filled }
    },
    match(destination) {
      const found = expression.exec(destination)
      if (found === null) return undefined
      return Object.fromEntries(names.map((name, i) => [name, found[i + 1]])) as PathParams<Pattern>
    },
  }
}

// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const NOT_IN_SEGMENT = /[/*{}\u0000-\u001f\u007f]/

function segment(name: string, value: string | undefined): string {
  if (value === undefined || value === '' || NOT_IN_SEGMENT.test(value)) {
    throw new TypeError(`{${name}} cannot be ${JSON.stringify(value)} in a destination`)
  }
  return value
}
