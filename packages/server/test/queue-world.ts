import assert from 'node:assert/strict'
import type { BrokerLink, Operation, Subscriber } from '../src/broker/broker.js'
import { embeddedBroker } from '../src/broker/embedded/embedded.js'
import type { EmbeddedParts } from '../src/broker/embedded/link.js'
import type { Delivery } from '../src/delivery.js'
import { StompError } from '../src/errors.js'
import { message } from '../src/testing/contract/kit.js'
import { RecordingSubscriber, receivedFrom } from '../src/testing/recording-subscriber.js'
import { QueueModel } from './queue-model.js'
import type { Consumer, Entry, ModelLimits } from './queue-model.js'

type Kind = 'ack' | 'nack'

/** What sessions do, and turns of the event loop. `session` is one of three; `pick` is any of what there is to pick from. */
export type Step = SessionStep | { do: 'turn' }

type SessionStep =
  | { do: 'send'; session: number; queue: string; size: number }
  | { do: 'subscribe'; session: number; queue: string; ack: Consumer['ack']; prefetch: number }
  | { do: 'unsubscribe'; pick: number }
  | { do: 'settle'; pick: number; kind: Kind }
  | {
      do: 'commit'
      session: number
      sends: readonly { queue: string; size: number }[]
      settles: readonly { pick: number; kind: Kind }[]
    }
  | { do: 'cut' | 'block' | 'unblock'; session: number }

/** A session that shows each delivery to the model at once. */
class CheckedSession implements Subscriber {
  readonly sessionId = 'checked'
  full = false
  readonly consumers = new Map<string, Consumer>()
  readonly link: BrokerLink
  readonly #model: QueueModel

  constructor(
    broker: { connect(subscriber: Subscriber): BrokerLink | Promise<BrokerLink> },
    model: QueueModel,
  ) {
    this.#model = model
    this.link = broker.connect(this) as BrokerLink
  }

  deliver(delivery: Delivery, id: string): boolean {
    if (this.full) return false
    this.#model.delivered(this.consumers.get(id)!, receivedFrom(delivery, id))
    return true
  }

  lost(): void {
    throw new Error('A queue gives nobody up')
  }
}

type HeldEntry = { readonly consumer: Consumer; readonly session: CheckedSession; readonly entry: Entry }

/** A broker and its model, to both of which everything is done. */
export class QueueWorld {
  readonly model: QueueModel
  readonly #limits: ModelLimits
  readonly #broker
  readonly #sessions: CheckedSession[]
  readonly #graveyard = new RecordingSubscriber()
  #ids = 0
  #sent = 0

  constructor(limits: ModelLimits) {
    this.#limits = limits
    this.model = new QueueModel(limits)
    this.#broker = embeddedBroker(limits)
    this.#sessions = [0, 1, 2].map(() => new CheckedSession(this.#broker, this.model))
    this.#subscribe(this.#broker.connect(this.#graveyard) as BrokerLink, '/queue/dead-letter', 'auto', 1)
  }

