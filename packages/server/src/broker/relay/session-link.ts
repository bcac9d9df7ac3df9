import { StompHeaders } from '@stomping-ground/codec'
import type { Frame } from '@stomping-ground/codec'
import { recover } from '../../awaitable.js'
import type { Message } from '../../message.js'
import type {
  Acknowledgement,
  BrokerLink,
  Operation,
  SubscribeRequest,
  Subscriber,
  SubscriptionActive,
} from '../broker.js'
import { checkedConsumption, checkedSend, isTempQueue, isTopic } from '../destinations.js'
import { wholeNumber } from '../../whole-number.js'
import { Unacked, unknownAck } from '../topics/acks.js'
import type { TopicSubscription } from '../topics/topics.js'
import type { RelayLink } from './link.js'
import { subscriptionHeaders } from './messages.js'
import type { RelayParts } from './relay.js'
import { QueueConsumer } from './queue-consumer.js'
import { ReplyTopics } from './reply-topics.js'
import { NO_BODY } from './upstream.js'

/**
 * One session's side of the relay. Topics and plain sends go by the connection that the node shares; a connection of the
 * session's own is opened when it first uses a queue or commits a transaction.
 */
export class RelaySessionLink implements BrokerLink {
  readonly #relay: RelayParts
  readonly #subscriber: Subscriber
  /** Places in topics that are live, and the ids that wait to be. */
  #topics: TopicSubscription[] = []
  readonly #pending = new Set<{ readonly id: string; cancelled: boolean }>()
  #consumers = new Map<string, QueueConsumer>()
  #own: RelayLink | undefined
  #replies: ReplyTopics | undefined
  #nextId = 0
  #closed = false
  /** Something went out by the shared connection that nobody has confirmed. */
  #unconfirmed = false

  constructor(relay: RelayParts, subscriber: Subscriber) {
    this.#relay = relay
    this.#subscriber = subscriber
  }

