import { StompError } from '../src/errors.js'
import type {
  Acknowledgement,
  Broker,
  BrokerLink,
  Operation,
  SubscribeRequest,
  Subscriber,
  SubscriptionActive,
} from '../src/broker/broker.js'
import type { Message } from '../src/message.js'

/** When a broker elsewhere has carried something out: now, or when a promise is kept, unless it is rejected. */
export type Lateness = () => Promise<void> | undefined

/** A broker as one elsewhere is: it answers late and in order, and now and then cannot be reached. */
export function lateBroker(inner: Broker, lateness: Lateness): Broker {
  return {
    observe: (observer) => inner.observe(observer),
    start: () => inner.start(),
    stop: () => inner.stop(),
    publish: (message) => inner.publish(message),
    connect(subscriber: Subscriber): BrokerLink | Promise<BrokerLink> {
      const connected = (): BrokerLink => new LateLink(inner.connect(subscriber) as BrokerLink, lateness)
      return lateness()?.then(connected) ?? connected()
    },
  }
}

class LateLink implements BrokerLink {
  readonly #inner: BrokerLink
  readonly #lateness: Lateness
  #last: Promise<unknown> | undefined
  #closed = false

  constructor(inner: BrokerLink, lateness: Lateness) {
    this.#inner = inner
    this.#lateness = lateness
  }

  send(message: Message, confirm?: boolean): void | Promise<void> {
    return this.#late(() => this.#inner.send(message, confirm))
  }

  subscribe(request: SubscribeRequest, active: SubscriptionActive): void | Promise<void> {
    return this.#late(() => this.#inner.subscribe(request, active))
  }

  unsubscribe(subscriptionId: string): void | Promise<void> {
    // What cannot be said to the broker has ended here all the same.
    return this.#late(
      () => this.#inner.unsubscribe(subscriptionId),
      () => void this.#inner.unsubscribe(subscriptionId),
    )
  }

  ack(acknowledgement: Acknowledgement, confirm?: boolean): void | Promise<void> {
    return this.#late(() => this.#inner.ack(acknowledgement, confirm))
  }

  nack(acknowledgement: Acknowledgement, confirm?: boolean): void | Promise<void> {
    return this.#late(() => this.#inner.nack(acknowledgement, confirm))
  }

  commit(operations: readonly Operation[]): void | Promise<void> {
    return this.#late(() => this.#inner.commit(operations))
  }

  awaits(acknowledgement: Acknowledgement): boolean {
    return this.#inner.awaits(acknowledgement)
  }

  ready(): void {
    this.#inner.ready()
  }

  close(): void {
    this.#closed = true
    this.#inner.close()
  }

  /** Does it after everything that came before. A link that was closed meanwhile does nothing any more. */
  #late(work: () => void | Promise<void>, failed = (): void => {}): void | Promise<void> {
    const kept = this.#lateness()
    if (kept === undefined && this.#last === undefined) return work()
    kept?.catch(() => {})
    const before = this.#last
    const done = (async () => {
      await before?.catch(() => {})
      await kept?.catch((error: unknown) => {
        failed()
        throw error
      })
      if (this.#closed) throw new StompError('broker-unavailable')
      await work()
    })()
    const last = done.finally(() => {
      if (this.#last === last) this.#last = undefined
    })
    this.#last = last
    last.catch(() => {})
    return done
  }
}
