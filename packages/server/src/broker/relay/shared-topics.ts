import type { Frame } from '@stomping-ground/codec'
import type { Clock } from '../../clock.js'
import { StompError } from '../../errors.js'
import { isReserved } from '../../message.js'
import { isWildcard } from '../../path-pattern.js'
import type { Topics, TopicSubscription } from '../topics/topics.js'
import type { RelayLink } from './link.js'
import type { MessageIds } from './messages.js'
import type { Upstream } from './upstream.js'
import { NO_BODY } from './upstream.js'

/** How long a refusal is taken for the broker's answer, and how many are remembered. */
const REFUSED_MS = 10_000
const MOST_REFUSED = 1_000

type Place = Parameters<Topics['subscribe']>[1]

/** One destination, or one pattern, to which this node is subscribed upstream for everyone here. */
interface SharedTopic {
  readonly name: string
  readonly upstreamId: string
  readonly isPattern: boolean
  /** Who needs it: subscriptions that are live, and those that wait for it to be. */
  users: number
  live: boolean
  /** Resolves when it is live; renewed with each connection. */
  subscribed: Promise<void> | undefined
}

/**
 * Topics are shared: this node subscribes once upstream to what anybody here is subscribed to, and fans out itself. So
 * the broker serves nodes and not browsers.
 */
export class SharedTopics {
  readonly #clock: Clock
  readonly #link: RelayLink
  readonly #topics: Topics
  readonly #ids: MessageIds
  readonly #isLocal: (name: string) => boolean
  readonly #byName = new Map<string, SharedTopic>()
  readonly #byUpstreamId = new Map<string, SharedTopic>()
  /** Names that the broker refused, and until when nobody asks again: it may close the connection of all each time. */
  readonly #refused = new Map<string, number>()
  #nextId = 0

  constructor(
    link: RelayLink,
    topics: Topics,
    ids: MessageIds,
    clock: Clock,
    isLocal: (name: string) => boolean,
  ) {
    this.#isLocal = isLocal
    this.#clock = clock
    this.#link = link
    this.#topics = topics
    this.#ids = ids
  }

  /**
   * Subscribes one place here, and this node upstream where it is the first.
   *
   * @param active called with the place when the upstream subscription is live
   * @throws StompError (or by rejection) `broker-refused` or `broker-unavailable`
   */
  subscribe(name: string, place: Place, active: (place: TopicSubscription) => void): void | Promise<void> {
    if (this.#isLocal(name)) return active(this.#topics.subscribe(name, place))
    if ((this.#refused.get(name) ?? -Infinity) > this.#clock.now()) throw new StompError('broker-refused')
    const shared = this.#byName.get(name) ?? this.#add(name)
    shared.users++
    const begin = (): void => active(this.#topics.subscribe(name, place))
    if (shared.live) return begin()
    return this.#whenLive(shared).then(begin, (error: unknown) => {
      if (error instanceof StompError && error.code === 'broker-refused') this.#remember(name)
      this.#leave(shared)
      throw error
    })
  }

  unsubscribe(place: TopicSubscription): void {
    const shared = this.#byName.get(place.topic.name)
    this.#topics.unsubscribe(place)
    if (shared !== undefined) this.#leave(shared)
  }

  /** Fans a message out to those who are subscribed by the very name by which it came. */
  message(frame: Frame, upstream: Upstream): void {
    const shared = this.#byUpstreamId.get(frame.headers.get('subscription') ?? '')
    if (shared === undefined) return
    const { message, messageId } = this.#ids.incoming(frame, upstream.dialect)
    // What the server keeps for itself is a topic upstream too: a client's `/topic/**` finds it there.
    if (shared.isPattern && isReserved(message.destination)) return
    this.#topics.publishTo(shared.name, message, messageId)
  }

  /**
   * Subscribes to everything again, on a new connection. What the broker refuses now is given up.
   *
   * @returns names that were refused
   */
  async restore(upstream: Upstream): Promise<string[]> {
    const refused: string[] = []
    await Promise.all(
      [...this.#byName.values()].map(async (shared) => {
        try {
          await this.#subscribeUpstream(shared, upstream)
        } catch (error) {
          if (upstream.over) throw error
          refused.push(shared.name)
          this.#remove(shared)
        }
      }),
    )
    return refused
  }

  down(): void {
    for (const shared of this.#byName.values()) {
      shared.live = false
      shared.subscribed = undefined
    }
  }

  #whenLive(shared: SharedTopic): Promise<void> {
    return (shared.subscribed ??= Promise.resolve(
      this.#link.run((upstream) => {
        // A connection that came up meanwhile has subscribed to it already, or was refused.
        if (shared.live) return undefined
        if (this.#byName.get(shared.name) !== shared) throw new StompError('broker-refused')
        return this.#subscribeUpstream(shared, upstream)
      }),
    ))
  }

  async #subscribeUpstream(shared: SharedTopic, upstream: Upstream): Promise<void> {
    const destination = upstream.dialect.toUpstream(shared.name)
    await upstream.send(
      'SUBSCRIBE',
      ['id', shared.upstreamId, 'destination', destination, 'ack', 'auto'],
      NO_BODY,
      true,
    )
    shared.live = true
  }

  #remember(name: string): void {
    this.#refused.delete(name)
    this.#refused.set(name, this.#clock.now() + REFUSED_MS)
    if (this.#refused.size <= MOST_REFUSED) return
    for (const oldest of this.#refused.keys()) return void this.#refused.delete(oldest)
  }

  #add(name: string): SharedTopic {
    const shared: SharedTopic = {
      name,
      upstreamId: `t-${this.#nextId++}`,
      isPattern: isWildcard(name),
      users: 0,
      live: false,
      subscribed: undefined,
    }
    this.#byName.set(name, shared)
    this.#byUpstreamId.set(shared.upstreamId, shared)
    return shared
  }

  #leave(shared: SharedTopic): void {
    shared.users--
    if (shared.users > 0 || this.#byName.get(shared.name) !== shared) return
    this.#remove(shared)
    if (shared.live) this.#link.upstream?.tell('UNSUBSCRIBE', ['id', shared.upstreamId])
  }

  #remove(shared: SharedTopic): void {
    this.#byName.delete(shared.name)
    this.#byUpstreamId.delete(shared.upstreamId)
  }
}
