import { describe, expect, test, vi } from 'vitest'
import { heard, serve } from '../test/kit.js'
import { embeddedBroker } from './broker/embedded/embedded.js'
import { DISCONNECTS } from './errors.js'
import { messageMap } from './messaging/message-map.js'
import { sessionAttribute } from './stomp-session.js'
import type { StompServerOptions } from './options.js'
import { createStompServer } from './server.js'

describe('a server', () => {
  test('knows the sessions that are connected, and no others', async () => {
    const { open, connect, stomp } = serve()
    open()
    const client = await connect({ login: 'ann' })
    await connect({ login: 'bob' })
    expect(stomp.sessions.all().map(({ user }) => user.name)).toEqual(['ann', 'bob'])
    client.cut()
    expect(stomp.sessions.all().map(({ user }) => user.name)).toEqual(['bob'])
  })

  test('is not made with wrong options', () => {
    const noop = (): void => {}
    expect(() => createStompServer({ limits: { connectMs: 0 } })).toThrow(RangeError)
    expect(() => createStompServer({ applicationPrefix: 'app' })).toThrow(TypeError)
    const twice = messageMap().message('/a', {}, noop).message('/a', {}, noop)
    expect(() => createStompServer({ messages: [twice] })).toThrow(TypeError)
  })

  test.each([
    [{ permisions: { subscribe: [] } }, 'permisions is no option of a server'],
    [{ toString: undefined }, 'toString is no option of a server'],
    [{ messages: messageMap() }, 'messages has to be a list'],
    [{ origins: 'https://a.example' }, 'origins has to be a list'],
  ])('is not made with what only a compiler would have refused: %j', (options, message) => {
    expect(() => createStompServer(options as StompServerOptions)).toThrow(new TypeError(message))
  })

  test.each([
    [{ outgoingMs: -1 }, 'heartbeat.outgoingMs has to be 0 or more milliseconds, not -1'],
    [{ incomingMs: 1.5 }, 'heartbeat.incomingMs has to be 0 or more milliseconds, not 1.5'],
    [{ outgoingMs: Number.NaN }, 'heartbeat.outgoingMs has to be 0 or more milliseconds, not NaN'],
  ])('is not made with the heart-beats %j', (heartbeat, message) => {
    expect(() => createStompServer({ heartbeat })).toThrow(new RangeError(message))
  })

  test.each([
    'https://a.example/',
    'https://a.example/chat',
    'a.example',
    'https://A.example',
    'https://a:443',
    '',
  ])('is not made with the origin %j, which no browser sends', (origin) => {
    expect(() => createStompServer({ origins: ['*', origin] })).toThrow(
      new TypeError(`origins has to list * or the form https://example.com, not ${JSON.stringify(origin)}`),
    )
  })

  test.each(['*', 'https://a.example', 'http://[::1]:8080', 'capacitor://localhost', 'null-app://x'])(
    'is made with the origin %s',
    (origin) => {
      expect(() => createStompServer({ origins: [origin] })).not.toThrow()
    },
  )

  test('has nothing in common with another server', async () => {
    const [one, other] = [serve(), serve()]
    const client = await one.connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await other.stomp.messaging.send('/topic/a', 'x')
    expect(await client.frames()).toEqual([])
    expect(other.stomp.metrics.connections).toBe(0)
  })

  test('keeps what an application stores for a session, for as long as it lives, by keys that are only themselves', async () => {
    const seen: (number | undefined)[] = []
    const [count, namesake] = [sessionAttribute<number>('count'), sessionAttribute<number>('count')]
    const { connect } = serve({
      messages: [
        messageMap().message('/count', {}, ({ session: { attributes } }) => {
          attributes.set(count, (attributes.get(count) ?? 0) + 1)
          seen.push(attributes.get(count), attributes.get(namesake))
        }),
      ],
    })
    const [one, other] = [await connect(), await connect()]
    for (const client of [one, other, one]) await client.ask('SEND', { destination: '/app/count' })
    expect(seen).toEqual([1, undefined, 1, undefined, 2, undefined])
  })

  test('starts its broker when it is told to, and stops it when it has closed', async () => {
    const calls: string[] = []
    const embedded = embeddedBroker()
    const broker = {
      observe: embedded.observe.bind(embedded),
      connect: embedded.connect.bind(embedded),
      publish: embedded.publish.bind(embedded),
      start: async () => void calls.push('start'),
      stop: async () => void calls.push('stop'),
    }
    const { stomp, connect } = serve({ broker })
    stomp.events.on('disconnected', () => calls.push('disconnected'))
    await stomp.start()
    await connect()
    expect(calls).toEqual(['start'])
    await stomp.close()
    expect(calls).toEqual(['start', 'disconnected', 'stop'])
  })
})

