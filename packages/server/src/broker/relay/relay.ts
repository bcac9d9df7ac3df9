import type { Clock } from '../../clock.js'
import { DISCONNECTS } from '../../errors.js'
import type { Message } from '../../message.js'
import type { Broker, BrokerLink, BrokerObserver, Subscriber } from '../broker.js'
import { checkedSend } from '../destinations.js'
import { Topics } from '../topics/topics.js'
import { RelayLink } from './link.js'
import type { LinkHooks } from './link.js'
import { MessageIds } from './messages.js'
import { relaySettings } from './settings.js'
import type { RelayOptions, RelaySettings } from './settings.js'
import { RelaySessionLink } from './session-link.js'
import { SharedTopics } from './shared-topics.js'
import { NO_BODY } from './upstream.js'

/** What sessions use of their relay. */
export interface RelayParts {
  readonly sharedTopics: SharedTopics
  readonly ids: MessageIds
  readonly prefetch: number
  readonly clock: Clock
  /** Whether a topic never leaves this node. */
  isLocal(destination: string): boolean
  /** Sends by the connection that the node shares, or to those here alone. */
  send(message: Message, confirm: boolean): void | Promise<void>
  /** Resolves when the broker has carried out all that was sent by it. */
  settled(): Promise<void>
  /** A connection of a session's own. */
  link(hooks: Omit<LinkHooks, 'login' | 'passcode'>): RelayLink
  /** A session ends, and what it gives back is on its way. */
  leaving(done: Promise<void>): void
  /** Resolves when all that is on its way has come. */
  left(): Promise<void>
}

/**
 * A broker elsewhere that speaks STOMP: RabbitMQ, ActiveMQ, Artemis, another stomping-ground.
 *
 * One connection of the node's carries all topics and what is sent: a topic is subscribed to once for everybody here, and
 * the fan-out is done here. A session gets a connection of its own when it first uses a queue or a transaction. Lost
 * connections come back, with their subscriptions, while the sessions stay.
 *
 * @throws TypeError or RangeError naming what is wrong in the options
 */
export function relay(options: RelayOptions): Broker {
  return new RelayBroker(relaySettings(options))
}

class RelayBroker implements Broker, RelayParts {
  readonly shared = true
  readonly ids = new MessageIds()
  readonly sharedTopics: SharedTopics
  readonly #settings: RelaySettings
  readonly #topics = new Topics()
  readonly #system: RelayLink
  readonly #waiting = { count: 0 }
  readonly #leaving = new Set<Promise<void>>()
  #observer: BrokerObserver | undefined
  /** What was told last: each change once, not each attempt. */
  #told: string | undefined

  constructor(settings: RelaySettings) {
    this.#settings = settings
    this.#system = new RelayLink(settings, this.#waiting, {
      login: undefined,
      passcode: undefined,
      message: (frame, upstream) => this.sharedTopics.message(frame, upstream),
      restore: async (upstream) => {
        for (const name of await this.sharedTopics.restore(upstream)) this.#giveUp(name)
      },
      up: () => this.#tell(true, undefined),
      down: (cause) => {
        this.sharedTopics.down()
        this.#tell(false, cause)
      },
    })
    const isLocal = (name: string): boolean => this.isLocal(name)
    this.sharedTopics = new SharedTopics(this.#system, this.#topics, this.ids, settings.clock, isLocal)
  }

  get prefetch(): number {
    return this.#settings.prefetch
  }

  get clock(): Clock {
    return this.#settings.clock
  }

  observe(observer: BrokerObserver): void {
    this.#observer = observer
  }

  /** Resolves when the broker was reached, or could not be: the server then goes on trying. */
  start(): Promise<void> {
    return this.#system.start()
  }

  connect(subscriber: Subscriber): BrokerLink {
    return new RelaySessionLink(this, subscriber)
  }

  publish(message: Message): void | Promise<void> {
    checkedSend(message)
    return this.send(message, true)
  }

  async stop(): Promise<void> {
    await this.left()
    await this.#system.close(true)
  }

  isLocal(destination: string): boolean {
    return this.#settings.local.some((pattern) => pattern.match(destination) !== undefined)
  }

  send(message: Message, confirm: boolean): void | Promise<void> {
    if (this.isLocal(message.destination)) return void this.#topics.publish(message, this.ids.next())
    // The body is a view of what a transport read: what waits keeps a copy.
    const body = this.#system.upstream === undefined ? Buffer.from(message.body) : message.body
    return this.#system.run((upstream) =>
      upstream.send('SEND', this.ids.outgoing(message, upstream.dialect), body, confirm),
    )
  }

  async settled(): Promise<void> {
    await this.#system.run((upstream) => {
      const transaction = ['transaction', `barrier-${this.ids.next()}`]
      upstream.tell('BEGIN', transaction)
      return upstream.send('ABORT', transaction, NO_BODY, true)
    })
  }

  link(hooks: Omit<LinkHooks, 'login' | 'passcode'>): RelayLink {
    const { clientLogin, clientPasscode } = this.#settings
    return new RelayLink(this.#settings, this.#waiting, {
      ...hooks,
      login: clientLogin,
      passcode: clientPasscode,
    })
  }

  leaving(done: Promise<void>): void {
    const one = done.finally(() => this.#leaving.delete(one))
    this.#leaving.add(one)
  }

  async left(): Promise<void> {
    await Promise.all(this.#leaving)
  }

  #tell(available: boolean, cause: Error | undefined): void {
    const what = `${available} ${cause?.message}`
    if (this.#told === what) return
    this.#told = what
    this.#observer?.availability(available, cause)
  }

  /** The broker refuses a topic that it had allowed. */
  #giveUp(name: string): void {
    for (const subscriber of this.#topics.subscribersOf(name)) subscriber.lost(DISCONNECTS.broker)
  }
}
