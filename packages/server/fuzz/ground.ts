import { z } from 'zod'
import { embeddedBroker } from '../src/broker/embedded/embedded.js'
import type { EmbeddedParts } from '../src/broker/embedded/link.js'
import { StompError } from '../src/errors.js'
import type { HistoryBroker } from '../src/broker/history/history.js'
import { memoryStore } from '../src/broker/history/memory-store.js'
import { destination, userDestination } from '../src/contract.js'
import { messageMap } from '../src/messaging/message-map.js'
import { allow, rule } from '../src/messaging/permissions.js'
import { createStompServer } from '../src/server.js'
import type { StompServer } from '../src/server.js'
import type { ConnectRequest } from '../src/authentication.js'
import type { StompUser } from '../src/stomp-session.js'
import { ManualClock } from '../src/testing/manual-clock.js'
import { lateBroker } from './late-broker.js'
import { QUEUES } from './vocabulary.js'

const text = z.string()
const own = userDestination('/queue/0', text)
const kept = destination('/topic/kept/0', text)
const flow = destination('/topic/0', text)

/** Soon after the last message is kept there is no timer of the history's. */
export const TRIM_MS = 1

/** What was promised to a frame, and is kept later. */
type Promised = () => void

/** A whole server in memory, with small limits, and handlers, rules and credentials that take their time or refuse. */
export class Ground {
  readonly clock = new ManualClock()
  readonly stomp: StompServer
  readonly promised: Promised[] = []
  readonly failures: unknown[] = []
  /** Where the broker is one that answers late: whether it answers the next call late, or fails it then. */
  lateness: 'now' | 'late' | 'fails' = 'now'
  readonly #broker = embeddedBroker({
    clock: this.clock,
    queues: 7,
    queueMessages: 12,
    queueBytes: 20_000,
    allQueuesBytes: 30_000,
    maxDeliveries: 3,
    prefetch: 10,
  })

  constructor(broker: 'embedded' | 'late' = 'embedded') {
    this.stomp = createStompServer({
      clock: this.clock,
      broker: broker === 'embedded' ? this.#broker : lateBroker(this.#broker, () => this.#lateness()),
      authenticate: (request) => this.#authenticate(request),
      permissions: {
        send: [
          allow('/topic/**'),
          ...QUEUES.map((queue) => allow(queue)),
          rule('/slow/**', () => this.#later(true)),
          allow('/queue/'),
          allow('/user/{name}/**'),
          allow('/reply-queue/*'),
        ],
        subscribe: [rule('/forbidden/**', () => this.#later(false)), allow('/**')],
      },
      messages: [this.#handlers()],
      history: {
        store: memoryStore(),
        retain: [{ destination: '/topic/kept/{x}', count: 10, ageMs: 1_000 }],
        recentMessages: 4,
        pageMessages: 3,
        trimMs: TRIM_MS,
      },
      slowConsumers: [
        { destination: '/topic/lossy/**', policy: 'drop-oldest', bytes: 400, ms: 100 },
        { destination: '/topic/latest/**', policy: 'keep-latest', key: 'key', ms: 200 },
      ],
      heartbeat: { outgoingMs: 100, incomingMs: 100 },
      limits: {
        frameBytes: 4_096,
        connectFrameBytes: 1_024,
        headerCount: 30,
        headerBytes: 1_024,
        connectMs: 2_000,
        inboxBytes: 1_024,
        outboxBytes: 4_096,
        outboxStallMs: 500,
        outboxStandstillMs: 1_500,
        heldBytes: 120,
        handlerMs: 5_000,
        subscriptionsPerSession: 6,
        transactionsPerSession: 3,
        transactionFrames: 8,
        transactionBytes: 2_000,
        connectionsPerAddress: 9,
        closeMs: 1_000,
      },
    })
    this.stomp.events.on('failed', ({ error }) => {
      this.failures.push(error)
    })
  }

  /** Keeps what was promised: all of it, or what the test lets through. */
  keepPromises(keeps: () => boolean): void {
    for (const promised of this.promised.splice(0)) {
      if (keeps()) promised()
      else this.promised.push(promised)
    }
  }

  /** Everything whose number has to come back to what it was. */
  get counts(): Readonly<Record<string, number>> {
    const { topics, queues, replies } = this.#broker as unknown as EmbeddedParts
    const { openSessions, openSubscriptions } = this.stomp.metrics
    return {
      sessions: this.stomp.sessions.all().length,
      openSessions,
      openSubscriptions,
      timers: this.clock.pending,
      topics: topics.size,
      historyTopics: (this.stomp.history as HistoryBroker).topics.size,
      queues: queues.size,
      queueBytes: queues.bytes,
      replyQueues: replies.size,
      failures: this.failures.length,
    }
  }

  #authenticate({ login = '' }: ConnectRequest): StompUser | Promise<StompUser> {
    if (login === 'refused') throw new StompError('authentication-failed')
    if (login === 'later') return this.#later({ name: login })
    if (login === 'refused-later') return this.#refusedLater()
    return { name: login }
  }

  #handlers(): ReturnType<typeof messageMap> {
    return messageMap()
      .message('/now', {}, ({ body, messaging }) =>
        messaging.send('/topic/0', typeof body === 'string' ? body : 'x'),
      )
      .message('/later', {}, () => this.#later(undefined))
      .message('/params/{x}', {}, ({ signal, params }) => {
        if (signal.aborted) throw new StompError('too-late')
        return params.x
      })
      .message('/refused', {}, () => {
        throw new StompError('refused-here')
      })
      .message('/refused-later', {}, () => this.#refusedLater())
      .message('/ticks', {}, async ({ messaging }) => {
        for (const key of ['a', 'b', 'a', 'b', 'a', 'a', 'a']) {
          await messaging.send('/topic/latest/0', key, { headers: { key } })
          await messaging.send('/topic/lossy/0', 'x'.repeat(250))
        }
      })
      .message('/own', { sendToUser: own, sendToSession: own }, () => 'yours')
      .message('/kept', { sendTo: kept }, async ({ body }) => {
        await this.#later(undefined)
        return String(body).slice(0, 100)
      })
      .subscribe('/snapshot', { reply: text }, () => 'snapshot')
      .subscribe('/snapshot-later', { reply: text }, () => this.#later('snapshot'))
      .subscribe(
        '/flow',
        {
          reply: text,
          live: flow,
          isIn:
            () =>
            ({ headers }) =>
              headers.has('key'),
        },
        () => 'now',
      )
      .subscribe('/flow-later', { reply: text, live: flow }, () => this.#later('later'))
      .subscribe('/flow-own', { reply: text, live: own }, () => this.#later(undefined))
      .subscribe(
        '/flow-kept',
        {
          reply: z.object({ last: z.number() }),
          live: kept,
          isIn:
            ({ last }) =>
            ({ headers }) => {
              const offset = headers.get('x-stream-offset')
              return offset === undefined ? undefined : Number(offset) <= last
            },
        },
        async () => {
          const { last } = await this.stomp.history!.page('/topic/kept/0', { count: 5 })
          return this.#later({ last })
        },
      )
  }

  #lateness(): Promise<void> | undefined {
    if (this.lateness === 'now') return undefined
    return this.lateness === 'late'
      ? this.#later(undefined)
      : this.#refusedLater(new StompError('broker-unavailable'))
  }

  #later<T>(value: T): Promise<T> {
    return new Promise((resolve) => this.promised.push(() => resolve(value)))
  }

  #refusedLater(error = new StompError('refused-later')): Promise<never> {
    return new Promise((_, reject) => this.promised.push(() => reject(error)))
  }
}
