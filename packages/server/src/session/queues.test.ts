import { describe, expect, test } from 'vitest'
import { heard, serve } from '../../test/kit.js'
import type { TestServer } from '../../test/kit.js'
import { embeddedBroker } from '../broker/embedded/embedded.js'
import type { EmbeddedBrokerOptions } from '../broker/embedded/embedded.js'
import { DISCONNECTS } from '../errors.js'
import type { Limits } from '../limits.js'
import { rule, allow } from '../messaging/permissions.js'
import type { StompUser } from '../stomp-session.js'
import type { MemoryClient } from '../testing/memory-client.js'

const QUEUE = '/queue/a'

function server(broker: EmbeddedBrokerOptions = {}, limits: Partial<Limits> = {}): TestServer<StompUser> {
  return serve({
    broker: embeddedBroker(broker),
    limits,
    permissions: { send: [allow('/topic/**'), allow('/queue/**')] },
  })
}

describe('a queue', () => {
  test('keeps what is sent when nobody consumes, which the RECEIPT confirms at once', async () => {
    const { connect } = server()
    const sender = await connect()
    const headers = {
      destination: QUEUE,
      persistent: 'true',
      priority: '9',
      redelivered: 'true',
      'x-delivery-count': '9',
    }
    const receipt = await sender.ask('SEND', headers, 'x')
    expect(receipt.command).toBe('RECEIPT')
    sender.cut()
    const receiver = await connect()
    receiver.send('SUBSCRIBE', { id: '0', destination: QUEUE, receipt: 'r' })
    // persistent asks for more than a queue in memory gives, and says so to whoever reads the message.
    expect(
      await receiver.frames('receipt-id', 'persistent', 'priority', 'redelivered', 'x-delivery-count'),
    ).toEqual(['RECEIPT receipt-id=r', 'MESSAGE persistent=true priority=9 | x'])
  })

  test('that is full refuses a SEND with its receipt-id, and counts the refusal', async () => {
    const { connect, stomp } = server({ queueMessages: 1 })
    const client = await connect()
    client.send('SEND', { destination: QUEUE, receipt: '1' })
    client.send('SEND', { destination: QUEUE, receipt: '2' })
    expect(await client.frames('code', 'receipt-id')).toEqual([
      'RECEIPT receipt-id=1',
      'ERROR code=queue-full receipt-id=2 | The queue /queue/a is full.',
    ])
    expect(client.closeReason).toBe(DISCONNECTS.refused)
    expect(stomp.metrics.refusals.get('queue-full')).toBe(1)
  })

  test('goes on for the sender who stays connected after the ERROR', async () => {
    const { connect } = server({ queueMessages: 1 })
    const client = await connect({ 'x-error-mode': 'keep' })
    client.send('SEND', { destination: QUEUE }, '1')
    client.send('SEND', { destination: QUEUE }, '2')
    client.send('SUBSCRIBE', { id: '0', destination: QUEUE })
    client.send('SEND', { destination: QUEUE }, '3')
    expect(await client.frames('code')).toEqual([
      'ERROR code=queue-full | The queue /queue/a is full.',
      'MESSAGE | 1',
      'MESSAGE | 3',
    ])
  })

  test('tells the server of what it drops', async () => {
    const { connect, stomp, clock } = serve({ permissions: { send: [allow('/queue/**')] } })
    const dropped = heard(stomp, 'dropped')
    const client = await connect()
    await client.ask('SEND', { destination: QUEUE, 'message-ttl': '100' })
    await clock.advance(100)
    await client.ask('SUBSCRIBE', { id: '0', destination: QUEUE })
    expect(await client.frames()).toEqual([])
    expect(dropped).toEqual([{ destination: QUEUE, reason: 'expired' }])
    expect(stomp.metrics.drops.get('expired')).toBe(1)
  })

  test.each([
    [{ destination: QUEUE, 'message-ttl': 'soon' }, 'message-ttl has to be a whole number.'],
    [{ destination: QUEUE, expires: '-1' }, 'expires has to be a whole number.'],
  ])('refuses a SEND with %j', async (headers, text) => {
    const { connect } = server()
    const client = await connect()
    client.send('SEND', headers)
    expect(await client.frames('code')).toEqual([`ERROR code=header-invalid | ${text}`])
  })

  test('takes a prefetch-count as RabbitMQ does, and refuses one that is no number', async () => {
    const { connect } = server()
    const client = await connect()
    for (const body of ['1', '2', '3']) client.send('SEND', { destination: QUEUE }, body)
    const subscribe = { id: '0', destination: QUEUE, ack: 'client-individual', 'prefetch-count': '2' }
    client.send('SUBSCRIBE', subscribe)
    expect(await client.frames()).toEqual(['MESSAGE | 1', 'MESSAGE | 2'])
    client.send('SUBSCRIBE', { ...subscribe, id: '1', 'prefetch-count': 'two' })
    expect(await client.frames('code')).toEqual([
      'ERROR code=header-invalid | prefetch-count has to be a whole number.',
    ])
  })
})

