import { randomBytes } from 'node:crypto'
import { StompError } from '../../errors.js'
import type { Message } from '../../message.js'
import { isWildcard } from '../../path-pattern.js'
import type { Broker, BrokerLink, SubscribeRequest, Subscriber } from '../broker.js'
import { Topics } from './topics.js'
import type { TopicSubscription } from './topics.js'

/** A broker in this process: topics under `/topic/`, with `*` and `**` in subscriptions. */
export function embeddedBroker(): Broker {
  return new EmbeddedBroker()
}

class EmbeddedBroker implements Broker {
  readonly #topics = new Topics()
  // Message ids are unique across restarts too, so that a client can tell a repeated one.
  readonly #idPrefix = randomBytes(6).toString('base64url')
  #nextId = 0

  async start(): Promise<void> {}

  connect(subscriber: Subscriber): BrokerLink {
    return new EmbeddedLink(this, this.#topics, subscriber)
  }

  publish(message: Message): void {
    if (!isTopic(message.destination) || isWildcard(message.destination)) {
      throw new StompError(
        'destination-invalid',
        `The broker has no destination ${message.destination} to send to.`,
      )
    }
    this.#topics.publish(message, `${this.#idPrefix}-${this.#nextId++}`)
  }

  async stop(): Promise<void> {}
}

class EmbeddedLink implements BrokerLink {
  readonly #broker: EmbeddedBroker
  readonly #topics: Topics
  readonly #subscriber: Subscriber
  readonly #subscriptions = new Map<string, TopicSubscription>()

  constructor(broker: EmbeddedBroker, topics: Topics, subscriber: Subscriber) {
    this.#broker = broker
    this.#topics = topics
    this.#subscriber = subscriber
  }

  send(message: Message): void {
    this.#broker.publish(message)
  }

  subscribe(request: SubscribeRequest, active: () => void): void {
    const { id, destination } = request
    if (!isTopic(destination)) {
      throw new StompError(
        'destination-invalid',
        `The broker has no destination ${destination} to subscribe to.`,
      )
    }
    this.#subscriptions.set(id, this.#topics.subscribe(this.#subscriber, id, destination))
    active()
  }

  unsubscribe(subscriptionId: string): void {
    const subscription = this.#subscriptions.get(subscriptionId)
    if (subscription === undefined) return
    this.#subscriptions.delete(subscriptionId)
    this.#topics.unsubscribe(subscription)
  }

  close(): void {
    for (const subscription of this.#subscriptions.values()) this.#topics.unsubscribe(subscription)
    this.#subscriptions.clear()
  }
}

function isTopic(destination: string): boolean {
  return destination.startsWith('/topic/') && destination.length > '/topic/'.length
}
