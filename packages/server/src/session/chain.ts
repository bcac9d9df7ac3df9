import type { Wire } from '../wire.js'

/**
 * What the sessions have to write this tick, as a tree of shared elements.
 *
 *     root ── a ── b ── c        every session stands on one link: the sequence from the root to it is what it has to
 *       │     └─── d             write. Sessions that got the same elements in the same order stand on the same link,
 *       └──── e                  so that their bytes are joined once and shared.
 *
 * A session needs no buffer of its own for this, only the pointer.
 */
export class Link {
  readonly #parent: Link | undefined
  readonly #element: Uint8Array
  /** Bytes from the root to here. */
  readonly length: number
  readonly #count: number
  #joined: Uint8Array | undefined
  // The child that was added or asked for last: in a fan-out, nearly always the next one too.
  #lastElement: Uint8Array | undefined
  #lastChild: Link | undefined
  #children: Map<Uint8Array, Link> | undefined

  private constructor(parent: Link | undefined, element: Uint8Array) {
    this.#parent = parent
    this.#element = element
    this.length = parent === undefined ? 0 : parent.length + element.length
    this.#count = parent === undefined ? 0 : parent.#count + 1
  }

  static root(): Link {
    return new Link(undefined, new Uint8Array(0))
  }

  /** The link after this one for an element that others may get too. */
  next(element: Uint8Array): Link {
    if (this.#lastElement === element) return this.#lastChild!
    let child = this.#children?.get(element)
    if (child === undefined) {
      child = new Link(this, element)
      if (this.#lastElement !== undefined) {
        this.#children ??= new Map([[this.#lastElement, this.#lastChild!]])
        this.#children.set(element, child)
      }
    }
    this.#lastElement = element
    this.#lastChild = child
    return child
  }

  /** The link after this one for an element that nobody else gets. */
  own(element: Uint8Array): Link {
    return new Link(this, element)
  }

  /** Everything from the root to here as one write; made once. */
  joined(wire: Wire): Uint8Array {
    return (this.#joined ??= wire.batch(this.elements(), this.length))
  }

  elements(): Uint8Array[] {
    const elements = new Array<Uint8Array>(this.#count)
    let link: Link = this
    for (let i = this.#count - 1; i >= 0; i--) {
      elements[i] = link.#element
      link = link.#parent!
    }
    return elements
  }

  /** For a root: lets go of everything that hangs on it. */
  clear(): void {
    this.#lastElement = undefined
    this.#lastChild = undefined
    this.#children = undefined
  }
}