describe('a consumer whose connection is congested', () => {
  async function congested(): Promise<TestServer<StompUser> & { slow: MemoryClient; sender: MemoryClient }> {
    const at = server({}, { outboxBytes: 1_000 })
    const [slow, sender] = [await at.connect(), await at.connect()]
    await slow.ask('SUBSCRIBE', { id: '0', destination: QUEUE })
    slow.writable = false
    // One write finds the connection congested; what follows fills the outbox.
    await sender.ask('SEND', { destination: QUEUE }, 'first')
    expect(await slow.frames()).toEqual(['MESSAGE | first'])
    return { ...at, slow, sender }
  }

  test('is passed over once its outbox is full, and not disconnected', async () => {
    const { connect, slow, sender } = await congested()
    const body = 'x'.repeat(300)
    for (let i = 0; i < 4; i++) sender.send('SEND', { destination: QUEUE }, `${i}${body}`)
    const other = await connect()
    other.send('SUBSCRIBE', { id: '0', destination: QUEUE })
    expect((await other.frames()).map((frame) => frame.slice(0, 11))).toEqual(['MESSAGE | 2', 'MESSAGE | 3'])
    expect(slow.closeReason).toBeUndefined()
    slow.drain()
    expect((await slow.frames()).map((frame) => frame.slice(0, 11))).toEqual(['MESSAGE | 0', 'MESSAGE | 1'])
  })

  test('gets the rest, in order, as its connection takes it', async () => {
    const { slow, sender } = await congested()
    const bodies = Array.from({ length: 20 }, (_, i) => `${String(i).padStart(2, '0')}${'x'.repeat(200)}`)
    for (const body of bodies) sender.send('SEND', { destination: QUEUE }, body)
    const got: string[] = []
    for (let i = 0; i < 20 && got.length < 20; i++) {
      slow.drain()
      slow.writable = false
      got.push(...(await slow.frames()).map((frame) => frame.slice('MESSAGE | '.length)))
    }
    expect(got).toEqual(bodies)
  })

  test('that is given up loses nothing that it had to ack', async () => {
    const { connect, clock, stomp } = server({}, { outboxBytes: 500, outboxStallMs: 1_000 })
    const [slow, sender] = [await connect(), await connect()]
    await slow.ask('SUBSCRIBE', { id: '0', destination: QUEUE, ack: 'client' })
    slow.writable = false
    for (const body of ['1', '2', '3', '4', '5', '6']) await sender.ask('SEND', { destination: QUEUE }, body)
    await clock.advance(1_000)
    expect(slow.closeReason).toBe(DISCONNECTS.slow)
    expect(stomp.metrics.disconnects.get('slow')).toBe(1)
    await sender.ask('SUBSCRIBE', { id: '0', destination: QUEUE })
    const frames = await sender.frames()
    expect(frames).toEqual(['1', '2', '3', '4', '5', '6'].map((body) => `MESSAGE | ${body}`))
  })
})