  /** Queues that the broker has, besides the dead-letter queue. */
  get queues(): number {
    return (this.#broker as unknown as EmbeddedParts).queues.size - 1
  }

  get bytes(): number {
    return (this.#broker as unknown as EmbeddedParts).queues.bytes
  }

  run(step: SessionStep): void {
    switch (step.do) {
      case 'send':
        return this.#commit(this.#sessions[step.session]!, [step], [], 'send')
      case 'commit':
        return this.#commit(this.#sessions[step.session]!, step.sends, step.settles, 'commit')
      case 'subscribe':
        return this.#consume(this.#sessions[step.session]!, step.queue, step.ack, step.prefetch)
      case 'unsubscribe':
        return this.#unsubscribe(step.pick)
      case 'settle':
        return this.#settle(step.pick, step.kind)
      case 'cut':
        this.#cut(this.#sessions[step.session]!)
        this.#sessions[step.session] = new CheckedSession(this.#broker, this.model)
        return
      case 'block':
        this.#sessions[step.session]!.full = true
        return
      case 'unblock':
        this.#sessions[step.session]!.full = false
        this.#sessions[step.session]!.link.ready()
    }
  }

  /** All sessions end, and a last one gets what is left; then the queues have room for exactly what they may hold. */
  end(): void {
    for (const session of this.#sessions) this.#cut(session)
    const last = new CheckedSession(this.#broker, this.model)
    for (const queue of ['/queue/a', '/queue/b']) {
      this.#consume(last, queue, 'auto', 1)
      assert.deepEqual(this.model.waiting(queue), [])
      last.full = true
      const most = this.#limits.queueMessages
      for (let i = 0; i < most; i++) this.#commit(last, [{ queue, size: 1 }], [], 'send')
      assert.equal(this.model.waiting(queue).length, most)
      this.#commit(last, [{ queue, size: 1 }], [], 'send')
      last.full = false
      last.link.ready()
      assert.deepEqual(this.model.waiting(queue), [])
    }
    const dead = this.model.entries.filter(({ state }) => state === 'dead').map(({ body }) => body)
    assert.deepEqual(this.#graveyard.received.map(({ body }) => body).toSorted(), dead.toSorted())
    this.#cut(last)
    assert.equal(this.bytes, 0)
  }

  #consume(session: CheckedSession, queue: string, ack: Consumer['ack'], prefetch: number): void {
    this.#subscribe(session.link, queue, ack, prefetch, (id) => {
      const consumer: Consumer = { id, queue, ack, prefetch, session, held: [] }
      session.consumers.set(id, consumer)
      this.model.consumers.add(consumer)
    })
  }

  #subscribe(
    link: BrokerLink,
    destination: string,
    ack: Consumer['ack'],
    prefetch: number,
    active: (id: string) => void = () => {},
  ): void {
    const id = `${this.#ids++}`
    const { headers } = message(destination, '', { 'prefetch-count': String(prefetch) })
    void link.subscribe({ id, destination, ack, headers }, () => active(id))
  }

  #settle(pick: number, kind: Kind): void {
    const held = this.#held(pick)
    if (held === undefined) return
    const operation = this.#operation(held, kind)
    this.#change([{ held, kind }], [])
    void held.session.link[kind](operation.acknowledgement)
  }

  #commit(
    session: CheckedSession,
    sends: readonly { queue: string; size: number }[],
    settles: readonly { pick: number; kind: Kind }[],
    how: 'send' | 'commit',
  ): void {
    const messages = sends.map(({ queue, size }) => ({ queue, body: `${this.#sent++}`.padEnd(size, '.') }))
    const held = settles.flatMap(({ pick, kind }) => {
      const one = this.#held(pick, session)
      return one === undefined ? [] : [{ held: one, kind }]
    })
    const operations: Operation[] = [
      ...held.map((one) => this.#operation(one.held, one.kind)),
      ...messages.map(({ queue, body }) => ({ kind: 'send' as const, message: message(queue, body) })),
    ]
    const fits = [...new Set(messages.map(({ queue }) => queue))].every((queue) =>
      this.model.fits(
        queue,
        messages.filter((one) => one.queue === queue).map(({ body }) => body),
      ),
    )
    if (fits) this.#change(held, messages)
    const refused = refusal(() => {
      if (how === 'commit') void session.link.commit(operations)
      else for (const { queue, body } of messages) void session.link.send(message(queue, body))
    })
    assert.equal(refused, fits ? undefined : 'queue-full')
  }

  /** Does to the model what a transaction does. */
  #change(
    settles: readonly { held: HeldEntry; kind: Kind }[],
    sends: readonly { queue: string; body: string }[],
  ): void {
    for (const { held, kind } of settles) {
      const taken = this.model.take(held.consumer, held.entry)
      if (kind === 'ack') this.model.settle(taken)
      else this.model.giveBack(taken)
    }
    for (const { queue, body } of sends) this.model.send(queue, body)
  }

  #unsubscribe(pick: number): void {
    const consumer = [...this.model.consumers][pick % Math.max(1, this.model.consumers.size)]
    if (consumer === undefined) return
    this.model.leave(consumer)
    void (consumer.session as CheckedSession).link.unsubscribe(consumer.id)
  }

  #cut(session: CheckedSession): void {
    for (const consumer of this.model.consumers) if (consumer.session === session) this.model.leave(consumer)
    session.link.close()
  }

  /** One of the deliveries that are held unacked, by this session or by any. */
  #held(pick: number, by?: CheckedSession): HeldEntry | undefined {
    const all = [...this.model.consumers].flatMap((consumer) => {
      const session = consumer.session as CheckedSession
      return by === undefined || session === by
        ? consumer.held.map((entry) => ({ consumer, session, entry }))
        : []
    })
    return all[pick % Math.max(1, all.length)]
  }

  #operation({ consumer, entry }: HeldEntry, kind: Kind): Operation & { kind: Kind } {
    return { kind, acknowledgement: { messageId: entry.messageId!, subscriptionId: consumer.id } }
  }
}

function refusal(call: () => void): string | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (error instanceof StompError) return error.code
    throw error
  }
}
