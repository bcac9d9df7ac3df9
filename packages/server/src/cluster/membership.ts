import { randomBytes } from 'node:crypto'
import type { Broker } from '../broker/broker.js'
import type { Clock, Timer } from '../clock.js'
import type { Channel, ChannelObserver, Node, SharedMap, SharedObserver } from './cluster.js'
import { Peers } from './peers.js'
import type { Peer } from './peers.js'
import { Post } from './post.js'
import type { ClusterSettings } from './settings.js'
import { SharedEntries } from './shared-entries.js'
import { ALL_NODES, MOST_NAMES, NAME, VALUE_BYTES, toNode, written } from './wire.js'
import type { Envelope, Told } from './wire.js'

/** What a node's membership tells the server that it belongs to. */
export interface MembershipHooks {
  joined(node: Node): void
  left(node: Node, goodbye: boolean): void
  failed(error: unknown, during: string): void
  readonly counts: ClusterCounts
}

/** Numbers for metrics. */
interface ClusterCounts {
  nodes: number
  clusterSent: number
  clusterReceived: number
  clusterMissed: number
  clusterSnapshots: number
}

/** Those that have just come are answered together. */
const ANSWER_MS = 50
/** Malformed messages are told of once in so long. */
const COMPLAIN_MS = 1_000

interface OpenChannel {
  readonly observer: ChannelObserver<unknown>
  n: number
}