describe('reply-to', () => {
  test('brings the answer to the one who asked; the answering side needs no permission but the address', async () => {
    const { connect } = serve({
      permissions: {
        send: [rule('/queue/**', ({ user }) => user.name === 'asking')],
      },
    })
    const [asking, answering] = [await connect({ login: 'asking' }), await connect({ login: 'answering' })]
    await answering.ask('SUBSCRIBE', { id: '0', destination: QUEUE })
    asking.send('SEND', { destination: QUEUE, 'reply-to': '/temp-queue/replies' }, 'question')
    const question = await answering.arrival()
    const address = question.headers.get('reply-to')!
    expect(address).not.toContain('temp-queue')
    answering.send('SEND', { destination: address, 'correlation-id': '7' }, 'answer')
    expect(await asking.frames('subscription', 'correlation-id')).toEqual([
      'MESSAGE subscription=/temp-queue/replies correlation-id=7 | answer',
    ])
  })

  test('subscribes once, and not at all where the session has subscribed to the queue itself', async () => {
    const { connect, stomp } = server()
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: 'queue', destination: QUEUE })
    const ask = async (): Promise<string> => {
      client.send('SEND', { destination: QUEUE, 'reply-to': '/temp-queue/r' })
      return (await client.arrival()).headers.get('reply-to')!
    }
    const address = await ask()
    expect(await ask()).toBe(address)
    await stomp.messaging.send(address, '1')
    expect(await client.frames('subscription')).toEqual(['MESSAGE subscription=/temp-queue/r | 1'])
    await client.ask('SUBSCRIBE', { id: 'mine', destination: '/temp-queue/r' })
    expect(await ask()).toBe(address)
    for (const body of ['2', '3']) await stomp.messaging.send(address, body)
    expect(await client.frames('subscription')).toEqual([
      'MESSAGE subscription=mine | 2',
      'MESSAGE subscription=mine | 3',
    ])
  })

  test('takes no id from the client: a subscription of that id stays what it is', async () => {
    const { connect, stomp } = server()
    const client = await connect()
    const other = await connect()
    await client.ask('SUBSCRIBE', { id: '/temp-queue/r', destination: QUEUE })
    client.send('SEND', { destination: '/topic/a', 'reply-to': '/temp-queue/r' })
    await client.ask('UNSUBSCRIBE', { id: '/temp-queue/r' })
    await other.ask('SUBSCRIBE', { id: '0', destination: QUEUE })
    await stomp.messaging.send(QUEUE, 'x')
    expect(await other.frames()).toEqual(['MESSAGE | x'])
  })

  test('names a queue that is gone with its session, and that nobody can subscribe to by its address', async () => {
    const { connect } = server()
    const [asking, answering] = [await connect(), await connect({ 'x-error-mode': 'keep' })]
    await answering.ask('SUBSCRIBE', { id: '0', destination: QUEUE })
    asking.send('SEND', { destination: QUEUE, 'reply-to': '/temp-queue/r' })
    const address = (await answering.arrival()).headers.get('reply-to')!
    answering.send('SUBSCRIBE', { id: '1', destination: address })
    asking.cut()
    answering.send('SEND', { destination: address, receipt: 'r' })
    answering.send('SEND', { destination: '/temp-queue/r' })
    expect(await answering.frames('code', 'receipt-id')).toEqual([
      `ERROR code=permission-denied | This session may not subscribe to ${address}.`,
      `ERROR code=destination-invalid receipt-id=r | The broker has no destination ${address} to send to.`,
      'ERROR code=permission-denied | This session may not send to /temp-queue/r.',
    ])
  })

  test('of a SEND that is carried out after its session has ended makes no queue', async () => {
    let permit!: (allowed: boolean) => void
    const { connect } = serve({
      broker: embeddedBroker({ queues: 1 }),
      permissions: {
        send: [
          rule('/topic/**', () => new Promise<boolean>((resolve) => (permit = resolve))),
          allow('/queue/**'),
        ],
      },
    })
    const [gone, other] = [await connect(), await connect()]
    gone.send('SEND', { destination: '/topic/a', 'reply-to': '/temp-queue/r' })
    gone.cut()
    permit(true)
    await other.next()
    const receipt = await other.ask('SEND', { destination: QUEUE })
    expect(receipt.command).toBe('RECEIPT')
  })
})
