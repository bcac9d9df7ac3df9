import { ClientError } from '@stomping-ground/client'
import type {
  Activation,
  Client,
  ConnectionState,
  Position,
  ReceivedMessage,
  SendOptions,
  SubscribeOptions,
  Subscription,
  SubscriptionState,
} from '@stomping-ground/client'

interface Target {
  readonly destination: string
}

/** What was sent, and what the server says to it. */
interface Sent<Body> {
  readonly destination: string
  readonly body: Body
  readonly options: SendOptions
  readonly done: () => Promise<void>
  readonly refused: (code: string) => Promise<void>
  readonly lost: () => void
}

type Handler = (message: ReceivedMessage<unknown>) => void

export class FakeSubscription implements Subscription {
  readonly destination: string
  readonly options: SubscribeOptions
  readonly position = undefined
  kind: SubscriptionState['kind'] = 'waiting'
  readonly #handle: Handler

  constructor(destination: string, handle: Handler, options: SubscribeOptions) {
    this.destination = destination
    this.#handle = handle
    this.options = options
  }

  readonly state = {
    getSnapshot: () => ({ kind: this.kind }) as SubscriptionState,
    subscribe: () => () => {},
  }

  retry(): void {
    if (this.kind === 'refused') this.kind = 'subscribing'
  }

  unsubscribe(): void {
    this.kind = 'ended'
  }

  active(activation: Partial<Activation> = {}): void {
    this.kind = 'active'
    const nothing = { first: true, recovered: true, missed: 0, replayUntil: undefined, epoch: undefined }
    this.options.onActive?.({ ...nothing, ...activation })
  }

  refused(code: string): void {
    this.kind = 'refused'
    this.options.onRefused?.(new ClientError(code, { by: 'server' }))
  }

  say(body: unknown, position?: Position): void {
    const { destination } = this
    this.#handle({ body, destination, headers: {}, position, ack: () => {}, nack: () => {} })
  }
}

/** A client that remembers what was asked of it, and whose server the test plays. */
export class FakeClient<Body> {
  readonly sent: Sent<Body>[] = []
  readonly subscriptions: FakeSubscription[] = []
  reconnects = 0
  readonly #greetings = new Set<() => void | Promise<void>>()
  readonly #listeners = new Set<() => void>()
  #state: ConnectionState = { kind: 'connecting' }

  readonly connection = {
    getSnapshot: () => this.#state,
    subscribe: (listener: () => void) => {
      this.#listeners.add(listener)
      return () => this.#listeners.delete(listener)
    },
  }

  /** Typed as the client that it stands for. */
  get client(): Pick<Client, 'connection' | 'onSession' | 'send' | 'subscribe' | 'reconnect'> {
    return this as unknown as Client
  }

  onSession(greet: () => void | Promise<void>): () => void {
    this.#greetings.add(greet)
    return () => this.#greetings.delete(greet)
  }

  subscribe({ destination }: Target, handle: Handler, options: SubscribeOptions = {}): Subscription {
    const subscription = new FakeSubscription(destination, handle, options)
    this.subscriptions.push(subscription)
    return subscription
  }

  send({ destination }: Target, { body, ...options }: SendOptions & { body: Body }): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = async (settle: () => void): Promise<void> => {
        settle()
        await new Promise<void>((resolve) => queueMicrotask(resolve))
      }
      this.sent.push({
        destination,
        body,
        options,
        done: () => settled(resolve),
        refused: (code) => settled(() => reject(new ClientError(code, { by: 'server' }))),
        lost: () => options.wait === false && reject(new ClientError('connection-lost')),
      })
    })
  }

  reconnect(): void {
    this.reconnects++
  }

  /** A session begins: everything is subscribed to, then everybody greets. */
  begin(): void {
    this.#become({ kind: 'connected', via: 'primary' })
    for (const subscription of this.live())
      if (subscription.kind === 'waiting') subscription.kind = 'subscribing'
    for (const greet of this.#greetings) void greet()
  }

  end(): void {
    for (const { lost } of this.sent) lost()
    for (const subscription of this.live()) if (subscription.kind !== 'refused') subscription.kind = 'waiting'
    this.#become({
      kind: 'waiting',
      retryAt: 0,
      offline: false,
      end: { code: 1006, reason: '', error: undefined },
    })
  }

  live(): readonly FakeSubscription[] {
    return this.subscriptions.filter(({ kind }) => kind !== 'ended')
  }

  /** The subscription to a destination. */
  to(wanted: string): FakeSubscription {
    const found = this.live().find(({ destination }) => destination === wanted)
    if (found === undefined) throw new Error(`Nobody has subscribed to ${wanted}`)
    return found
  }

  #become(state: ConnectionState): void {
    this.#state = state
    for (const listener of this.#listeners) listener()
  }
}
