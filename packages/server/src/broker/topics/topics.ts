import { Delivery } from '../../delivery.js'
import { DISCONNECTS } from '../../errors.js'
import type { Message } from '../../message.js'
import { isWildcard } from '../../path-pattern.js'
import { NO_SEAT } from '../broker.js'
import type { Audience, Subscriber } from '../broker.js'
import type { Unacked } from './acks.js'
import { PatternTrie } from './pattern-trie.js'

/** One subscription's place in a topic. */
export interface TopicSubscription {
  readonly subscriber: Subscriber
  readonly id: string
  readonly topic: Topic
  /** Left out for `ack:auto`. */
  readonly unacked: Unacked<undefined> | undefined
  /** How many unacked deliveries it may hold. */
  readonly prefetch: number
  /** Where it stands in its topic's array, so that leaving costs the same whatever the size. */
  index: number
}

/** The subscriptions of one destination, or of one pattern of destinations. */
class Topic {
  readonly name: string
  subscriptions: TopicSubscription[] = []
  // What a fan-out reads of each of them, at the same indices: it touches none of them. Who has no seat is delivered to by itself.
  seats: number[] = []
  ids: string[] = []
  /** Where the first sat that had a seat; a seat elsewhere is none here. */
  audience: Audience | undefined

  constructor(name: string) {
    this.name = name
  }

  add(subscription: TopicSubscription): void {
    const { subscriber, id, unacked } = subscription
    // What has to be acknowledged is delivered by the subscription, which keeps account of it.
    const taken = unacked === undefined ? subscriber.seat : undefined
    this.audience ??= taken?.audience
    const seat = taken !== undefined && taken.audience === this.audience ? taken.number : NO_SEAT
    if (this.subscriptions.length === 0) {
      // Arrays that are made with their one element have no room for more, and many topics never need it.
      this.subscriptions = [subscription]
      this.seats = [seat]
      this.ids = [id]
    } else {
      this.subscriptions.push(subscription)
      this.seats.push(seat)
      this.ids.push(id)
    }
  }

  /** The last one takes its place. */
  remove({ index }: TopicSubscription): void {
    const last = this.subscriptions.pop()!
    const [seat, id] = [this.seats.pop()!, this.ids.pop()!]
    if (index === this.subscriptions.length) return
    last.index = index
    this.subscriptions[index] = last
    this.seats[index] = seat
    this.ids[index] = id
  }
}

/** Destinations whose matching topics are remembered; past it the memory starts anew. */
const REMEMBERED_ROUTES = 10_000

/** Topics: every subscription of a destination, and of each pattern that matches it, gets a copy. */
export class Topics {
  readonly #exact = new Map<string, Topic>()
  readonly #patterns = new PatternTrie<Topic>()
  #patternCount = 0
  /** For a destination, the topics whose patterns match it. Forgotten whenever a pattern comes or goes. */
  readonly #routes = new Map<string, readonly Topic[]>()

  subscribe(destination: string, place: Omit<TopicSubscription, 'topic' | 'index'>): TopicSubscription {
    const topic = isWildcard(destination) ? this.#pattern(destination) : this.#named(destination)
    const { subscriber, id, unacked, prefetch } = place
    // Member by member: objects made by spreading have no shape in common, and a fan-out reads those that acknowledge.
    const subscription: TopicSubscription = {
      subscriber,
      id,
      topic,
      unacked,
      prefetch,
      index: topic.subscriptions.length,
    }
    topic.add(subscription)
    return subscription
  }

  unsubscribe(subscription: TopicSubscription): void {
    const { topic, index } = subscription
    if (topic.subscriptions[index] !== subscription) return
    topic.remove(subscription)
    if (topic.subscriptions.length === 0) this.#forget(topic)
  }

