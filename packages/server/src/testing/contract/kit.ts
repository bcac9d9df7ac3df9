import { StompHeaders, utf8Encode } from '@stomping-ground/codec'
import assert from 'node:assert/strict'
import type { Awaitable } from '../../awaitable.js'
import type { Acknowledgement, AckMode, Broker, BrokerLink } from '../../broker/broker.js'
import type { ServerErrorCode } from '../../errors.js'
import type { Message } from '../../message.js'
import { RecordingSubscriber } from '../recording-subscriber.js'
import type { Received } from '../recording-subscriber.js'

/** How a runner is told of suites and tests: what vitest, jest and `node:test` have in common. */
export interface Runner {
  readonly describe: (name: string, suite: () => void) => void
  readonly test: (name: string, run: () => Promise<void>) => void
}

/** In what a broker may differ: say it where it does. */
export interface ContractOptions {
  /**
   * Who gets a message that was refused with NACK: others first, in the old order (the default); anyone, the one that
   * refused it too; or nobody, because it goes to a dead-letter queue.
   */
  readonly nack?: 'others' | 'anyone' | 'nobody'
}

/** A broker that nobody else uses, started or not. */
export type MakeBroker = () => Awaitable<Broker>

/** One session of a test. */
export interface Party {
  readonly subscriber: RecordingSubscriber
  readonly link: BrokerLink
  /** Subscribes, and waits until that is done. */
  readonly subscribe: (id: string, destination: string, options?: SubscribeOptions) => Promise<void>
  readonly send: (destination: string, ...bodies: string[]) => Promise<void>
}

interface SubscribeOptions {
  readonly ack?: AckMode
  readonly prefetch?: number
  readonly headers?: Readonly<Record<string, string>>
}

/** What a test of the contract works with. */
export interface Ground {
  readonly broker: Broker
  readonly party: () => Promise<Party>
  /** A name that no other test uses. */
  readonly name: (prefix: '/topic/' | '/queue/') => string
}

let names = 0

/** Runs a test with a broker of its own, and stops that afterwards. */
export function withBroker(
  makeBroker: MakeBroker,
  run: (ground: Ground) => Promise<void>,
): () => Promise<void> {
  return async () => {
    const broker = await makeBroker()
    broker.observe({ dropped() {}, availability() {} })
    await broker.start()
    const links: BrokerLink[] = []
    try {
      await run({
        broker,
        name: (prefix) => `${prefix}contract-${process.pid}-${names++}`,
        party: async () => {
          const party = await partyOf(broker)
          links.push(party.link)
          return party
        },
      })
    } finally {
      for (const link of links) link.close()
      await broker.stop()
    }
  }
}

/** A session of a broker's own, for a test. */
export async function partyOf(broker: Broker): Promise<Party> {
  const subscriber = new RecordingSubscriber()
  const link = await broker.connect(subscriber)
  return {
    subscriber,
    link,
    async subscribe(id, destination, { ack = 'auto', prefetch, headers = {} } = {}) {
      const all = { ...headers, ...(prefetch !== undefined && { 'prefetch-count': String(prefetch) }) }
      await link.subscribe({ id, destination, ack, headers: StompHeaders.from(all) }, () => {})
    },
    async send(destination, ...bodies) {
      for (const body of bodies) await link.send(message(destination, body))
    },
  }
}

export function message(
  destination: string,
  body: string | Uint8Array = '',
  headers: Readonly<Record<string, string>> = {},
): Message {
  return {
    destination,
    headers: StompHeaders.from(headers),
    body: typeof body === 'string' ? utf8Encode(body) : body,
  }
}

/** What an ACK or NACK of this delivery says. */
export function ackOf({ messageId, subscriptionId }: Received): Acknowledgement {
  return { messageId, subscriptionId }
}

/** Fails unless the call is refused with this code, at once or later. */
export async function refuses(code: ServerErrorCode, call: () => Awaitable<unknown>): Promise<void> {
  await assert.rejects(async () => call(), { name: 'StompError', code })
}
