/**
 * The headers of one frame, in the order of the wire.
 *
 * A flat array of names and values: frames have few headers, and scanning ten strings is cheaper than building a map
 * for each frame. A name may stand in it more than once; `get` gives the first.
 * // STOMP 1.2 "Repeated Header Entries": only the first header entry SHOULD be used
 */
export class StompHeaders implements Iterable<readonly [name: string, value: string]> {
  /** `[name, value, name, value, ...]`; read it, don't change it. */
  readonly flat: readonly string[]

  /** Takes the array as it is: an even number of strings, not to be changed afterwards. */
  constructor(flat: readonly string[] = []) {
    this.flat = flat
  }

  /** Headers from an object; members that are `undefined` are left out. */
  static from(init: Readonly<Record<string, string | undefined>>): StompHeaders {
    const flat: string[] = []
    for (const name of Object.keys(init)) {
      const value = init[name]
      if (value !== undefined) flat.push(name, value)
    }
    return new StompHeaders(flat)
  }

  /** The number of entries, repeated ones included. */
  get size(): number {
    return this.flat.length / 2
  }

  /** The first value under this name (names are case-sensitive), or `undefined`. */
  get(name: string): string | undefined {
    const { flat } = this
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return flat[i + 1]
    return undefined
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    for (let i = 0; i < this.flat.length; i += 2) yield [this.flat[i]!, this.flat[i + 1]!]
  }

  /** The first value of each name, in an object without a prototype: peers choose the names. */
  toObject(): Record<string, string> {
    const object = Object.create(null) as Record<string, string>
    for (const [name, value] of this) object[name] ??= value
    return object
  }
}
