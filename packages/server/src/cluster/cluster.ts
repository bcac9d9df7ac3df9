import type { StompError } from '../errors.js'
import type { Revocation, SessionChoice } from '../sessions.js'
import type { StompSession, StompUser } from '../stomp-session.js'

export interface ClusterOptions {
  /**
   * What this node is called among the others: letters, digits, `-` and `_`. No two that run at the same time may have the
   * same. Default: drawn at random at each start.
   */
  readonly name?: string
  /** How often a node says that it is there; each pause is drawn at random, a quarter more or less. Default 2,000. */
  readonly announceMs?: number
  /** After this long without a word a node counts as gone. At least twice `announceMs`. Default 10,000. */
  readonly goneMs?: number
  /**
   * Where the other nodes reach this one's SockJS endpoints over HTTP, without a balancer between: `http://10.0.0.7:8080`.
   * With it and a `secret`, SockJS needs no sticky sessions. Default: none, and they have to be sticky.
   */
  readonly address?: string
  /** By what nodes know each other's requests: the same on all of them, of at least 16 characters. */
  readonly secret?: string
}

/** One server of those that share a broker. */
export interface Node {
  readonly name: string
  /** Where it takes the requests of other nodes. */
  readonly address: string | undefined
  /** Whether it is this one. */
  readonly self: boolean
}

/**
 * The servers that share a broker: who they are, what they tell each other, and what they know together. With a broker of
 * this process alone it is this node, and nothing is sent.
 */
export interface Cluster<User extends StompUser = StompUser> {
  /** What this node is called. */
  readonly name: string
  /** Those that are there, this one first. */
  nodes(): readonly Node[]
  /**
   * Opens a channel: each value told on one node is heard on all others. The same name on all of them; once for each name.
   *
   * @throws TypeError when the name is malformed or open already; RangeError past 100 names
   */
  channel<T>(name: string, observer: ChannelObserver<T>): Channel<T>
  /**
   * Opens a map of which each node keeps a part: it sets and deletes its own keys, and sees those of all.
   *
   * @throws TypeError when the name is malformed or open already; RangeError past 100 names
   */
  shared<V>(name: string, observer: SharedObserver<V>): SharedMap<V>
  /**
   * As `sessions.disconnectUser`, on every node: here at once, elsewhere a moment later. A node that cannot reach the broker
   * at that moment does not hear of it.
   *
   * @returns how many sessions there were here
   */
  disconnectUser(name: string, why?: StompError): number
  /**
   * As `sessions.revoke`, on every node: change first what the rules look at. A node that could not be told decides by
   * the rules again, on every subscription, when it finds out.
   *
   * @returns how many were cut here
   * @throws TypeError when the pattern is malformed
   */
  revoke(revocation: ClusterRevocation): Promise<number>
  /**
   * As `sessions.recheck`, on every node.
   *
   * @returns how many were cut here
   */
  recheck(whose?: ClusterChoice<User>): Promise<number>
}

/** Which sessions, wherever they are. */
export type ClusterChoice<User extends StompUser = StompUser> = SessionChoice<User>

/** A revocation that can travel: its destinations are a pattern. */
export interface ClusterRevocation extends Omit<Revocation, 'destination' | 'session'> {
  readonly destination: string
  readonly session?: string | StompSession
}

export interface Channel<T> {
  /**
   * Tells all other nodes that are there. What one node tells, each other one hears in the same order and once; or else
   * it is told that it has missed something.
   *
   * @throws TypeError when the value has no JSON form; RangeError when that is longer than 64 KiB
   */
  tell(value: T): void
}

export interface ChannelObserver<T> {
  /** Another node has told this. It comes as JSON brings it. */
  heard(value: T, node: Node): void
  /**
   * Something that a node told may not have come here: the broker was away, or the node was cut off, or it died. What the
   * values stand for has to be read again.
   */
  missed?(node: Node): void
}

/** What a node keeps in it is gone for all when that node is. */
export interface SharedMap<V> {
  /**
   * Sets a key of this node's. The others hear of it a moment later, and of several changes within one turn only the last.
   *
   * @param value JSON; it may not be changed afterwards
   * @throws TypeError when key or value has no JSON form; RangeError when they are longer than 16 KiB, or past 100,000 keys
   */
  set(key: string, value: V): void
  /** Deletes a key of this node's. @returns whether it was there */
  delete(key: string): boolean
  /** Everything that is known here, of all nodes: a key is there once for each node that has set it. */
  entries(): IterableIterator<SharedEntry<V>>
}

export interface SharedEntry<V> {
  readonly key: string
  readonly value: V
  readonly node: Node
}

export interface SharedObserver<V> {
  /** A node has set or deleted one of its keys, this one included: its own changes come within the call that makes them. */
  changed(change: SharedChange<V>): void
}

export interface SharedChange<V> {
  readonly key: string
  readonly node: Node
  /** `undefined`: the key is gone. */
  readonly value: V | undefined
  /** `undefined`: it is new. */
  readonly before: V | undefined
}
