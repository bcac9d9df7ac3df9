import { describe, expect, test } from 'vitest'
import { StompError } from '../../errors.js'
import { messageBytes } from '../../message.js'
import { ackOf, message, partyOf } from '../../testing/contract/kit.js'
import type { Party } from '../../testing/contract/kit.js'
import { ManualClock } from '../../testing/manual-clock.js'
import { embeddedBroker } from './embedded.js'
import type { EmbeddedBrokerOptions } from './embedded.js'

const QUEUE = '/queue/a'

async function full(options: EmbeddedBrokerOptions): Promise<Party> {
  return partyOf(embeddedBroker({ clock: new ManualClock(), ...options }))
}

function code(error: unknown): string {
  return error instanceof StompError ? error.code : String(error)
}

describe('queueMessages', () => {
  test('takes as many, refuses one more, and takes again when one is settled', async () => {
    const one = await full({ queueMessages: 2 })
    await one.send(QUEUE, '1', '2')
    await expect(one.send(QUEUE, '3')).rejects.toMatchObject({
      code: 'queue-full',
      message: 'The queue /queue/a is full.',
    })
    await one.subscribe('a', QUEUE, { ack: 'client' })
    const [first] = await one.subscriber.take(2)
    // Delivered and unacked counts as much as waiting.
    await expect(one.send(QUEUE, '3').catch(code)).resolves.toBe('queue-full')
    await one.link.ack(ackOf(first!))
    await one.send(QUEUE, '3')
    expect(await one.subscriber.bodies(1)).toEqual(['3'])
    await expect(one.send(QUEUE, '4').catch(code)).resolves.toBe('queue-full')
  })

  test('counts a message that was given back once', async () => {
    const one = await full({ queueMessages: 2 })
    await one.subscribe('a', QUEUE, { ack: 'client' })
    await one.send(QUEUE, '1')
    for (let i = 0; i < 3; i++) await one.link.nack(ackOf((await one.subscriber.take(1))[0]!))
    await one.send(QUEUE, '2')
    await expect(one.send(QUEUE, '3').catch(code)).resolves.toBe('queue-full')
  })
})

describe('queueBytes', () => {
  const size = messageBytes(message(QUEUE, 'twelve bytes', { name: 'value' }))

  test('counts the body, the headers and a little more', () => {
    expect(size).toBe('twelve bytes'.length + 'name'.length + 'value'.length + 64)
  })

  test('takes as much, refuses a byte more, and takes again when one is settled', async () => {
    const one = await full({ queueBytes: 2 * size })
    const send = (body: string): Promise<unknown> =>
      (async () => one.link.send(message(QUEUE, body, { name: 'value' })))().catch(code)
    expect(await send('twelve bytes')).toBeUndefined()
    expect(await send('twelve bytes+')).toBe('queue-full')
    expect(await send('twelve bytes')).toBeUndefined()
    expect(await send('')).toBe('queue-full')
    await one.subscribe('a', QUEUE)
    expect(await one.subscriber.take(2)).toHaveLength(2)
    expect(await send('twelve bytes')).toBeUndefined()
  })

  test('refuses a message that is larger than any queue may be, and leaves no queue behind', async () => {
    const one = await full({ queueBytes: 100, queues: 1 })
    await expect(one.send(QUEUE, 'x'.repeat(37)).catch(code)).resolves.toBe('queue-full')
    await one.send('/queue/b', 'x'.repeat(36))
  })
})

describe('allQueuesBytes', () => {
  const size = messageBytes(message(QUEUE, 'twelve bytes'))

  test('is what all queues take together, a byte more is refused, and there is room when something is settled', async () => {
    const one = await full({ allQueuesBytes: 2 * size })
    await one.send('/queue/1', 'twelve bytes')
    await expect(one.send('/queue/2', 'twelve bytes+').catch(code)).resolves.toBe('queue-full')
    await one.send('/queue/2', 'twelve bytes')
    await expect(one.send('/queue/3', '').catch(code)).resolves.toBe('queue-full')
    await one.subscribe('1', '/queue/1')
    await one.send('/queue/3', 'twelve bytes')
  })

  test('is given back by a reply queue that is gone with its session', async () => {
    const broker = embeddedBroker({ allQueuesBytes: 2 * messageBytes(message(QUEUE, 'x')) + 200 })
    const [asking, answering] = [await partyOf(broker), await partyOf(broker)]
    await answering.subscribe('a', QUEUE)
    await asking.link.send(message(QUEUE, '', { 'reply-to': '/temp-queue/r' }))
    const address = (await answering.subscriber.take(1))[0]!.headers['reply-to']!
    asking.subscriber.full = true
    await answering.send(address, 'x', 'x', 'x')
    await expect(answering.send('/queue/b', 'x'.repeat(200)).catch(code)).resolves.toBe('queue-full')
    asking.link.close()
    await answering.send('/queue/b', 'x'.repeat(200))
  })

  test('is room for a whole transaction, or for nothing of it', async () => {
    const one = await full({ allQueuesBytes: 2 * size })
    const commit = (...queues: string[]): Promise<unknown> =>
      (async () =>
        one.link.commit(
          queues.map((queue) => ({ kind: 'send', message: message(queue, 'twelve bytes') })),
        ))().catch(code)
    expect(await commit('/queue/1', '/queue/2', '/queue/3')).toBe('queue-full')
    expect(await commit('/queue/1', '/queue/2')).toBeUndefined()
  })
})

