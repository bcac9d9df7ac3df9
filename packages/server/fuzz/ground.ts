import { embeddedBroker } from '../src/broker/embedded/embedded.js'
import type { EmbeddedParts } from '../src/broker/embedded/link.js'
import { StompError } from '../src/errors.js'
import { messageMap } from '../src/messaging/message-map.js'
import { allow, rule } from '../src/messaging/permissions.js'
import { createStompServer } from '../src/server.js'
import type { StompServer } from '../src/server.js'
import type { ConnectRequest } from '../src/authentication.js'
import type { StompUser } from '../src/stomp-session.js'
import { ManualClock } from '../src/testing/manual-clock.js'
import { QUEUES } from './vocabulary.js'

/** What was promised to a frame, and is kept later. */
type Promised = () => void

/** A whole server in memory, with small limits, and handlers, rules and credentials that take their time or refuse. */
export class Ground {
  readonly clock = new ManualClock()
  readonly stomp: StompServer
  readonly promised: Promised[] = []
  readonly failures: unknown[] = []
  readonly #broker = embeddedBroker({
    clock: this.clock,
    queues: 7,
    queueMessages: 20,
    queueBytes: 20_000,
    allQueuesBytes: 30_000,
    maxDeliveries: 3,
    prefetch: 10,
  })

  constructor() {
    this.stomp = createStompServer({
      clock: this.clock,
      broker: this.#broker,
      authenticate: (request) => this.#authenticate(request),
      permissions: {
        send: [
          allow('/topic/**'),
          ...QUEUES.map((queue) => allow(queue)),
          rule('/slow/**', () => this.#later(true)),
          allow('/queue/'),
          allow('/reply-queue/*'),
        ],
        subscribe: [rule('/forbidden/**', () => this.#later(false)), allow('/**')],
      },
      messages: [this.#handlers()],
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
  }

  #later<T>(value: T): Promise<T> {
    return new Promise((resolve) => this.promised.push(() => resolve(value)))
  }

  #refusedLater(): Promise<never> {
    return new Promise((_, reject) => this.promised.push(() => reject(new StompError('refused-later'))))
  }
}
