import { StompHeaders } from '@stomping-ground/codec'
import type { Frame } from '@stomping-ground/codec'
import type { Clock, Timer } from '../../clock.js'
import { Delivery } from '../../delivery.js'
import type { AckMode, Subscriber } from '../broker.js'
import { Unacked } from '../topics/acks.js'
import type { Arrival, MessageIds } from './messages.js'
import { NO_BODY } from './upstream.js'
import type { Upstream } from './upstream.js'

/** One delivery of a queue that the broker waits for an answer about. */
interface Held {
  readonly arrival: Arrival
  /** What ACK and NACK upstream name it by. */
  readonly ackHeaders: readonly string[]
  readonly redeliveries: number
}

export interface QueueConsumerOptions {
  readonly id: string
  readonly upstreamId: string
  readonly destination: string
  readonly ack: AckMode
  /** How many unacked deliveries it may hold. */
  readonly prefetch: number
  /** Of the SUBSCRIBE, for the broker. */
  readonly headers: readonly string[]
  readonly subscriber: Subscriber
  readonly ids: MessageIds
  readonly clock: Clock
}

/**
 * One subscription to a queue. Upstream each delivery is acknowledged by itself, whatever the client's mode: so a message
 * whose outbox is full can be given back, and `ack:client` is cumulative here.
 *
 *     live ──outbox full──> blocked ──ready──> live
 *
 * While it is blocked, what comes is offered to other consumers: given back with NACK again and again where the broker
 * delivers a refused message anew; elsewhere by ending the subscription until there is room. What the client has unacked
 * would go with that: then it is held.
 */
export class QueueConsumer {
  readonly id: string
  readonly upstreamId: string
  readonly #options: QueueConsumerOptions
  readonly unacked: Unacked<Held> | undefined
  #upstream: Upstream | undefined
  #blocked = false
  #held: Held[] = []
  /** Until what is held is offered to others again. */
  #offer: Timer | undefined
  /** The connection on which the subscription is ended until there is room. */
  #suspended: Upstream | undefined
  /** What came before the receipt of the SUBSCRIBE. */
  #early: Frame[] | undefined
  /** Whether it was live once: then it is brought back on the next connection. */
  established = false
  /** Deliveries of a connection that is gone: the broker gives them to somebody again. */
  #stale = new Set<string>()

  constructor(options: QueueConsumerOptions) {
    this.#options = options
    this.id = options.id
    this.upstreamId = options.upstreamId
    this.unacked = options.ack === 'auto' ? undefined : new Unacked<Held>(options.ack)
  }

  /** Subscribes upstream; resolves when the broker says that it is. @param active called before the first delivery */
  async subscribe(upstream: Upstream, active?: () => void): Promise<void> {
    const { destination, prefetch, headers } = this.#options
    const { dialect } = upstream
    const before: Frame[] = []
    this.#early = before
    this.#upstream = upstream
    const own = StompHeaders.from({
      id: this.upstreamId,
      destination: dialect.toUpstream(destination),
      ack: 'client-individual',
      [dialect.prefetchHeader]: String(prefetch),
    })
    await upstream.send('SUBSCRIBE', [...own.flat, ...headers], NO_BODY, true)
    this.established = true
    active?.()
    this.#early = undefined
    for (const frame of before) this.message(frame)
  }

  message(frame: Frame): void {
    if (this.#early !== undefined) return void this.#early.push(frame)
    // What was on its way when the subscription ended: the broker gives it to others.
    if (this.#upstream === undefined) return
    this.#deliver(this.#heldFrom(frame))
  }

  /** The session's outbox has room again. */
  ready(): void {
    if (!this.#blocked) return
    this.#blocked = false
    this.#offer?.cancel()
    this.#offer = undefined
    for (const one of this.#held.splice(0)) this.#deliver(one)
    if (this.#suspended !== undefined) {
      const upstream = this.#suspended
      this.#suspended = undefined
      // Refused or lost, it is down, and comes back with the connection.
      void this.subscribe(upstream).catch(() => {})
    }
  }

  /** The headers upstream of what an ACK or NACK settles; the deliveries are awaited no more. */
  settle(messageId: string): readonly (readonly string[])[] {
    return this.unacked!.settle(messageId).map(({ ackHeaders }) => ackHeaders)
  }

  /** Whether this was a delivery that went with its connection. */
  isStale(messageId: string): boolean {
    return this.#stale.has(messageId)
  }

  /** The connection is gone, and what was not settled with it: others get it. */
  down(): void {
    this.#end()
    const ids = this.unacked?.clear().map(({ arrival }) => arrival.messageId) ?? []
    this.#stale = new Set(ids)
  }

  /** Gives back what is not settled, in order. To be followed by the end of the subscription. */
  leave(): void {
    const unsettled = [...(this.unacked?.clear() ?? []), ...this.#held]
    if (this.#upstream?.dialect.refused === 'redelivered') for (const one of unsettled) this.#nack(one)
    this.#end()
  }

  #end(): void {
    this.#offer?.cancel()
    this.#offer = undefined
    this.#upstream = undefined
    this.#suspended = undefined
    this.#early = undefined
    this.#held = []
  }

  #deliver(held: Held): void {
    if (this.#blocked) return void this.#held.push(held)
    const { message, messageId } = held.arrival
    const delivery = new Delivery(message, messageId, {
      acks: this.unacked !== undefined,
      redeliveries: held.redeliveries,
    })
    if (!this.#options.subscriber.deliver(delivery, this.id)) {
      this.#blocked = true
      this.#held.push(held)
      this.#leaveToOthers()
    } else if (this.unacked === undefined) this.#upstream?.tell('ACK', held.ackHeaders)
    else this.unacked.add(messageId, held)
  }

  /** Not at once where it costs the old order: most readers are slow for a moment only. */
  #leaveToOthers(): void {
    const upstream = this.#upstream
    if (upstream?.dialect.refused === 'redelivered') {
      this.#offer = this.#options.clock.after(OFFER_EVERY_MS, () => {
        for (const one of this.#held.splice(0)) this.#nack(one)
        this.#leaveToOthers()
      })
    } else if (upstream !== undefined && this.unacked === undefined) {
      upstream.tell('UNSUBSCRIBE', ['id', this.upstreamId])
      this.#end()
      this.#suspended = upstream
    }
  }

  #nack({ ackHeaders }: Held): void {
    const upstream = this.#upstream
    upstream?.tell('NACK', [...ackHeaders, ...upstream.dialect.nackHeaders])
  }

  #heldFrom(frame: Frame): Held {
    const { headers } = frame
    const ack = headers.get('ack')
    const count = Number(headers.get('x-delivery-count'))
    const again = headers.get('redelivered') === 'true'
    return {
      arrival: this.#options.ids.incoming(frame, this.#upstream!.dialect),
      // STOMP 1.2 "ACK": id; before that, message-id and subscription
      ackHeaders:
        ack === undefined
          ? ['message-id', headers.get('message-id') ?? '', 'subscription', this.upstreamId]
          : ['id', ack],
      redeliveries: count > 0 ? count : again ? UNCOUNTED : 0,
    }
  }
}

const OFFER_EVERY_MS = 100

/** The broker says that it was delivered before, and not how often. */
const UNCOUNTED = Infinity
