import type {
  Broker,
  BrokerLink,
  BrokerObserver,
  SubscribeRequest,
  Subscriber,
} from '../src/broker/broker.js'
import { Delivery } from '../src/delivery.js'
import type { Message } from '../src/message.js'

/** A broker for several nodes in one process, which loses what a test wants lost. Everything waits until it is brought. */
export class Ether {
  readonly brokers: EtherBroker[] = []
  #next = 0

  /** A node's side of it. */
  broker(): EtherBroker {
    const broker = new EtherBroker(this)
    this.brokers.push(broker)
    return broker
  }

  publish(message: Message): void {
    const copy = { ...message, body: message.body.slice() }
    const delivery = new Delivery(copy, String(this.#next++))
    for (const broker of this.brokers) broker.arrived(delivery)
  }

  /** Brings all that waits, and what comes of it, until nothing more does. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 3; idle++) {
      await new Promise((resolve) => setImmediate(resolve))
      for (const broker of this.brokers) if (broker.bring(Infinity) > 0) idle = 0
    }
  }
}

export class EtherBroker implements Broker {
  readonly shared = true
  /** What the next messages come to: `true` is lost. */
  readonly fate: boolean[] = []
  /** What this node has sent. */
  sent = 0
  readonly #ether: Ether
  readonly #subscriptions = new Map<
    string,
    { readonly subscriber: Subscriber; readonly request: SubscribeRequest }
  >()
  #waiting: Delivery[] = []
  #observer: BrokerObserver | undefined
  #up = true

  constructor(ether: Ether) {
    this.#ether = ether
  }

  observe(observer: BrokerObserver): void {
    this.#observer = observer
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    this.kill()
  }

  /** The process is gone, without a word. */
  kill(): void {
    this.#up = false
    this.#subscriptions.clear()
    this.#ether.brokers.splice(this.#ether.brokers.indexOf(this) >>> 0, 1)
  }

  connect(subscriber: Subscriber): BrokerLink {
    const nothing = (): void => {}
    return {
      send: (message) => this.publish(message),
      subscribe: (request, active) => {
        this.#subscriptions.set(request.id, { subscriber, request })
        active()
      },
      unsubscribe: (id) => void this.#subscriptions.delete(id),
      close: () => this.#subscriptions.clear(),
      ack: nothing,
      nack: nothing,
      commit: nothing,
      ready: nothing,
      awaits: () => false,
    }
  }

  publish(message: Message): void {
    if (!this.#up) return
    this.sent++
    this.#ether.publish(message)
  }

  /** The link to the broker is lost, or there again. What comes meanwhile is lost. */
  link(up: boolean): void {
    if (this.#up === up) return
    this.#up = up
    if (!up) this.#waiting = []
    this.#observer?.availability(up, up ? undefined : new Error('cut'))
  }

  /** A message for those who are subscribed to its destination here. */
  arrived(delivery: Delivery): void {
    if (!this.#up || this.fate.shift() === true) return
    this.#waiting.push(delivery)
  }

  /** Brings what waits, at most so many messages. */
  bring(most: number): number {
    const now = this.#waiting.splice(0, most)
    for (const delivery of now) {
      for (const { subscriber, request } of this.#subscriptions.values()) {
        if (request.destination === delivery.message.destination) subscriber.deliver(delivery, request.id)
      }
    }
    return now.length
  }
}
