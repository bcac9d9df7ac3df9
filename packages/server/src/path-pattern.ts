/**
 * Patterns of slash-separated paths, shared by destinations, message maps, permissions and subscriptions.
 *
 *     pattern  = *( "/" segment )
 *     segment  = literal | "{" name "}" | "*" | "**"      "**" stands last and takes any rest, the empty one included
 *
 * Nothing here needs Node.
 */
export type PathValues = Readonly<Record<string, string>>

const NO_VALUES: PathValues = Object.freeze({})

export class PathPattern {
  readonly source: string
  /** The names of its variables, in order. */
  readonly names: readonly string[]
  readonly #segments: readonly string[]
  readonly #literal: boolean
  readonly #open: boolean
  /** What every match begins with, where nothing but `**` follows it. */
  readonly #prefix: string | undefined

  /** @throws TypeError when the pattern is not of the grammar above, or names a variable twice */
  constructor(source: string) {
    if (!source.startsWith('/'))
      throw new TypeError(`The pattern ${JSON.stringify(source)} has to begin with a slash`)
    const segments = source.slice(1).split('/')
    const names: string[] = []
    for (const [i, segment] of segments.entries()) {
      if (segment === '**' && i < segments.length - 1) {
        throw new TypeError(`In ${JSON.stringify(source)}, ** has to be the last segment`)
      }
      if (isVariable(segment)) names.push(segment.slice(1, -1))
      else if (/[{}]/.test(segment) || (segment.includes('*') && segment !== '*' && segment !== '**')) {
        throw new TypeError(
          `In ${JSON.stringify(source)}, ${JSON.stringify(segment)} is no segment of a pattern`,
        )
      }
    }
    if (new Set(names).size < names.length)
      throw new TypeError(`${JSON.stringify(source)} names a variable twice`)
    this.source = source
    this.names = names
    this.#open = segments.at(-1) === '**'
    this.#segments = this.#open ? segments.slice(0, -1) : segments
    if (this.#open && this.#segments.every(isLiteral)) this.#prefix = source.slice(0, -'/**'.length)
    this.#literal = !this.#open && segments.every(isLiteral)
  }

  /** Whether it matches exactly one path, itself. */
  get literal(): boolean {
    return this.#literal
  }

  /** The same for two patterns that match the same paths, whatever their variables are called. */
  get shape(): string {
    return this.source.replace(/\{[^}]*\}/g, '{}')
  }

  /**
   * The values of its variables in a path, or `undefined` where the path does not match.
   *
   * A path may itself be a subscription's pattern: then it matches only when everything it covers does, so a variable
   * never takes `*` or `**`, `*` takes `*`, and only `**` takes `**`.
   */
  match(path: string): PathValues | undefined {
    if (this.#literal) return path === this.source ? NO_VALUES : undefined
    if (this.#prefix !== undefined) return this.#startsWith(this.#prefix, path) ? NO_VALUES : undefined
    if (!path.startsWith('/')) return undefined
    const given = path.slice(1).split('/')
    const wanted = this.#segments
    if (this.#open ? given.length < wanted.length : given.length !== wanted.length) return undefined
    const values: Record<string, string> = {}
    for (const [i, segment] of wanted.entries()) {
      const value = given[i]!
      if (isVariable(segment)) {
        if (value === '' || value === '*' || value === '**') return undefined
        values[segment.slice(1, -1)] = value
      } else if (segment === '*') {
        if (value === '' || value === '**') return undefined
      } else if (segment !== value) {
        return undefined
      }
    }
    return values
  }

  #startsWith(prefix: string, path: string): boolean {
    return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')
  }

  /** Whether there is a path that both this pattern and a subscription's pattern match. */
  meets(pattern: string): boolean {
    const mine = this.source.split('/')
    const others = pattern.split('/')
    for (let i = 0; ; i++) {
      const [one, other] = [mine[i], others[i]]
      if (one === '**' || other === '**') return true
      if (one === undefined || other === undefined) return one === other
      const open = isVariable(one) || one === '*' || other === '*'
      if (open ? one === '' || other === '' : one !== other) return false
    }
  }

  /**
   * The path with its variables filled in.
   *
   * @throws TypeError when a value is missing, empty, or holds what a segment cannot: `/ * { }` or a control character
   */
  fill(values: PathValues): string {
    if (this.names.length === 0) return this.source
    return this.source.replace(/\{([^}]*)\}/g, (_, name: string) => {
      const value = values[name]
      if (value === undefined || value === '' || NOT_IN_SEGMENT.test(value)) {
        throw new TypeError(`{${name}} cannot be ${JSON.stringify(value)} in ${this.source}`)
      }
      return value
    })
  }
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const NOT_IN_SEGMENT = /[/*{}\u0000-\u001f\u007f]/

function isLiteral(segment: string): boolean {
  return segment !== '*' && !isVariable(segment)
}

function isVariable(segment: string): boolean {
  return /^\{[^{}]+\}$/.test(segment)
}

/** Whether a destination holds a wildcard segment, so that it can be subscribed to but not sent to. */
export function isWildcard(destination: string): boolean {
  return (
    destination.includes('*') && destination.split('/').some((segment) => segment === '*' || segment === '**')
  )
}
