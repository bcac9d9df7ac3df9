import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deferred, heard, serve } from '../../test/kit.js'
import { destination, userDestination } from '../contract.js'
import { StompError } from '../errors.js'
import { createStompServer } from '../server.js'
import { messageMap } from './message-map.js'
import { allow, rule } from './permissions.js'

const Snapshot = z.object({ last: z.number(), names: z.array(z.string()) })
const Event = z.object({ id: z.number(), name: z.string() })
const members = destination('/topic/rooms/{roomId}/members', Event)
const keep = { 'x-error-mode': 'keep' }
const APP = '/app/rooms/7/members'

const subscribe = { id: 's', destination: APP, receipt: 'r' }

/** A map whose snapshots are made when the test says so. */
function held(cut = true) {
  const snapshot = deferred<z.input<typeof Snapshot> | undefined>()
  const map = messageMap().subscribe(
    '/rooms/{roomId}/members',
    {
      reply: Snapshot,
      live: members,
      ...(cut
        ? {
            isIn:
              ({ last }: { last: number }) =>
              ({ body }: { body: { id: number } }) =>
                body.id <= last,
          }
        : {}),
    },
    () => snapshot.promise,
  )
  return { snapshot, map }
}

describe('a SUBSCRIBE that a handler answers', () => {
  test('gets one message, after its receipt, and nothing more', async () => {
    const map = messageMap().subscribe(
      '/rooms/{roomId}/members',
      { reply: z.array(z.string()) },
      async ({ params, user, headers, destination }) => [
        params.roomId,
        user.name,
        headers.get('page')!,
        destination,
      ],
    )
    const { connect, stomp } = serve({ messages: [map] })
    const client = await connect({ login: 'ann' })
    client.send('SUBSCRIBE', { ...subscribe, page: '3' })
    expect(await client.frames('receipt-id', 'subscription', 'destination', 'content-type')).toEqual([
      'RECEIPT receipt-id=r',
      `MESSAGE subscription=s destination=${APP} content-type=application/json | ["7","ann","3","${APP}"]`,
    ])
    expect(stomp.metrics.openSubscriptions).toBe(1)
    expect((await client.ask('UNSUBSCRIBE', { id: 's' })).command).toBe('RECEIPT')
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })

  test('gets nothing for undefined', async () => {
    const map = messageMap().subscribe('/a', { reply: z.string() }, () => undefined)
    const client = await serve({ messages: [map] }).connect()
    client.send('SUBSCRIBE', { id: 's', destination: '/app/a', receipt: 'r' })
    expect(await client.frames()).toEqual(['RECEIPT'])
  })

  test('is a subscription of the session: its id is taken, and it counts', async () => {
    const map = messageMap().subscribe('/a', { reply: z.string() }, () => 'x')
    const { connect, stomp } = serve({ messages: [map], limits: { subscriptionsPerSession: 1 } })
    const events = heard(stomp, 'subscribed')
    const client = await connect(keep)
    client.send('SUBSCRIBE', { id: 's', destination: '/app/a' })
    client.send('SUBSCRIBE', { id: 's', destination: '/app/a' })
    client.send('SUBSCRIBE', { id: 't', destination: '/app/a' })
    expect((await client.frames('code')).map((line) => line.split(' | ')[0])).toEqual([
      'MESSAGE',
      'ERROR code=subscription-repeated',
      'ERROR code=too-many-subscriptions',
    ])
    expect(events).toMatchObject([{ subscriptionId: 's', destination: '/app/a' }])
  })

  test.each(['/app/b', '/app/', '/app/*', '/app/**', '/app/rooms/*/members', '/app/rooms/7/members/8'])(
    '%s is nobody’s',
    async (to) => {
      const { map } = held()
      const client = await serve({ messages: [map] }).connect()
      client.send('SUBSCRIBE', { id: 's', destination: to })
      expect(await client.frames('code')).toEqual([
        expect.stringMatching(/code=(destination-not-handled|destination-invalid)/),
      ])
    },
  )

  test.each(['client', 'client-individual'])(
    'ack:%s is refused: there is nothing to acknowledge',
    async (ack) => {
      const client = await serve({ messages: [held().map] }).connect()
      client.send('SUBSCRIBE', { ...subscribe, ack })
      expect(await client.frames('code')).toEqual([expect.stringContaining('code=header-invalid')])
    },
  )

  test('is refused with the error of its handler, and nothing is subscribed', async () => {
    const handled: unknown[] = []
    class Full extends Error {}
    const map = messageMap()
      .subscribe('/no', { reply: z.string(), live: destination('/topic/x', z.string()) }, () => {
        throw new StompError('room-full')
      })
      .subscribe('/handled', { reply: z.string() }, async () => Promise.reject(new Full('secret')))
      .onError(Full, (error) => void handled.push(error.message))
    const { connect, stomp } = serve({ messages: [map] })
    const client = await connect(keep)
    client.send('SUBSCRIBE', { id: 's', destination: '/app/no', receipt: 'r' })
    client.send('SUBSCRIBE', { id: 's', destination: '/app/handled' })
    await stomp.messaging.send('/topic/x', 'x')
    expect(await client.frames('code', 'receipt-id')).toEqual([
      'ERROR code=room-full receipt-id=r | room-full',
      'ERROR code=handler-failed | The application failed here.',
    ])
    expect(handled).toEqual(['secret'])
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })

  test('is refused when its handler takes too long', async () => {
    const { map } = held()
    const { connect, clock, stomp } = serve({ messages: [map], limits: { handlerMs: 100 } })
    const client = await connect(keep)
    client.send('SUBSCRIBE', subscribe)
    await clock.advance(100)
    expect(await client.frames('code')).toEqual([expect.stringContaining('handler-timeout')])
    await stomp.messaging.send(members.to({ roomId: '7' }), { id: 1, name: 'ann' })
    expect(await client.frames()).toEqual([])
  })

  test('two of the same destinations are refused at the start, and isIn without a flow', () => {
    const one = messageMap().subscribe('/{a}', { reply: z.string() }, () => 'x')
    const other = messageMap().subscribe('/{b}', { reply: z.string() }, () => 'x')
    expect(() => createStompServer({ messages: [one, other] })).toThrow('Two handlers are mapped to /{b}')
    // A message mapping is another matter.
    createStompServer({ messages: [one, messageMap().message('/{a}', {}, () => {})] })
    const isIn = () => () => true
    expect(() => messageMap().subscribe('/a', { reply: z.string(), isIn }, () => 'x')).toThrow(TypeError)
  })
})

