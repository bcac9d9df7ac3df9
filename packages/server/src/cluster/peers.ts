import type { Node } from './cluster.js'

/** Another node, and what is known of it. */
export interface Peer {
  readonly node: Node
  /** One start of it. */
  readonly run: string
  /** When it was heard of last, by this node's clock. */
  heard: number
  /** The last number of each channel that has come from it. */
  readonly channels: Map<string, number>
}

export interface PeersHooks {
  joined(peer: Peer): void
  /** @param goodbye whether it said so, and had told all that it had to */
  left(peer: Peer, goodbye: boolean): void
}

/** Nodes past it are not taken note of. */
const MOST_NODES = 1_000
/** Starts that are over and remembered, so that what is late does not bring them back. */
const MOST_FORMER = 1_000

/**
 * The other nodes.
 *
 *     unknown ──here──> there ──gone, another start of the same name──> over
 *                         └──silence──> unknown
 *
 * Time is this node's own: no clock is compared with another.
 */
export class Peers {
  readonly #hooks: PeersHooks
  readonly #byName = new Map<string, Peer>()
  readonly #former = new Set<string>()

  constructor(hooks: PeersHooks) {
    this.#hooks = hooks
  }

  get size(): number {
    return this.#byName.size
  }

  [Symbol.iterator](): IterableIterator<Peer> {
    return this.#byName.values()
  }

  named(name: string): Peer | undefined {
    return this.#byName.get(name)
  }

  find(name: string, run: string): Peer | undefined {
    const peer = this.#byName.get(name)
    return peer?.run === run ? peer : undefined
  }

  /** A node says that it is there. */
  here(name: string, run: string, address: string | undefined, now: number): Peer | undefined {
    const known = this.find(name, run)
    if (known !== undefined) {
      known.heard = now
      return known
    }
    if (this.#former.has(run)) return undefined
    const former = this.#byName.get(name)
    if (former !== undefined) this.#over(former, false)
    if (this.#byName.size >= MOST_NODES) return undefined
    const peer = {
      node: { name, address, self: false },
      run,
      heard: now,
      channels: new Map<string, number>(),
    }
    this.#byName.set(name, peer)
    this.#hooks.joined(peer)
    return peer
  }

  /** It says goodbye. */
  gone(peer: Peer): void {
    this.#over(peer, true)
  }

  /** Gives up those that have not been heard of since then. */
  silentSince(moment: number): void {
    for (const peer of this.#byName.values()) {
      if (peer.heard >= moment) continue
      this.#byName.delete(peer.node.name)
      this.#hooks.left(peer, false)
    }
  }

  /** This node could hear nobody until now. */
  excuse(now: number): void {
    for (const peer of this.#byName.values()) peer.heard = now
  }

  #over(peer: Peer, goodbye: boolean): void {
    this.#byName.delete(peer.node.name)
    this.#former.add(peer.run)
    if (this.#former.size > MOST_FORMER)
      for (const oldest of this.#former) {
        this.#former.delete(oldest)
        break
      }
    this.#hooks.left(peer, goodbye)
  }
}
