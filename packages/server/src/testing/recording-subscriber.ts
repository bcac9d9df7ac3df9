import { FrameDecoder, utf8Decode } from '@stomping-ground/codec'
import { randomUUID } from 'node:crypto'
import type { Subscriber } from '../broker/broker.js'
import type { Delivery } from '../delivery.js'
import type { DisconnectReason } from '../errors.js'
import { bareWire } from '../transport/bare-wire.js'
import { formatOf } from '../wire.js'

/** One delivery as a STOMP 1.2 client sees it. */
export interface Received {
  readonly subscriptionId: string
  readonly messageId: string
  readonly destination: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly redelivered: boolean
}

const FORMAT = formatOf(bareWire, '1.2')

/** A session as brokers see it, which keeps what it is given. */
export class RecordingSubscriber implements Subscriber {
  readonly sessionId = randomUUID()
  /** Plays an outbox that takes no more. */
  full = false
  /** Plays a connection that does not keep up: replays pause. */
  congested = false
  /** Why the broker gave it up, once it has. */
  lostFor: DisconnectReason | undefined
  /** What has come and was not taken. */
  readonly received: Received[] = []
  #waiting: { count: number; resolve: () => void } | undefined

  deliver(delivery: Delivery, subscriptionId: string): boolean {
    if (this.full) return false
    this.received.push(receivedFrom(delivery, subscriptionId))
    if (this.#waiting !== undefined && this.received.length >= this.#waiting.count) this.#waiting.resolve()
    return true
  }

  lost(reason: DisconnectReason): void {
    this.lostFor = reason
  }

  /** Waits until so many deliveries have come since the last call, and takes everything that has. */
  async take(count: number): Promise<Received[]> {
    if (this.received.length < count) {
      await new Promise<void>((resolve) => (this.#waiting = { count, resolve }))
      this.#waiting = undefined
    }
    return this.received.splice(0)
  }

  /** Like `take`, the bodies alone; a redelivered one with a `+`. */
  async bodies(count: number): Promise<string[]> {
    return (await this.take(count)).map(({ body, redelivered }) => (redelivered ? `${body}+` : body))
  }
}

/** A delivery as the client of this subscription reads it. */
export function receivedFrom(delivery: Delivery, subscriptionId: string): Received {
  const decoder = new FrameDecoder({ frameBytes: 2 ** 30, headerCount: 1e4, headerBytes: 2 ** 20 }, 'server')
  decoder.push(delivery.element(FORMAT, subscriptionId))
  const { headers, body } = decoder.read()!
  return {
    subscriptionId: headers.get('subscription') ?? '',
    messageId: headers.get('message-id') ?? '',
    destination: headers.get('destination') ?? '',
    headers: headers.toObject(),
    body: utf8Decode(body),
    redelivered: headers.get('redelivered') === 'true',
  }
}