describe('a flow that follows a snapshot', () => {
  const join = (id: number) => ({ id, name: `n${id}` })
  const live = (id: number): string => `MESSAGE subscription=s | {"id":${id},"name":"n${id}"}`

  test('has no gap and no duplicate: what came meanwhile waits, and what the snapshot has is left out', async () => {
    const { snapshot, map } = held()
    const { connect, stomp } = serve({ messages: [map] })
    const publish = (id: number) => stomp.messaging.send(members.to({ roomId: '7' }), join(id))
    const [client, bystander] = [await connect(), await connect()]
    await bystander.ask('SUBSCRIBE', { id: 's', destination: '/topic/rooms/7/members' })
    await publish(1)
    client.send('SUBSCRIBE', subscribe)
    for (const id of [2, 3, 4, 5]) await publish(id)
    expect(await client.frames()).toEqual([])
    snapshot.resolve({ last: 3, names: ['n1', 'n2', 'n3'] })
    expect(await client.frames('subscription', 'receipt-id')).toEqual([
      'RECEIPT receipt-id=r',
      'MESSAGE subscription=s | {"last":3,"names":["n1","n2","n3"]}',
      live(4),
      live(5),
    ])
    await publish(6)
    expect(await client.frames('subscription')).toEqual([live(6)])
    // Nobody else waited.
    expect(await bystander.frames('subscription')).toEqual([1, 2, 3, 4, 5, 6].map(live))
  })

  test('leaves out what arrives late too, until the first message that is not in the snapshot; then nothing is asked', async () => {
    const { snapshot, map } = held()
    const { connect, stomp } = serve({ messages: [map] })
    const publish = (id: number) => stomp.messaging.send(members.to({ roomId: '7' }), join(id))
    const client = await connect()
    client.send('SUBSCRIBE', subscribe)
    snapshot.resolve({ last: 3, names: [] })
    await client.frames()
    for (const id of [2, 3, 4, 1]) await publish(id)
    expect(await client.frames('subscription')).toEqual([live(4), live(1)])
  })

  test('without isIn, has no gap; what came meanwhile follows', async () => {
    const { snapshot, map } = held(false)
    const { connect, stomp } = serve({ messages: [map] })
    const client = await connect()
    client.send('SUBSCRIBE', subscribe)
    await stomp.messaging.send(members.to({ roomId: '7' }), join(1))
    snapshot.resolve({ last: 1, names: ['n1'] })
    expect(await client.frames('subscription')).toEqual([
      'RECEIPT',
      'MESSAGE subscription=s | {"last":1,"names":["n1"]}',
      live(1),
    ])
  })

  test('keeps what it holds back: bytes of others are not its own', async () => {
    const { snapshot, map } = held()
    const { connect } = serve({ messages: [map], permissions: { send: [allow('/topic/**')] } })
    const [client, sender] = [await connect(), await connect()]
    client.send('SUBSCRIBE', subscribe)
    const frame = Buffer.from('SEND\ndestination:/topic/rooms/7/members\n\n{"id":9,"name":"n9"}\0')
    sender.receive(frame)
    frame.fill(120)
    snapshot.resolve({ last: 0, names: [] })
    expect((await client.frames('subscription')).at(-1)).toBe(live(9))
  })

  test('goes on asking where isIn cannot tell', async () => {
    const snapshot = deferred<string>()
    const map = messageMap().subscribe(
      '/{roomId}',
      {
        reply: z.string(),
        live: members,
        isIn:
          () =>
          ({ body }) =>
            body.id === 0 ? undefined : body.id <= 9,
      },
      () => snapshot.promise,
    )
    const { connect, stomp } = serve({ messages: [map] })
    const say = async (id: number): Promise<void> =>
      stomp.messaging.send(members.to({ roomId: '7' }), join(id))
    const client = await connect()
    client.send('SUBSCRIBE', { id: 's', destination: '/app/7' })
    for (const id of [0, 8, 0]) await say(id)
    snapshot.resolve('x')
    await client.frames()
    for (const id of [9, 0, 10, 9]) await say(id)
    expect(await client.frames('subscription')).toEqual([0, 10, 9].map(live))
  })

  test('ends with UNSUBSCRIBE', async () => {
    const { snapshot, map } = held()
    const { connect, stomp } = serve({ messages: [map] })
    const client = await connect()
    client.send('SUBSCRIBE', subscribe)
    client.send('UNSUBSCRIBE', { id: 's' })
    snapshot.resolve({ last: 9, names: [] })
    await client.frames()
    await stomp.messaging.send(members.to({ roomId: '7' }), join(10))
    expect(await client.frames()).toEqual([])
    await client.ask('SUBSCRIBE', { id: 's', destination: '/topic/rooms/7/members' })
    await stomp.messaging.send(members.to({ roomId: '7' }), join(1))
    expect(await client.frames('subscription')).toEqual([live(1)])
  })

  test('may be the user’s own', async () => {
    const own = userDestination('/queue/news', z.string())
    const map = messageMap().subscribe('/news', { reply: z.string(), live: own }, () => 'snapshot')
    const { connect, stomp } = serve({ messages: [map] })
    const [ann, bob] = [await connect({ login: 'ann' }), await connect({ login: 'bob' })]
    for (const client of [ann, bob]) client.send('SUBSCRIBE', { id: 's', destination: '/app/news' })
    await ann.next()
    await stomp.messaging.sendToUser('ann', own.to({}), 'news')
    expect(await ann.frames('destination')).toEqual(['MESSAGE destination=/user/queue/news | "news"'])
    expect(await bob.frames()).toEqual(['MESSAGE | "snapshot"'])
  })

  test('is decided on by the rules, before the snapshot is made', async () => {
    let made = 0
    const map = messageMap().subscribe('/{roomId}', { reply: z.string(), live: members }, () =>
      String(made++),
    )
    const subscribeRules = [rule('/topic/rooms/{roomId}/members', ({ params }) => params.roomId === 'open')]
    const client = await serve({ messages: [map], permissions: { subscribe: subscribeRules } }).connect(keep)
    client.send('SUBSCRIBE', { id: 's', destination: '/app/secret' })
    client.send('SUBSCRIBE', { id: 't', destination: '/app/open' })
    expect((await client.frames('code')).map((line) => line.split(' | ')[0])).toEqual([
      'ERROR code=permission-denied',
      'MESSAGE',
    ])
    expect(made).toBe(1)
  })

  test('holds heldBytes, and no more: then the subscription is refused', async () => {
    const body = { id: 9, name: 'x'.repeat(100) }
    // What a message counts: its body, 64 octets, and its headers.
    const bytes = JSON.stringify(body).length + 64 + 'content-typeapplication/json'.length
    for (const [sent, refused] of [
      [2, false],
      [3, true],
    ] as const) {
      const { snapshot, map } = held()
      const { connect, stomp } = serve({ messages: [map], limits: { heldBytes: 2 * bytes } })
      const client = await connect(keep)
      client.send('SUBSCRIBE', subscribe)
      for (let i = 0; i < sent; i++) await stomp.messaging.send(members.to({ roomId: '7' }), body)
      snapshot.resolve({ last: 0, names: [] })
      const frames = await client.frames('code')
      expect(frames.some((line) => line.startsWith('ERROR code=snapshot-too-slow'))).toBe(refused)
      expect(frames).toHaveLength(refused ? 1 : 4)
      await stomp.messaging.send(members.to({ roomId: '7' }), body)
      expect(await client.frames()).toHaveLength(refused ? 0 : 1)
    }
  })

  test('an isIn that throws lets the message out, and the application hears of it', async () => {
    const map = messageMap().subscribe(
      '/{roomId}',
      { reply: z.string(), live: members, isIn: () => () => JSON.parse('{') as boolean },
      () => 'x',
    )
    const { connect, stomp } = serve({ messages: [map] })
    const failed = heard(stomp, 'failed')
    const client = await connect()
    client.send('SUBSCRIBE', { id: 's', destination: '/app/7' })
    await client.frames()
    await stomp.messaging.send(members.to({ roomId: '7' }), join(1))
    expect(await client.frames('subscription')).toEqual([live(1)])
    expect(failed).toMatchObject([{ during: 'isIn of /app/7' }])
  })

  test('a session that ends meanwhile leaves nothing behind', async () => {
    const { snapshot, map } = held()
    const { connect, stomp } = serve({ messages: [map] })
    const client = await connect()
    client.send('SUBSCRIBE', subscribe)
    client.cut()
    await stomp.messaging.send(members.to({ roomId: '7' }), join(1))
    snapshot.resolve({ last: 0, names: [] })
    expect(await client.frames()).toEqual([])
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })
})
