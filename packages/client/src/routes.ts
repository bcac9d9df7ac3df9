import type { Address, PathParams, RouteTypes } from 'stomping-ground/contract'

/** The patterns that can be filled in; those with wildcards cannot. */
type Fillable<Pattern> = Pattern extends `${string}*${string}` ? never : Pattern

/** The patterns that a client may SEND to. */
type MessagePattern<Routes extends RouteTypes> = Fillable<keyof Routes['message'] & string>
/** The patterns whose subscriptions the application answers. */
export type SubscribePattern<Routes extends RouteTypes> = Fillable<keyof Routes['subscribe'] & string>

/** A destination whose messages have a type. Nothing says where it came from: `{ destination: '/topic/news' }` is one. */
export interface Addressed<Body> {
  readonly destination: string
  readonly body?: Body
}

/** The variables of a pattern; none where it has none. */
export type ParamsOf<Pattern extends string> = keyof PathParams<Pattern> extends never
  ? { readonly params?: undefined }
  : { readonly params: PathParams<Pattern> }

/** A body, which may be left out where there may be none. */
type BodyOf<Body> = undefined extends Body ? { readonly body?: Body } : { readonly body: Body }

/** What can be sent to: patterns below the application prefix, and addresses. */
export type SendTarget<Routes extends RouteTypes> = MessagePattern<Routes> | Address<unknown>

export type MessageFor<Routes extends RouteTypes, Target> =
  Target extends MessagePattern<Routes>
    ? ParamsOf<Target> & BodyOf<Routes['message'][Target]['body']>
    : Target extends Address<infer Body>
      ? { readonly params?: undefined } & BodyOf<Body>
      : never

/** An argument, which may be left out where all of it may be. */
export type Given<Message> = object extends Message ? [message?: Message] : [message: Message]

export type ReplyFor<Routes extends RouteTypes, Target> =
  Target extends MessagePattern<Routes> ? Routes['message'][Target]['reply'] : unknown

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const NOT_IN_SEGMENT = /[/*{}\u0000-\u001f\u007f]/

/**
 * The destination of a handler: its pattern below the application prefix, with its variables filled in.
 *
 * @throws TypeError when the pattern does not begin with a slash, or begins with the prefix itself, and as `fillPattern` does
 */
export function handlerDestination(
  prefix: string,
  pattern: string,
  params?: Readonly<Record<string, string>>,
): string {
  if (!pattern.startsWith('/')) {
    throw new TypeError(`The pattern ${JSON.stringify(pattern)} has to begin with a slash`)
  }
  if (pattern.startsWith(`${prefix}/`)) {
    throw new TypeError(
      `${pattern} begins with ${prefix}, which the client puts before it: write ${pattern.slice(prefix.length)}`,
    )
  }
  return prefix + fillPattern(pattern, params)
}

/**
 * The pattern with its variables filled in.
 *
 * @throws TypeError when a value is missing, empty, or holds what a segment cannot: `/ * { }` or a control character
 */
function fillPattern(pattern: string, params: Readonly<Record<string, string>> = {}): string {
  return pattern.replace(/\{([^}]*)\}/g, (_, name: string) => {
    const value = params[name]
    if (value === undefined || value === '' || NOT_IN_SEGMENT.test(value)) {
      throw new TypeError(`{${name}} cannot be ${JSON.stringify(value)} in ${pattern}`)
    }
    return value
  })
}
