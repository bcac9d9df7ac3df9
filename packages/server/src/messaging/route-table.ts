import type { PathPattern, PathValues } from '../path-pattern.js'

/** Mappings by the paths that they take: a literal pattern first, then the first pattern that matches. */
export class RouteTable<Mapping extends { readonly pattern: PathPattern }> {
  readonly #literal = new Map<string, Mapping>()
  readonly #patterns: Mapping[] = []

  /** @throws TypeError when two mappings take the same paths */
  constructor(mappings: readonly Mapping[]) {
    const shapes = new Set<string>()
    for (const mapping of mappings) {
      const { pattern } = mapping
      if (shapes.has(pattern.shape)) throw new TypeError(`Two handlers are mapped to ${pattern.source}`)
      shapes.add(pattern.shape)
      if (pattern.literal) this.#literal.set(pattern.source, mapping)
      else this.#patterns.push(mapping)
    }
  }

  /** Whether a mapping takes this path and no other. */
  hasLiteral(path: string): boolean {
    return this.#literal.has(path)
  }

  find(path: string): { readonly mapping: Mapping; readonly params: PathValues } | undefined {
    const literal = this.#literal.get(path)
    if (literal !== undefined) return { mapping: literal, params: {} }
    for (const mapping of this.#patterns) {
      const params = mapping.pattern.match(path)
      if (params !== undefined) return { mapping, params }
    }
    return undefined
  }
}
