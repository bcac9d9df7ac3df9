import { expect, test } from 'vitest'
import { ackOf, message, partyOf } from '../../testing/contract/kit.js'
import { embeddedBroker } from './embedded.js'
import type { KeptMessage, QueueChange, QueueStore } from './queue-store.js'

/** Keeps messages in memory, when it is told that the disk is done. */
class TestStore implements QueueStore {
  kept = new Map<number, KeptMessage>()
  broken = false
  #waiting: (() => void)[] = []
  held = false

  async start(): Promise<void> {}

  async load(after: number): Promise<KeptMessage[]> {
    return [...this.kept.values()].filter(({ key }) => key > after).slice(0, 2)
  }

  async change(changes: readonly QueueChange[]): Promise<void> {
    if (this.held) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (this.broken) throw new Error('the disk is full')
    for (const change of changes) {
      if ('kept' in change) this.kept.set(change.kept.key, change.kept)
      else this.kept.delete(change.settled)
    }
  }

  async stop(): Promise<void> {}

  release(): void {
    this.held = false
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  get bodies(): string[] {
    return [...this.kept.values()].map(({ body }) => Buffer.from(body).toString())
  }
}

const persistent = (body: string, headers = {}) =>
  message('/queue/a', body, { persistent: 'true', ...headers })

test('a persistent message is sent, and delivered, when the store has it; others do not wait', async () => {
  const store = new TestStore()
  const one = await partyOf(embeddedBroker({ durable: store }))
  await one.subscribe('a', '/queue/a', { ack: 'client' })
  store.held = true
  const sending = one.link.send(persistent('kept'))
  await one.send('/queue/a', 'not kept')
  expect(await one.subscriber.bodies(1)).toEqual(['not kept'])
  await new Promise(setImmediate)
  expect(one.subscriber.received).toEqual([])
  store.release()
  await sending
  expect([await one.subscriber.bodies(1), store.bodies]).toEqual([['kept'], ['kept']])
})

test('what was not settled is there after a restart, in order and redelivered, with its id', async () => {
  const store = new TestStore()
  const first = await partyOf(embeddedBroker({ durable: store }))
  await first.subscribe('a', '/queue/a', { ack: 'client-individual' })
  for (const body of ['1', '2', '3', '4', '5']) await first.link.send(persistent(body))
  const got = await first.subscriber.take(5)
  await first.link.ack(ackOf(got[1]!))
  await first.link.nack(ackOf(got[3]!))
  const broker = embeddedBroker({ durable: store })
  await broker.start()
  const second = await partyOf(broker)
  await second.subscribe('a', '/queue/a')
  const again = await second.subscriber.take(4)
  expect(again.map(({ body, redelivered }) => [body, redelivered])).toEqual(
    ['1', '3', '4', '5'].map((body) => [body, true]),
  )
  expect(again[0]!.messageId).toBe(got[0]!.messageId)
  await new Promise(setImmediate)
  // Delivered by ack:auto is settled.
  expect(store.bodies).toEqual([])
  await second.link.send(persistent('6'))
  expect(await second.subscriber.bodies(1)).toEqual(['6'])
})

test('a transaction is kept as a whole, or not at all', async () => {
  const store = new TestStore()
  const one = await partyOf(embeddedBroker({ durable: store }))
  await one.subscribe('a', '/queue/a', { ack: 'client-individual', prefetch: 1 })
  await one.link.send(persistent('1'))
  const [first] = await one.subscriber.take(1)
  const operations = [
    { kind: 'send', message: persistent('2') },
    { kind: 'ack', acknowledgement: ackOf(first!) },
    { kind: 'send', message: message('/queue/a', '3') },
  ] as const
  store.broken = true
  await expect(one.link.commit(operations)).rejects.toMatchObject({ code: 'queue-unavailable' })
  expect(store.bodies).toEqual(['1'])
  const [again] = await one.subscriber.take(1)
  expect([again!.body, again!.redelivered]).toEqual(['1', true])
  store.broken = false
  const acked = { kind: 'ack', acknowledgement: ackOf(again!) } as const
  await one.link.commit([operations[0], acked, operations[2]])
  expect(store.bodies).toEqual(['2'])
  expect(await one.subscriber.bodies(1)).toEqual(['2'])
})

test('a store that does not work refuses what is persistent, and learns later what was settled meanwhile', async () => {
  const store = new TestStore()
  const one = await partyOf(embeddedBroker({ durable: store }))
  await one.subscribe('a', '/queue/a', { ack: 'client-individual' })
  await one.link.send(persistent('1'))
  const [first] = await one.subscriber.take(1)
  store.broken = true
  await expect(one.link.send(persistent('2'))).rejects.toMatchObject({ code: 'queue-unavailable' })
  await expect(one.link.ack(ackOf(first!))).rejects.toMatchObject({ code: 'queue-unavailable' })
  await one.send('/queue/a', 'not kept')
  expect(await one.subscriber.bodies(1)).toEqual(['not kept'])
  store.broken = false
  await one.link.send(persistent('3'))
  expect(store.bodies).toEqual(['3'])
})

test('a message that expires or is given up is gone from the store; a dead letter takes its place', async () => {
  const store = new TestStore()
  const broker = embeddedBroker({ durable: store, maxDeliveries: 1 })
  const one = await partyOf(broker)
  await one.link.send(persistent('expired', { expires: '1' }))
  await one.link.send(persistent('dead'))
  await one.subscribe('a', '/queue/a', { ack: 'client-individual' })
  const [dead] = await one.subscriber.take(1)
  expect(dead!.body).toBe('dead')
  await one.link.nack(ackOf(dead!))
  await broker.stop()
  expect([...store.kept.values()].map(({ queue, headers }) => [queue, headers.get('x-death-queue')])).toEqual(
    [['/queue/dead-letter', '/queue/a']],
  )
})
