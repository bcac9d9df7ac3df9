import { next } from '../../awaitable.js'
import type { Awaitable } from '../../awaitable.js'
import type { Message } from '../../message.js'
import { isWildcard } from '../../path-pattern.js'
import type {
  Acknowledgement,
  BrokerLink,
  Operation,
  SubscribeRequest,
  Subscriber,
  SubscriptionActive,
} from '../broker.js'
import { unknownAck } from '../topics/acks.js'
import { Gathering } from './gathering.js'
import { keptCopy, spread } from './publish.js'
import type { HistoryParts } from './history.js'
import { requestedPosition } from './stream-offset.js'
import { HistorySubscription } from './subscription.js'

/** One session's side of a broker with history. */
export class HistoryLink implements BrokerLink {
  readonly #broker: HistoryParts
  readonly #inner: BrokerLink
  readonly #subscriber: Subscriber
  /** An array, not a map: most links have one or two, and links are many. */
  #subscriptions: HistorySubscription[] = []
  #patterns: string[] = []
  /** Made when the first one is sent: most sessions send nothing. */
  #gathering: Gathering | undefined
  #closed = false

  constructor(broker: HistoryParts, inner: BrokerLink, subscriber: Subscriber) {
    this.#broker = broker
    this.#inner = inner
    this.#subscriber = subscriber
  }

