import type { StompHeaders } from '@stomping-ground/codec'
import type { Delivery } from '../delivery.js'
import type { DisconnectReason } from '../errors.js'
import type { Message } from '../message.js'

/** Manages subscriptions and brings messages to them. What holds for every broker is in `testing/broker-contract`. */
export interface Broker {
  /** What other processes publish arrives too. Left out: this process has the broker to itself. */
  readonly shared?: boolean
  /** Called once, before anything else, by the server that uses it. */
  observe(observer: BrokerObserver): void
  start(): Promise<void>
  connect(subscriber: Subscriber): BrokerLink | Promise<BrokerLink>
  /** Publishes for the application itself. Done (or resolved) means accepted. */
  publish(message: Message): void | Promise<void>
  stop(): Promise<void>
}

/** One session's side of the broker. Each call is done when it returns, or when its promise resolves. */
export interface BrokerLink {
  /**
   * @param confirm whether anybody waits for it to be done: without, brokers elsewhere need not be asked. Default true
   * @throws StompError when the destination is none of the broker's
   */
  send(message: Message, confirm?: boolean): void | Promise<void>
  /**
   * How many SENDs of this turn of the event loop wait to be carried out together: all of them, in order, or none. Left out:
   * the broker carries each out by itself.
   */
  readonly gathered?: number
  /** Whether a SEND to this destination would be one of them, and no other may come between. There with `gathered`. */
  gathers?(destination: string): boolean
  /**
   * An id may be subscribed with to several destinations, by a call each: `unsubscribe` ends all of them.
   *
   * @param active called once, at the moment the subscription is live and before its first delivery, with headers that
   *   the broker adds to its receipt
   * @throws StompError when the destination or an option is not supported
   */
  subscribe(request: SubscribeRequest, active: SubscriptionActive): void | Promise<void>
  /** Nothing is delivered to the subscription once this is done. Unknown ids are ignored. */
  unsubscribe(subscriptionId: string): void | Promise<void>
  /** @throws StompError `ack-unknown` when there is no such delivery */
  ack(acknowledgement: Acknowledgement, confirm?: boolean): void | Promise<void>
  /** Refuses deliveries: a queue gives them to another consumer. */
  nack(acknowledgement: Acknowledgement, confirm?: boolean): void | Promise<void>
  /** Whether there is such a delivery, to be settled by ACK or NACK. */
  awaits(acknowledgement: Acknowledgement): boolean
  /**
   * Carries out all of these in order, or none.
   *
   * @throws StompError as the single calls do; nothing was carried out then
   */
  commit(operations: readonly Operation[]): void | Promise<void>
  /**
   * Refuses what `commit` would refuse now, and does nothing else. Left out: the broker knows only when it tries.
   *
   * @throws StompError as `commit` does
   */
  check?(operations: readonly Operation[]): void
  /** The session's outbox has room again after `deliver` returned false. */
  ready(): void
  /** Ends all of it: unacked messages of queues go to others. Idempotent. */
  close(): void
}

/** Tells that a subscription is live. `receiptHeaders`: names and values in turn, as in `StompHeaders.flat`. */
export type SubscriptionActive = (receiptHeaders?: readonly string[]) => void

/** What one ACK or NACK is about. */
export interface Acknowledgement {
  /** Left out by STOMP 1.0 clients: then any subscription of the session. */
  readonly subscriptionId: string | undefined
  readonly messageId: string
}

/** One part of a transaction. */
export type Operation =
  | { readonly kind: 'send'; readonly message: Message }
  | { readonly kind: 'ack' | 'nack'; readonly acknowledgement: Acknowledgement }

/** What a broker tells of what no client hears of. */
export interface BrokerObserver {
  /** A message went to the dead-letter destination, or is gone. */
  dropped(destination: string, reason: DropReason): void
  /** A broker elsewhere can be reached again, or no more: then why. */
  availability(available: boolean, cause: Error | undefined): void
}

export type DropReason = 'dead-lettered' | 'dead-letter-failed' | 'expired'

export interface SubscribeRequest {
  readonly id: string
  readonly destination: string
  readonly ack: AckMode
  readonly headers: StompHeaders
}

export const ACK_MODES = ['auto', 'client', 'client-individual'] as const
export type AckMode = (typeof ACK_MODES)[number]

/**
 * Many subscribers side by side. A fan-out to thousands of them waits for memory where it touches an object of each; here it
 * need not.
 */
export interface Audience {
  /** As `deliver` of the subscriber that sits there. */
  deliver(seat: number, delivery: Delivery, subscriptionId: string): boolean
}

/** Nobody sits here, and nothing is delivered here. */
export const NO_SEAT = 0

export interface Seat {
  readonly audience: Audience
  /** Never 0: that is nobody’s. */
  readonly number: number
}

/** One session as the broker sees it. */
export interface Subscriber {
  readonly sessionId: string
  /**
   * The connection does not take what is written now: what is delivered waits in the outbox. A replay pauses then, until
   * `ready`. Left out: never.
   */
  readonly congested?: boolean
  /** Where a topic can deliver to it without touching it, until its link is closed. Left out: nowhere. */
  readonly seat?: Seat | undefined
  /**
   * Takes one delivery. It is called in the publisher's turn, so it never throws, waits, or changes a subscription.
   *
   * @returns false when the outbox is full: a topic then gives the session up, a queue keeps the message for another
   *   consumer until this one's `ready`. True also where a slow-consumer policy has dropped it
   */
  deliver(delivery: Delivery, subscriptionId: string): boolean
  /** The broker gives this session up. */
  lost(reason: DisconnectReason): void
}