describe('queues', () => {
  test('takes as many, refuses one more, and takes again when one is empty and nobody consumes', async () => {
    const one = await full({ queues: 2 })
    await one.send('/queue/1', 'x')
    await one.subscribe('2', '/queue/2')
    await expect(one.send('/queue/3', 'x').catch(code)).resolves.toBe('too-many-queues')
    await expect(one.subscribe('3', '/queue/3').catch(code)).resolves.toBe('too-many-queues')
    await one.send('/queue/1', 'x')
    await one.link.unsubscribe('2')
    await one.send('/queue/3', 'x')
    await expect(one.subscribe('2', '/queue/2').catch(code)).resolves.toBe('too-many-queues')
    await one.subscribe('1', '/queue/1')
    await one.link.unsubscribe('1')
    await one.subscribe('2', '/queue/2')
  })

  test('a queue of expired messages that nobody reads makes room', async () => {
    const clock = new ManualClock()
    const one = await full({ queues: 2, clock })
    const expiring = (name: string): Promise<unknown> =>
      (async () => one.link.send(message(name, 'x', { 'message-ttl': '1500' })))().catch(code)
    await expiring('/queue/1')
    await expiring('/queue/2')
    await clock.advance(1_499)
    expect(await expiring('/queue/3')).toBe('too-many-queues')
    await clock.advance(1)
    // All queues are looked through once a second at most.
    expect(await expiring('/queue/3')).toBe('too-many-queues')
    await clock.advance(999)
    expect(await expiring('/queue/3')).toBeUndefined()
    expect(await expiring('/queue/4')).toBeUndefined()
    expect(await expiring('/queue/5')).toBe('too-many-queues')
  })

  test('a session may have a hundred reply queues, each with its address', async () => {
    const one = await full({})
    const ask = (name: string): Promise<unknown> =>
      (async () => one.link.send(message(QUEUE, 'x', { 'reply-to': name })))().catch(code)
    for (let i = 0; i < 100; i++) expect(await ask(`/temp-queue/${i}`)).toBeUndefined()
    expect(await ask('/temp-queue/100')).toBe('too-many-queues')
    await expect(one.subscribe('a', '/temp-queue/100').catch(code)).resolves.toBe('too-many-queues')
    expect(await ask('/temp-queue/99')).toBeUndefined()
    await one.subscribe('asked', QUEUE)
    const asked = await one.subscriber.take(101)
    expect(new Set(asked.map(({ headers }) => headers['reply-to'])).size).toBe(100)
  })
})

describe('a transaction', () => {
  test('is refused whole where a queue has no room for all that it sends there', async () => {
    const one = await full({ queueMessages: 2 })
    await one.send(QUEUE, '1')
    const commit = (...bodies: string[]): Promise<unknown> =>
      (async () =>
        one.link.commit(bodies.map((body) => ({ kind: 'send', message: message(QUEUE, body) }))))().catch(
        code,
      )
    expect(await commit('2', '3')).toBe('queue-full')
    expect(await commit('2')).toBeUndefined()
    await one.subscribe('a', QUEUE)
    expect(await one.subscriber.bodies(2)).toEqual(['1', '2'])
  })

  test('is refused whole where there is no room for all the queues that it makes', async () => {
    const one = await full({ queues: 2 })
    const commit = (...queues: string[]): Promise<unknown> =>
      (async () =>
        one.link.commit(queues.map((queue) => ({ kind: 'send', message: message(queue, 'x') }))))().catch(
        code,
      )
    expect(await commit('/queue/1', '/queue/2', '/queue/3')).toBe('too-many-queues')
    expect(await commit('/queue/1', '/queue/2', '/queue/1')).toBeUndefined()
    await one.subscribe('1', '/queue/1')
    expect(await one.subscriber.bodies(2)).toEqual(['x', 'x'])
  })

  test('that was granted room is carried out, though a dead letter of its own took it meanwhile', async () => {
    const one = await full({ queueMessages: 1, maxDeliveries: 1, deadLetterQueue: '/queue/dead' })
    await one.subscribe('a', QUEUE, { ack: 'client' })
    await one.send(QUEUE, 'refused')
    const [refused] = await one.subscriber.take(1)
    await one.link.commit([
      { kind: 'nack', acknowledgement: ackOf(refused!) },
      { kind: 'send', message: message('/queue/dead', 'sent') },
    ])
    await one.subscribe('dead', '/queue/dead')
    expect(await one.subscriber.bodies(2)).toEqual(['refused', 'sent'])
  })
})