  send(message: Message, confirm?: boolean): void | Promise<void> {
    const { retentions, appends } = this.#broker
    if (retentions.of(message.destination) === undefined) return this.#inner.send(message, confirm)
    if (message.retain === false)
      return appends.after(() => this.#inner.send(message, confirm)) as Promise<void>
    // After its session has ended, nothing more is kept of it.
    if (this.#closed) return undefined
    if (appends.takesTime) return this.#gather(message)
    const taken = [appends.take(keptCopy(message))]
    return appends.append(taken, (appended) => {
      const [placed] = this.#broker.kept(taken, appended)
      if (placed !== undefined) spread(this.#broker.feeds, placed, () => this.#inner.send(placed, false))
    }) as Promise<void>
  }

  get gathered(): number {
    return this.#gathering?.size ?? 0
  }

  gathers(destination: string): boolean {
    return this.#gathering?.open === true && this.#broker.retentions.of(destination) !== undefined
  }

  subscribe(request: SubscribeRequest, active: SubscriptionActive): void | Promise<void> {
    const { destination, headers, id } = request
    const position = requestedPosition(headers)
    const retention = this.#broker.retentions.of(destination)
    if (retention === undefined) {
      return next(this.#inner.subscribe(request, active), () => {
        if (!isWildcard(destination) || this.#closed) return
        this.#patterns.push(id)
        this.#broker.feeds.patterns++
      })
    }
    const shared = this.#subscriptions.find((one) => one.id === id)?.unacked
    const subscription = new HistorySubscription(this.#broker, this.#subscriber, request, shared)
    this.#subscriptions.push(subscription)
    const failed = (error: unknown): never => {
      this.#end((one) => one === subscription)
      throw error
    }
    try {
      const beginning = subscription.begin({ position, retention, active })
      return beginning instanceof Promise ? beginning.catch(failed) : undefined
    } catch (error) {
      return failed(error)
    }
  }

  unsubscribe(subscriptionId: string): void | Promise<void> {
    this.#end((one) => one.id === subscriptionId)
    this.#forgetPatterns((id) => id === subscriptionId)
    return this.#inner.unsubscribe(subscriptionId)
  }

  ack(acknowledgement: Acknowledgement, confirm?: boolean): void | Promise<void> {
    const own = this.#holder(acknowledgement)
    return own === undefined ? this.#inner.ack(acknowledgement, confirm) : this.#settle(own, acknowledgement)
  }

  nack(acknowledgement: Acknowledgement, confirm?: boolean): void | Promise<void> {
    const own = this.#holder(acknowledgement)
    return own === undefined ? this.#inner.nack(acknowledgement, confirm) : this.#settle(own, acknowledgement)
  }

  awaits(acknowledgement: Acknowledgement): boolean {
    return this.#holder(acknowledgement) !== undefined || this.#inner.awaits(acknowledgement)
  }

  commit(operations: readonly Operation[]): void | Promise<void> {
    const { retentions, appends } = this.#broker
    const kept = operations.map((one) =>
      one.kind === 'send' &&
      one.message.retain !== false &&
      retentions.of(one.message.destination) !== undefined
        ? { ...one, message: keptCopy(one.message) }
        : undefined,
    )
    const messages = kept.filter((one) => one !== undefined).map(({ message }) => message)
    if (messages.length === 0 && operations.every((one) => this.#isInner(one))) {
      return this.#inner.commit(operations)
    }
    this.#check(operations)
    if (messages.length === 0) return appends.after(() => this.#carryOut(operations)) as Promise<void>
    const taken = appends.takeAll(messages)
    return appends.append(taken, (appended) => {
      const placed = this.#broker.kept(taken, appended)
      let i = 0
      const published = operations.flatMap((one, at) => {
        if (kept[at] === undefined) return [one]
        const message = placed[i++]
        return message === undefined ? [] : [{ kind: 'send', message } as const]
      })
      return this.#carryOut(published)
    }) as Promise<void>
  }

  ready(): void {
    for (const subscription of this.#subscriptions) subscription.pump()
    this.#inner.ready()
  }

  close(): void {
    this.#closed = true
    this.#end(() => true)
    this.#forgetPatterns(() => true)
    this.#inner.close()
  }

  #gather(message: Message): Promise<void> {
    this.#gathering ??= new Gathering(this.#broker, (placed) => this.#inner.send(placed, false))
    return this.#gathering.add(message)
  }

  #end(which: (one: HistorySubscription) => boolean): void {
    for (const one of this.#subscriptions) if (which(one)) one.end()
    this.#subscriptions = this.#subscriptions.filter((one) => !which(one))
  }

  #forgetPatterns(which: (id: string) => boolean): void {
    if (this.#patterns.length === 0) return
    const left = this.#patterns.filter((id) => !which(id))
    this.#broker.feeds.patterns -= this.#patterns.length - left.length
    this.#patterns = left
  }

  #holder({ subscriptionId, messageId }: Acknowledgement): HistorySubscription | undefined {
    // STOMP 1.0 "ACK" names no subscription.
    return this.#subscriptions.find(
      (one) =>
        (subscriptionId === undefined || one.id === subscriptionId) && one.unacked?.has(messageId) === true,
    )
  }

  /** Those of its id share one account: there is room for each of them. */
  #settle(holder: HistorySubscription, acknowledgement: Acknowledgement): void {
    holder.settle(acknowledgement)
    for (const one of this.#subscriptions) if (one.id === holder.id) one.pump()
  }

  #isInner(operation: Operation): boolean {
    if (operation.kind !== 'send') return this.#holder(operation.acknowledgement) === undefined
    return this.#broker.retentions.of(operation.message.destination) === undefined
  }

  /** What can be refused is refused before anything is kept: what follows cannot be taken back. */
  #check(operations: readonly Operation[]): void {
    for (const one of operations) {
      if (one.kind !== 'send' && !this.awaits(one.acknowledgement)) throw unknownAck(one.acknowledgement)
    }
    this.#inner.check?.(operations.filter((one) => this.#isInner(one)))
  }

  #carryOut(operations: readonly Operation[]): Awaitable<void> {
    const inner: Operation[] = []
    for (const one of operations) {
      const own = one.kind === 'send' ? undefined : this.#holder(one.acknowledgement)
      if (own === undefined || one.kind === 'send') inner.push(one)
      else this.#settle(own, one.acknowledgement)
    }
    return this.#inner.commit(inner)
  }
}
