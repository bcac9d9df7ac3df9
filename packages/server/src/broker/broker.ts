import type { StompHeaders } from '@stomping-ground/codec'
import type { Delivery } from '../delivery.js'
import type { DisconnectReason } from '../errors.js'
import type { Message } from '../message.js'

/** Manages subscriptions and brings messages to them. What holds for every broker is in `testing/broker-contract`. */
export interface Broker {
  start(): Promise<void>
  connect(subscriber: Subscriber): BrokerLink | Promise<BrokerLink>
  /** Publishes for the application itself. Done (or resolved) means accepted. */
  publish(message: Message): void | Promise<void>
  stop(): Promise<void>
}

/** One session's side of the broker. Each call is done when it returns, or when its promise resolves. */
export interface BrokerLink {
  /** @throws StompError when the destination is none of the broker's */
  send(message: Message): void | Promise<void>
  /**
   * @param active called once, at the moment the subscription is live and before its first delivery
   * @throws StompError when the destination or an option is not supported
   */
  subscribe(request: SubscribeRequest, active: () => void): void | Promise<void>
  /** Nothing is delivered to the subscription once this is done. Unknown ids are ignored. */
  unsubscribe(subscriptionId: string): void | Promise<void>
  /** Ends all of it. Idempotent. */
  close(): void
}

export interface SubscribeRequest {
  readonly id: string
  readonly destination: string
  readonly ack: AckMode
  readonly headers: StompHeaders
}

export const ACK_MODES = ['auto', 'client', 'client-individual'] as const
export type AckMode = (typeof ACK_MODES)[number]

/** One session as the broker sees it. */
export interface Subscriber {
  readonly sessionId: string
  /**
   * Takes one delivery. It is called in the publisher's turn, so it never throws, waits, or changes a subscription.
   *
   * @returns false when the outbox is full: a topic then applies its slow-consumer policy
   */
  deliver(delivery: Delivery, subscriptionId: string): boolean
  /** The broker gives this session up. */
  lost(reason: DisconnectReason): void
}