  /** @returns how many subscriptions it was for */
  publish(message: Message, messageId: string): number {
    const named = this.#exact.get(message.destination)
    const matching = this.#patternCount === 0 ? [] : this.#matching(message.destination)
    if (named === undefined && matching.length === 0) return 0
    const copies = new Copies(message, messageId)
    const topics = named === undefined ? matching : [named, ...matching]
    let count = 0
    let slow: Subscriber[] | undefined
    for (const topic of topics) {
      count += topic.subscriptions.length
      slow = fanOut(topic, copies, slow)
    }
    // Only now: subscribers that are lost leave the arrays that were being read, and whoever hears of it may publish.
    if (slow !== undefined) for (const subscriber of slow) subscriber.lost(DISCONNECTS.slow)
    return count
  }

  /** Brings a message to those alone who are subscribed by this very name or pattern. */
  publishTo(name: string, message: Message, messageId: string): void {
    const topic = this.#find(name)
    if (topic === undefined) return
    const slow = fanOut(topic, new Copies(message, messageId), undefined)
    if (slow !== undefined) for (const subscriber of slow) subscriber.lost(DISCONNECTS.slow)
  }

  /** Who is subscribed by this very name or pattern: each once for each of its subscriptions. */
  subscribersOf(name: string): Subscriber[] {
    return this.#find(name)?.subscriptions.map(({ subscriber }) => subscriber) ?? []
  }

  /** Topics and patterns that somebody is subscribed to. */
  get size(): number {
    return this.#exact.size + this.#patternCount
  }

  #find(name: string): Topic | undefined {
    return isWildcard(name) ? this.#patterns.get(name) : this.#exact.get(name)
  }

  #named(destination: string): Topic {
    let topic = this.#exact.get(destination)
    if (topic === undefined) this.#exact.set(destination, (topic = new Topic(destination)))
    return topic
  }

  #pattern(pattern: string): Topic {
    let topic = this.#patterns.get(pattern)
    if (topic === undefined) {
      this.#patterns.set(pattern, (topic = new Topic(pattern)))
      this.#patternCount++
      this.#routes.clear()
    }
    return topic
  }

  #matching(destination: string): readonly Topic[] {
    let topics = this.#routes.get(destination)
    if (topics === undefined) {
      if (this.#routes.size >= REMEMBERED_ROUTES) this.#routes.clear()
      this.#routes.set(destination, (topics = this.#patterns.match(destination)))
    }
    return topics
  }

  #forget(topic: Topic): void {
    if (isWildcard(topic.name)) {
      this.#patterns.delete(topic.name)
      this.#patternCount--
      this.#routes.clear()
    } else {
      this.#exact.delete(topic.name)
    }
  }
}

/** One message as the subscriptions get it: to be acknowledged, or not. */
class Copies {
  readonly plain: Delivery
  #acked: Delivery | undefined

  constructor(message: Message, messageId: string) {
    this.plain = new Delivery(message, messageId)
  }

  get acked(): Delivery {
    const { message, messageId } = this.plain
    return (this.#acked ??= new Delivery(message, messageId, { acks: true, redeliveries: 0 }))
  }
}

/** @returns those who were too slow, `slow` among them */
function fanOut(topic: Topic, copies: Copies, slow: Subscriber[] | undefined): Subscriber[] | undefined {
  const { subscriptions, seats, ids, audience } = topic
  const { plain } = copies
  for (let i = 0; i < seats.length; i++) {
    const seat = seats[i]!
    const taken =
      seat === NO_SEAT ? deliverTo(subscriptions[i]!, copies) : audience!.deliver(seat, plain, ids[i]!)
    if (!taken) (slow ??= []).push(subscriptions[i]!.subscriber)
  }
  return slow
}

function deliverTo(subscription: TopicSubscription, copies: Copies): boolean {
  const { subscriber, id, unacked } = subscription
  if (unacked === undefined) return subscriber.deliver(copies.plain, id)
  return deliverAcked(subscription, unacked, copies)
}

/** A topic keeps nothing, so a subscriber that does not acknowledge is one that reads too slowly. */
function deliverAcked(place: TopicSubscription, unacked: Unacked<undefined>, { acked }: Copies): boolean {
  if (unacked.size >= place.prefetch || !place.subscriber.deliver(acked, place.id)) return false
  unacked.add(acked.messageId, undefined)
  return true
}