describe('closing a server', () => {
  test('close ends all sessions at once, and is done when the last has gone', async () => {
    const { connect, clock, stomp } = serve()
    const clients = [await connect(), await connect()]
    const closed = stomp.close()
    expect(clients.map(({ closeReason }) => closeReason)).toEqual([
      DISCONNECTS.shutdown,
      DISCONNECTS.shutdown,
    ])
    await closed
    expect(clock.pending).toBe(0)
    expect(stomp.sessions.all()).toEqual([])
  })

  test('connections that have not sent CONNECT are closed too', async () => {
    const { open, stomp } = serve()
    const client = open()
    await stomp.close()
    expect(client.closeReason).toBe(DISCONNECTS.shutdown)
  })

  test('without sessions is done at once', async () => {
    await expect(serve().stomp.close()).resolves.toBeUndefined()
    await expect(serve().stomp.drain({ withinMs: 60_000 })).resolves.toBeUndefined()
  })

  test('is done once, whatever is called how often', async () => {
    const { stomp, connect } = serve()
    await connect()
    const closed = stomp.close()
    expect(stomp.close()).toBe(closed)
    expect(stomp.drain({ withinMs: 1 })).toBe(closed)
    await closed
  })

  test('forgets sessions that have ended: their connections are left alone', async () => {
    const { stomp, connect } = serve()
    const client = await connect()
    client.cut()
    const destroyed = vi.spyOn(client, 'destroy')
    await stomp.close()
    expect(destroyed).not.toHaveBeenCalled()
  })

  test('drain spreads its closes over the first half of the time, in random order', async () => {
    const { stomp, connect, clock } = serve()
    const clients = await Promise.all(Array.from({ length: 100 }, () => connect()))
    const drained = stomp.drain({ withinMs: 2000 })
    const left: number[] = []
    const order: number[] = []
    for (let i = 0; i < 10; i++) {
      await clock.advance(i === 0 ? 0 : 100)
      left.push(stomp.sessions.all().length)
      for (const [at, client] of clients.entries()) if (client.gone && !order.includes(at)) order.push(at)
    }
    expect(left).toEqual([90, 80, 70, 60, 50, 40, 30, 20, 10, 0])
    expect(order).not.toEqual(clients.map((_, i) => i))
    await drained
  })

  test('drain handles what sessions still send until it is their turn', async () => {
    const { stomp, connect, clock } = serve({ messages: [messageMap().message('/work', {}, () => {})] })
    const clients = await Promise.all(Array.from({ length: 10 }, () => connect()))
    const drained = stomp.drain({ withinMs: 2000 })
    const late = clients.find(({ closeReason }) => closeReason === undefined)!
    expect((await late.ask('SEND', { destination: '/app/work' })).command).toBe('RECEIPT')
    await clock.advance(1000)
    await drained
    expect(late.closeReason).toBe(DISCONNECTS.shutdown)
  })

  test('a connection that comes meanwhile is told so, and closed', async () => {
    const { stomp, connect, open, clock } = serve()
    await connect()
    await connect()
    const drained = stomp.drain({ withinMs: 1000 })
    const late = open()
    expect(await late.frames('code')).toEqual([
      'ERROR code=server-draining | The server is closing. Connect again in a moment.',
    ])
    expect(late.closeReason).toBe(DISCONNECTS.shutdown)
    await clock.advance(500)
    await drained
  })

  test('a message that a queue gives up is told to the dropped event', async () => {
    const { stomp, connect } = serve({
      broker: embeddedBroker({ maxDeliveries: 1, deadLetterQueue: '/queue/dead' }),
    })
    const dropped = heard(stomp, 'dropped')
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/queue/a', ack: 'client-individual' })
    await stomp.messaging.send('/queue/a', 'x')
    const message = await client.arrival()
    await client.ask('NACK', { id: message.headers.get('ack')! })
    expect(dropped).toEqual([{ destination: '/queue/a', reason: 'dead-lettered' }])
    expect(stomp.metrics.drops.get('dead-lettered')).toBe(1)
  })
})
