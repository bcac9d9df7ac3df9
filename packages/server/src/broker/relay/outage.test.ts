import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { StompHeaders } from '@stomping-ground/codec'
import { describe, expect, onTestFinished, test } from 'vitest'
import { allow } from '../../messaging/permissions.js'
import { createStompServer } from '../../server.js'
import type { StompServer } from '../../server.js'
import { ManualClock } from '../../testing/manual-clock.js'
import { ackOf, message, partyOf, refuses } from '../../testing/contract/kit.js'
import type { Broker } from '../broker.js'
import { relay } from './relay.js'
import type { RelayOptions } from './settings.js'

const ALL = { subscribe: [allow('/**')], send: [allow('/**')] }

/** A broker behind that can be taken away and brought back at the same port. */
class Upstream {
  stomp!: StompServer
  port = 0

  async start(): Promise<void> {
    this.stomp = createStompServer({ permissions: ALL })
    this.port = (await this.stomp.listenTcp({ port: this.port })).port
  }

  stop(): Promise<void> {
    return this.stomp.close()
  }
}

interface Setting {
  readonly upstream: Upstream
  readonly broker: Broker
  /** Waits until the broker is there, or gone. */
  readonly available: (wanted: boolean) => Promise<void>
  readonly causes: (Error | undefined)[]
}

async function setting(options: Partial<RelayOptions> = {}): Promise<Setting> {
  const upstream = new Upstream()
  await upstream.start()
  const broker = relay({
    url: `stomp://127.0.0.1:${upstream.port}`,
    reconnectMs: 1,
    reconnectMostMs: 20,
    ...options,
  })
  let now = false
  const causes: (Error | undefined)[] = []
  let changed = (): void => {}
  broker.observe({
    dropped() {},
    availability(available, cause) {
      now = available
      causes.push(cause)
      changed()
    },
  })
  await broker.start()
  onTestFinished(async () => {
    await broker.stop()
    await upstream.stop()
  })
  const available = async (wanted: boolean): Promise<void> => {
    while (now !== wanted) await new Promise<void>((resolve) => (changed = resolve))
  }
  return { upstream, broker, available, causes }
}

describe('while the broker is away', () => {
  test('subscriptions stay, and are there again with it', async () => {
    const { upstream, broker, available } = await setting()
    const [one, two] = [await partyOf(broker), await partyOf(broker)]
    await one.subscribe('a', '/topic/x')
    await two.subscribe('b', '/topic/*')
    await two.subscribe('q', '/queue/x', { ack: 'client-individual' })
    await upstream.stop()
    await available(false)
    await upstream.start()
    await available(true)
    await broker.publish(message('/topic/x', 'again'))
    await broker.publish(message('/queue/x', 'job'))
    expect(await one.subscriber.bodies(1)).toEqual(['again'])
    expect((await two.subscriber.bodies(2)).toSorted()).toEqual(['again', 'job'])
    expect([one.subscriber.lostFor, two.subscriber.lostFor]).toEqual([undefined, undefined])
  })

  test('what is sent waits for it, in order, and new subscriptions too', async () => {
    const { upstream, broker, available } = await setting()
    const one = await partyOf(broker)
    await one.subscribe('a', '/topic/x')
    await upstream.stop()
    await available(false)
    const body = Buffer.from('1')
    const sent = [one.link.send(message('/topic/x', body)), one.send('/topic/x', '2')]
    body.fill(0)
    const subscribed = one.subscribe('b', '/topic/y')
    await upstream.start()
    await Promise.all([...sent, subscribed])
    await one.send('/topic/y', '3')
    expect(await one.subscriber.bodies(3)).toEqual(['1', '2', '3'])
  })

  test('waitMs later it is refused', async () => {
    const clock = new ManualClock()
    const { upstream, broker, available } = await setting({
      clock,
      waitMs: 100,
      reconnectMs: 1_000_000,
      reconnectMostMs: 1_000_000,
    })
    const one = await partyOf(broker)
    await upstream.stop()
    await available(false)
    let refused = false
    const waiting = refuses('broker-unavailable', () => one.link.send(message('/topic/x', '1'))).then(
      () => (refused = true),
    )
    await clock.advance(99)
    expect(refused).toBe(false)
    await clock.advance(1)
    await waiting
    expect(refused).toBe(true)
    await upstream.start()
  })

  test('no more than the bound waits, over all sessions', async () => {
    const clock = new ManualClock()
    const { upstream, broker, available } = await setting({
      clock,
      waiting: 2,
      reconnectMs: 1_000_000,
      reconnectMostMs: 1_000_000,
    })
    const one = await partyOf(broker)
    await upstream.stop()
    await available(false)
    const waiting = [1, 2].map(() =>
      refuses('broker-unavailable', () => one.link.send(message('/topic/x', '1'))),
    )
    await refuses('broker-unavailable', () => broker.publish(message('/topic/x', '1')))
    await clock.advance(5_000)
    expect(await Promise.all(waiting)).toHaveLength(2)
    await upstream.start()
  })

  test('with whenUnavailable: refuse, what is sent is refused at once', async () => {
    const { upstream, broker, available } = await setting({
      whenUnavailable: 'refuse',
      reconnectMs: 100_000,
      reconnectMostMs: 100_000,
    })
    const one = await partyOf(broker)
    await upstream.stop()
    await available(false)
    expect(() => one.link.send(message('/topic/x', '1'))).toThrow(
      expect.objectContaining({ code: 'broker-unavailable' }),
    )
    await upstream.start()
  })

  test('an ack of what it has given to others is let pass; who wants a receipt is refused', async () => {
    const { upstream, broker, available } = await setting()
    const one = await partyOf(broker)
    await one.subscribe('q', '/queue/x', { ack: 'client-individual' })
    await one.send('/queue/x', '1')
    const [job] = await one.subscriber.take(1)
    await upstream.stop()
    await available(false)
    await upstream.start()
    await available(true)
    expect(one.link.awaits(ackOf(job!))).toBe(false)
    await refuses('ack-unknown', () => one.link.ack(ackOf(job!)))
    expect(() => one.link.ack(ackOf(job!), false)).not.toThrow()
  })
})