  send(message: Message, confirm = true): void | Promise<void> {
    checkedSend(message)
    if (!confirm) this.#unconfirmed = true
    const replies = this.#replyNeeded(message)
    if (replies === undefined) return this.#relay.send(message, confirm)
    return replies.addressed(message).then((addressed) => this.#relay.send(addressed, confirm))
  }

  subscribe(request: SubscribeRequest, active: SubscriptionActive): void | Promise<void> {
    const { destination } = request
    if (isTopic(destination)) return this.#subscribeTopic(request.id, destination, request, active)
    checkedConsumption(destination)
    if (isTempQueue(destination)) {
      const address = this.#replyTopics().subscribed(destination)
      return this.#subscribeTopic(request.id, address, request, active)
    }
    return this.#subscribeQueue(request, active)
  }

  async unsubscribe(subscriptionId: string): Promise<void> {
    for (const pending of this.#pending) if (pending.id === subscriptionId) pending.cancelled = true
    const places = this.#topics.filter(({ id }) => id === subscriptionId)
    this.#topics = this.#topics.filter(({ id }) => id !== subscriptionId)
    for (const place of places) this.#relay.sharedTopics.unsubscribe(place)
    const consumer = this.#consumers.get(subscriptionId)
    if (consumer === undefined) return
    this.#consumers.delete(subscriptionId)
    consumer.leave()
    await this.#own?.upstream?.send('UNSUBSCRIBE', ['id', consumer.upstreamId], NO_BODY, true)
  }

  ack(acknowledgement: Acknowledgement, confirm = true): void | Promise<void> {
    return this.#settle('ACK', acknowledgement, confirm)
  }

  nack(acknowledgement: Acknowledgement, confirm = true): void | Promise<void> {
    return this.#settle('NACK', acknowledgement, confirm)
  }

  awaits(acknowledgement: Acknowledgement): boolean {
    return this.#holder(acknowledgement) !== undefined
  }

  async commit(operations: readonly Operation[]): Promise<void> {
    for (const one of operations) {
      if (one.kind === 'send') checkedSend(one.message)
      else if (!this.awaits(one.acknowledgement)) throw unknownAck(one.acknowledgement)
    }
    const isLocal = (one: Operation): boolean =>
      one.kind === 'send' && this.#relay.isLocal(one.message.destination)
    const elsewhere = operations.filter((one) => !isLocal(one))
    if (elsewhere.length > 0) await this.#commitUpstream(elsewhere)
    for (const one of operations) {
      if (one.kind === 'send' && isLocal(one)) await this.#relay.send(one.message, false)
    }
  }

  async #commitUpstream(operations: readonly Operation[]): Promise<void> {
    const messages = await Promise.all(operations.map(async (one) => this.#addressed(one)))
    // What was sent before the transaction went by another connection: it shall not be overtaken.
    if (this.#unconfirmed) await this.#relay.settled()
    this.#unconfirmed = false
    await this.#ownLink().run(async (upstream) => {
      const transaction = ['transaction', `tx-${this.#nextId++}`]
      upstream.tell('BEGIN', transaction)
      for (const [i, one] of operations.entries()) {
        if (one.kind === 'send') {
          const headers = this.#relay.ids.outgoing(messages[i]!, upstream.dialect)
          upstream.tell('SEND', [...headers, ...transaction], messages[i]!.body)
        } else
          for (const headers of this.#taken(one.acknowledgement)) {
            const requeue = one.kind === 'nack' ? upstream.dialect.nackHeaders : []
            upstream.tell(one.kind === 'ack' ? 'ACK' : 'NACK', [...headers, ...requeue, ...transaction])
          }
      }
      await upstream.send('COMMIT', transaction, NO_BODY, true)
    })
  }

  ready(): void {
    for (const consumer of this.#consumers.values()) consumer.ready()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const pending of this.#pending) pending.cancelled = true
    for (const place of this.#topics) this.#relay.sharedTopics.unsubscribe(place)
    this.#topics = []
    this.#replies?.close()
    const own = this.#own
    if (own === undefined) return
    for (const consumer of this.#consumers.values()) consumer.leave()
    this.#consumers.clear()
    this.#relay.leaving(own.close(true))
  }

  #subscribeTopic(
    id: string,
    name: string,
    { ack, headers }: SubscribeRequest,
    active: SubscriptionActive,
  ): void | Promise<void> {
    const prefetch = this.#prefetch(headers)
    const sharing = this.#topics.find((place) => place.id === id)
    const unacked = ack === 'auto' ? undefined : (sharing?.unacked ?? new Unacked<undefined>(ack))
    const pending = { id, cancelled: false }
    this.#pending.add(pending)
    const place = { id, subscriber: this.#subscriber, unacked, prefetch }
    const begin = (live: TopicSubscription): void => {
      this.#pending.delete(pending)
      if (pending.cancelled) return this.#relay.sharedTopics.unsubscribe(live)
      this.#topics.push(live)
      active()
    }
    return recover(
      () => this.#relay.sharedTopics.subscribe(name, place, begin),
      (error) => {
        this.#pending.delete(pending)
        throw error
      },
    )
  }

  async #subscribeQueue(
    { id, destination, ack, headers }: SubscribeRequest,
    active: SubscriptionActive,
  ): Promise<void> {
    const prefetch = this.#prefetch(headers)
    const consumer = new QueueConsumer({
      id,
      destination,
      ack,
      prefetch,
      subscriber: this.#subscriber,
      ids: this.#relay.ids,
      clock: this.#relay.clock,
      upstreamId: `q-${this.#nextId++}`,
      headers: subscriptionHeaders(headers),
    })
    // What sessions that have just ended give back is there before whoever comes next.
    await this.#relay.left()
    if (this.#closed) return
    this.#consumers.set(id, consumer)
    try {
      await this.#ownLink().run((upstream) => consumer.subscribe(upstream, active))
    } catch (error) {
      this.#consumers.delete(id)
      throw error
    }
  }

  #prefetch(headers: StompHeaders): number {
    const asked = wholeNumber('prefetch-count', headers.get('prefetch-count')) ?? 0
    return asked === 0 ? this.#relay.prefetch : Math.min(asked, this.#relay.prefetch)
  }

  #holder({ subscriptionId, messageId }: Acknowledgement): TopicSubscription | QueueConsumer | undefined {
    const places = [...this.#consumers.values(), ...this.#topics]
    return places.find(
      ({ id, unacked }) =>
        (subscriptionId === undefined || id === subscriptionId) && unacked?.has(messageId) === true,
    )
  }

  /** Takes what an acknowledgement settles: the headers that name each upstream. A topic keeps nothing. */
  #taken(acknowledgement: Acknowledgement): readonly (readonly string[])[] {
    const holder = this.#holder(acknowledgement)
    if (holder instanceof QueueConsumer) return holder.settle(acknowledgement.messageId)
    holder?.unacked?.settle(acknowledgement.messageId)
    return []
  }

  #settle(command: 'ACK' | 'NACK', acknowledgement: Acknowledgement, confirm: boolean): void | Promise<void> {
    if (!this.awaits(acknowledgement)) {
      // The connection to the broker was lost meanwhile, and the message is on its way to somebody again.
      if (!confirm && this.#stale(acknowledgement)) return
      throw unknownAck(acknowledgement)
    }
    const taken = this.#taken(acknowledgement)
    const upstream = this.#own?.upstream
    if (taken.length === 0 || upstream === undefined) return
    const requeue = command === 'NACK' ? upstream.dialect.nackHeaders : []
    const last = taken.length - 1
    for (const headers of taken.slice(0, last)) upstream.tell(command, [...headers, ...requeue])
    return upstream.send(command, [...taken[last]!, ...requeue], NO_BODY, confirm)
  }

  #stale({ subscriptionId, messageId }: Acknowledgement): boolean {
    return [...this.#consumers.values()].some(
      (one) => (subscriptionId === undefined || one.id === subscriptionId) && one.isStale(messageId),
    )
  }

  #addressed(operation: Operation): Message | undefined | Promise<Message> {
    if (operation.kind !== 'send') return undefined
    return this.#replyNeeded(operation.message)?.addressed(operation.message) ?? operation.message
  }

  #replyNeeded({ headers }: Message): ReplyTopics | undefined {
    const name = headers.get('reply-to')
    // A SEND may be carried out after its session has ended; nobody would hear the reply.
    return this.#closed || name === undefined || !isTempQueue(name) ? undefined : this.#replyTopics()
  }

  #replyTopics(): ReplyTopics {
    return (this.#replies ??= new ReplyTopics((name, address) =>
      this.#subscribeTopic(
        name,
        address,
        { id: name, destination: name, ack: 'auto', headers: new StompHeaders() },
        () => {},
      ),
    ))
  }

  #ownLink(): RelayLink {
    return (this.#own ??= this.#relay.link({
      message: (frame) => this.#message(frame),
      restore: async (upstream) => {
        // Those that wait for the first connection subscribe by themselves.
        const lost = [...this.#consumers.values()].filter((one) => one.established)
        await Promise.all(lost.map((consumer) => consumer.subscribe(upstream)))
      },
      down: () => {
        for (const consumer of this.#consumers.values()) consumer.down()
      },
    }))
  }

  #message(frame: Frame): void {
    const id = frame.headers.get('subscription')
    // One that is not there was ended meanwhile: the broker gives the message to another when it hears of that.
    for (const consumer of this.#consumers.values()) if (consumer.upstreamId === id) consumer.message(frame)
  }
}