/** This node among the others: who is there, and the channels and maps that they have in common. */
export class Membership {
  readonly self: Node
  readonly #run = randomBytes(9).toString('base64url')
  readonly settings: ClusterSettings
  readonly #clock: Clock
  readonly #hooks: MembershipHooks
  /** Left out where this process has the broker to itself. */
  readonly #post: Post | undefined
  readonly #peers = new Peers({
    joined: (peer) => this.#joined(peer),
    left: (peer, goodbye) => this.#left(peer, goodbye),
  })
  readonly #channels = new Map<string, OpenChannel>()
  readonly #maps = new Map<string, SharedEntries<unknown>>()
  /** Who is being sent which map. */
  readonly #serving = new Set<string>()
  #announcing: Timer | undefined
  #answering: Timer | undefined
  #complained = -Infinity

  constructor(broker: Broker, settings: ClusterSettings, clock: Clock, hooks: MembershipHooks) {
    const { name, address } = settings
    this.self = { name, address, self: true }
    this.settings = settings
    this.#clock = clock
    this.#hooks = hooks
    if (broker.shared !== true) return
    this.#post = new Post(broker, name, {
      message: (envelope) => this.#received(envelope),
      opened: () => this.#opened(),
      drained: () => this.#flush(),
      failed: (error, during) => this.#complain(error, during),
    })
  }

  /** The node of this name, if it is there. */
  find(name: string): Node | undefined {
    return name === this.self.name ? this.self : this.#peers.named(name)?.node
  }

  nodes(): readonly Node[] {
    return [this.self, ...[...this.#peers].map(({ node }) => node)]
  }

  channel<T>(name: string, observer: ChannelObserver<T>): Channel<T> {
    checkName(name, this.#channels)
    const channel: OpenChannel = { observer, n: 0 }
    this.#channels.set(name, channel)
    return {
      tell: (value) => {
        const json = JSON.stringify(value) as string | undefined
        if (json === undefined) throw new TypeError('The value has no JSON form')
        if (Buffer.byteLength(json) > VALUE_BYTES) {
          throw new RangeError(`The value is longer than ${VALUE_BYTES} bytes`)
        }
        if (this.#post === undefined) return
        channel.n++
        // Where the broker is away, the others find the hole in the numbers.
        if (this.#post.open) this.#send({ t: 'tell', name, n: channel.n }, { value: json })
      },
    }
  }

  shared<V>(name: string, observer: SharedObserver<V>): SharedMap<V> {
    checkName(name, this.#maps)
    const entries = new SharedEntries<V>(observer, {
      self: this.self,
      told: this.#post !== undefined,
      open: () => this.#post?.open === true,
      send: (n, set, deleted) => {
        if (this.#post?.open !== true) return false
        this.#send({ t: 'delta', name, n }, { set: `[${set}]`, deleted: `[${deleted}]` })
        return true
      },
      ask: (node) => void this.#sendTo(node, { t: 'ask', name }),
      failed: (error) => this.#hooks.failed(error, `the observer of ${name}`),
    })
    this.#maps.set(name, entries)
    for (const { node } of this.#peers) entries.refresh(node)
    return entries
  }

  /** Says hello. Resolves when the broker was asked, whatever came of it: it goes on trying. */
  async start(): Promise<void> {
    if (this.#post === undefined || this.#announcing !== undefined) return
    this.#announceLater()
    await this.#post.start()
  }

  /** The broker can be reached, or no more. */
  availability(available: boolean): void {
    this.#post?.availability(available)
  }

  /** Says goodbye. */
  stop(): void {
    this.#announcing?.cancel()
    this.#answering?.cancel()
    if (this.#post === undefined) return
    this.#flush()
    this.#send({ t: 'gone', told: this.#told() })
    this.#post.stop()
  }

  // What goes out.

  #opened(): void {
    this.#peers.excuse(this.#clock.now())
    this.#announce(true)
    this.#flush()
  }

  #announce(hello: boolean): void {
    const { address } = this.self
    const at = this.#clock.now()
    this.#send({ t: 'here', hello, at, ...(address !== undefined && { address }), told: this.#told() })
  }

  #announceLater(): void {
    const pause = this.settings.announceMs * (0.75 + Math.random() / 2)
    this.#announcing = this.#clock.after(pause, () => {
      this.#announceLater()
      this.#post!.retry()
      this.#announce(false)
    })
  }

  #told(): Told {
    return {
      channels: Object.fromEntries([...this.#channels].map(([name, { n }]) => [name, n])),
      maps: Object.fromEntries([...this.#maps].map(([name, { n }]) => [name, n])),
    }
  }

  #flush(): void {
    for (const map of this.#maps.values()) map.flush()
  }

  /** @param raw members that are JSON already */
  #send(parts: object, raw: Readonly<Record<string, string>> = {}): void {
    this.#hooks.counts.clusterSent++
    void this.#post?.send(ALL_NODES, this.#written(parts, raw))
  }

  #sendTo(node: Node, parts: object, raw: Readonly<Record<string, string>> = {}): void | Promise<void> {
    this.#hooks.counts.clusterSent++
    return this.#post?.send(toNode(node.name), this.#written(parts, raw))
  }

  #written(parts: object, raw: Readonly<Record<string, string>>): string {
    const members = Object.entries(parts).map(([name, value]) => [name, JSON.stringify(value)])
    return written(this.self.name, this.#run, { ...Object.fromEntries(members), ...raw })
  }

  // What comes in.

  #received(message: Envelope): void {
    this.#hooks.counts.clusterReceived++
    const { from, run } = message
    if (from === this.self.name) return this.#own(message)
    if (message.t === 'here') return this.#here(message)
    // Whoever is not known announces itself first: until then nothing can be made of what it says.
    const peer = this.#peers.find(from, run)
    if (peer === undefined) return
    peer.heard = this.#clock.now()
    const { node } = peer
    if (message.t === 'tell') this.#heard(peer, message)
    else if (message.t === 'delta') this.#maps.get(message.name)?.delta(node, message)
    else if (message.t === 'piece') this.#maps.get(message.name)?.piece(node, message)
    else if (message.t === 'ask') void this.#serve(node, message.name)
    else {
      this.#compare(peer, message.told)
      this.#peers.gone(peer)
    }
  }

  /**
   * What this node has said itself shows that the broker brings messages, and that all which others said before has come:
   * whoever was silent for so long when it was said is gone. While nothing comes, nothing is known of anybody, and after a
   * standstill of this process nothing is made of the time that it took.
   */
  #own(message: Envelope): void {
    if (message.run !== this.#run) {
      return this.#complain(
        new Error(`Another node is called ${this.self.name}`),
        'a message of another node',
      )
    }
    if (message.t === 'here') this.#peers.silentSince(message.at - this.settings.goneMs)
  }

  #here({ from, run, hello, address, told }: Extract<Envelope, { t: 'here' }>): void {
    const peer = this.#peers.here(from, run, address, this.#clock.now())
    if (peer === undefined) return
    this.#compare(peer, told)
    if (!hello || this.#answering !== undefined) return
    this.#answering = this.#clock.after(Math.random() * ANSWER_MS, () => {
      this.#answering = undefined
      this.#announce(false)
    })
  }

  #heard(peer: Peer, { name, n, value }: Extract<Envelope, { t: 'tell' }>): void {
    const seen = peer.channels.get(name) ?? 0
    if (n <= seen) return
    if (peer.channels.size >= MOST_NAMES && !peer.channels.has(name)) return
    peer.channels.set(name, n)
    if (n > seen + 1) this.#missed(name, peer)
    const channel = this.#channels.get(name)
    if (channel !== undefined) this.#guard(name, () => channel.observer.heard(value, peer.node))
  }

  /** Finds out whether the last that a node has told is here. */
  #compare(peer: Peer, { channels, maps }: Told): void {
    for (const [name, n] of Object.entries(channels)) {
      if (n <= (peer.channels.get(name) ?? 0)) continue
      peer.channels.set(name, n)
      this.#missed(name, peer)
    }
    for (const [name, n] of Object.entries(maps)) this.#maps.get(name)?.announced(peer.node, n)
  }

  #joined(peer: Peer): void {
    this.#hooks.counts.nodes = this.#peers.size + 1
    for (const map of this.#maps.values()) map.joined(peer.node)
    this.#hooks.joined(peer.node)
  }

  #left(peer: Peer, goodbye: boolean): void {
    this.#hooks.counts.nodes = this.#peers.size + 1
    for (const map of this.#maps.values()) map.left(peer.node)
    // What it told last may have died with it.
    if (!goodbye) for (const name of this.#channels.keys()) this.#missed(name, peer)
    this.#hooks.left(peer.node, goodbye)
  }

  #missed(name: string, { node }: Peer): void {
    const channel = this.#channels.get(name)
    if (channel === undefined) return
    this.#hooks.counts.clusterMissed++
    this.#guard(name, () => channel.observer.missed?.(node))
  }

  /** Sends a node all of a map, as fast as the broker takes it. */
  async #serve(node: Node, name: string): Promise<void> {
    const key = `${node.name} ${name}`
    if (this.#serving.has(key)) return
    this.#serving.add(key)
    this.#hooks.counts.clusterSnapshots++
    const pieces = this.#maps.get(name)?.snapshot() ?? [{ n: 0, piece: 0, last: true, set: '' }]
    for (const { set, ...piece } of pieces) {
      await this.#sendTo(node, { t: 'piece', name, ...piece }, { set: `[${set}]` })
    }
    this.#serving.delete(key)
  }

  #guard(name: string, run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#hooks.failed(error, `the observer of ${name}`)
    }
  }

  #complain(error: unknown, during: string): void {
    const now = this.#clock.now()
    if (now - this.#complained < COMPLAIN_MS) return
    this.#complained = now
    this.#hooks.failed(error, during)
  }
}

function checkName(name: string, open: ReadonlyMap<string, unknown>): void {
  if (!NAME.test(name)) {
    throw new TypeError(`A channel or map is called by letters, digits, - and _, not ${JSON.stringify(name)}`)
  }
  if (open.has(name)) throw new TypeError(`${name} is open already`)
  if (open.size >= MOST_NAMES) throw new RangeError(`There are ${MOST_NAMES} of them already`)
}