describe('a broker behind', () => {
  test('that refuses the login is told of, and tried again', async () => {
    const { causes } = await setting({ url: await refusingBroker() })
    expect(causes[0]?.message).toBe('Bad CONNECT: Access refused')
  })

  test('that cannot be reached gives way to the next address', async () => {
    const upstream = new Upstream()
    await upstream.start()
    const broker = relay({
      url: ['stomp://127.0.0.1:1', `stomp://127.0.0.1:${upstream.port}`],
      reconnectMs: 1,
    })
    onTestFinished(async () => {
      await broker.stop()
      await upstream.stop()
    })
    const one = await partyOf(broker)
    await one.subscribe('a', '/topic/x')
    await one.send('/topic/x', '1')
    expect(await one.subscriber.bodies(1)).toEqual(['1'])
  })

  test('that refuses one destination harms no other', async () => {
    const upstream = createStompServer({
      permissions: { subscribe: [allow('/topic/open')], send: [allow('/topic/**')] },
    })
    const { port } = await upstream.listenTcp({ port: 0 })
    const broker = relay({ url: `stomp://127.0.0.1:${port}`, reconnectMs: 1, reconnectMostMs: 10 })
    onTestFinished(async () => {
      await broker.stop()
      await upstream.close()
    })
    const [one, two] = [await partyOf(broker), await partyOf(broker)]
    await one.subscribe('a', '/topic/open')
    await refuses('broker-refused', () =>
      two.link.subscribe(
        { id: 'b', destination: '/topic/closed', ack: 'auto', headers: new StompHeaders() },
        () => {},
      ),
    )
    await two.send('/topic/open', 'still here')
    expect(await one.subscriber.bodies(1)).toEqual(['still here'])
    expect(one.subscriber.lostFor).toBeUndefined()
    // It is not asked again at once: some brokers close the connection of all each time.
    const { refusals } = upstream.metrics
    await refuses('broker-refused', () => two.subscribe('c', '/topic/closed'))
    expect([...refusals.values()]).toEqual([1])
  })

  test('is asked once for a topic, however many are subscribed to it here', async () => {
    const { upstream, broker } = await setting()
    const parties = await Promise.all(Array.from({ length: 50 }, () => partyOf(broker)))
    await Promise.all(parties.map((party) => party.subscribe('a', '/topic/x')))
    await parties[0]!.send('/topic/x', '1')
    for (const party of parties) expect(await party.subscriber.bodies(1)).toEqual(['1'])
    expect([upstream.stomp.metrics.openSubscriptions, upstream.stomp.metrics.openSessions]).toEqual([1, 1])
    for (const party of parties) party.link.close()
    await broker.publish(message('/topic/y', 'settled'))
    expect(upstream.stomp.metrics.openSubscriptions).toBe(0)
  })

  test('keeps no subscription of a session that ended before it was live', async () => {
    const { upstream, broker, available } = await setting()
    const [one, other] = [await partyOf(broker), await partyOf(broker)]
    await upstream.stop()
    await available(false)
    // A user destination is two topics under one id.
    const waiting = ['/topic/x', '/topic/y'].map((topic) => one.subscribe('a', topic))
    one.link.close()
    await upstream.start()
    await Promise.all(waiting)
    await other.send('/topic/x', '1')
    await other.send('/topic/y', '2')
    expect(await one.subscriber.take(0)).toEqual([])
    expect(upstream.stomp.metrics.openSubscriptions).toBe(0)
  })

  test('is left with nothing when a session that used a queue ends', async () => {
    const { upstream, broker } = await setting()
    const one = await partyOf(broker)
    await one.subscribe('a', '/queue/x')
    expect(upstream.stomp.metrics.openSessions).toBe(2)
    one.link.close()
    await broker.stop()
    while (upstream.stomp.metrics.openSessions > 0) await new Promise((resolve) => setImmediate(resolve))
    expect([upstream.stomp.metrics.openSubscriptions, upstream.stomp.metrics.openSessions]).toEqual([0, 0])
  })
})

/** Something that answers every CONNECT with an ERROR. */
async function refusingBroker(): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', () => socket.end('ERROR\nmessage:Bad CONNECT\n\nAccess refused\n\0'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return `stomp://127.0.0.1:${(server.address() as AddressInfo).port}`
}
