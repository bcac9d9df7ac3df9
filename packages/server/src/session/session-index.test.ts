import { describe, expect, test } from 'vitest'
import { deferred, heard, serve } from '../../test/kit.js'
import { DISCONNECTS, StompError } from '../errors.js'
import type { BrokerLink } from '../broker/broker.js'
import { embeddedBroker } from '../broker/embedded/embedded.js'
import { rule } from '../messaging/permissions.js'
import { turn } from '../testing/manual-clock.js'

const idsOf = (sessions: readonly { readonly id: string }[]): string[] => sessions.map(({ id }) => id)

describe('sessions', () => {
  test('are found by id and by user from CONNECTED until they end', async () => {
    const { connect, open, stomp } = serve()
    const { sessions } = stomp
    open()
    const [one, other] = [await connect({ login: 'ann' }), await connect({ login: 'ann' })]
    await connect({ login: 'bob' })
    const anns = sessions.ofUser('ann')
    expect(anns).toHaveLength(2)
    expect(sessions.all()).toHaveLength(3)
    expect(sessions.get(anns[0]!.id)).toBe(anns[0])
    one.cut()
    expect(idsOf(sessions.ofUser('ann'))).toEqual([anns[1]!.id])
    expect(sessions.get(anns[0]!.id)).toBeUndefined()
    other.cut()
    expect(sessions.ofUser('ann')).toEqual([])
    expect(idsOf(sessions.ofUser('bob'))).toEqual(idsOf(sessions.all()))
  })

  test('before CONNECT, and of no name, are nobody’s', async () => {
    const { open, stomp } = serve({ authenticate: () => deferred<{ name: string }>().promise })
    open().send('CONNECT', { 'accept-version': '1.2', login: 'ann' })
    expect(stomp.sessions.all()).toEqual([])
    const anonymous = serve()
    await anonymous.connect()
    expect(anonymous.stomp.sessions.ofUser('')).toEqual([])
    expect(anonymous.stomp.sessions.all()).toHaveLength(1)
  })

  test('of a user are ended together, with an ERROR that the application words', async () => {
    const { connect, stomp } = serve()
    const [one, other, bob] = [
      await connect({ login: 'ann' }),
      await connect({ login: 'ann', 'x-error-mode': 'keep' }),
      await connect({ login: 'bob' }),
    ]
    expect(stomp.sessions.disconnectUser('ann', new StompError('banned', 'Until Monday.'))).toBe(2)
    for (const client of [one, other]) {
      expect(await client.frames('code')).toEqual(['ERROR code=banned | Until Monday.'])
      expect(client.closeReason).toBe(DISCONNECTS.application)
    }
    expect(bob.gone).toBe(false)
    expect(stomp.sessions.disconnectUser('ann')).toBe(0)
    expect(stomp.metrics.refusals.get('banned')).toBe(2)
  })
})

describe('revoke', () => {
  test('cuts what matches, tells by ERROR with its subscription, and closes as the specification demands', async () => {
    const { connect, stomp } = serve()
    const unsubscribed = heard(stomp, 'unsubscribed')
    const refused = heard(stomp, 'refused')
    const client = await connect({ login: 'ann' })
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/rooms/7' })
    const [session] = stomp.sessions.all()
    expect(await stomp.sessions.revoke({ user: 'ann', destination: '/topic/rooms/{id}' })).toBe(1)
    expect(await client.frames('code', 'subscription', 'receipt-id')).toEqual([
      'ERROR code=permission-revoked subscription=0 | This session may not have this subscription any more.',
    ])
    expect(client.closeReason).toBe(DISCONNECTS.revoked)
    expect(unsubscribed).toEqual([
      { session, subscriptionId: '0', destination: '/topic/rooms/7', reason: DISCONNECTS.revoked },
    ])
    expect(refused).toMatchObject([
      { session, code: 'permission-revoked', destination: '/topic/rooms/7', command: undefined },
    ])
  })

  test('leaves a client that asked for x-error-mode keep its session and its other subscriptions', async () => {
    const { connect, stomp } = serve()
    const client = await connect({ login: 'ann', 'x-error-mode': 'keep' })
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await client.ask('SUBSCRIBE', { id: '1', destination: '/topic/b' })
    expect(await stomp.sessions.revoke({ user: 'ann', destination: '/topic/a' })).toBe(1)
    await stomp.messaging.send('/topic/a', 'not for ann')
    await stomp.messaging.send('/topic/b', 'for ann')
    expect(await client.frames('subscription')).toEqual([
      'ERROR subscription=0 | This session may not have this subscription any more.',
      'MESSAGE subscription=1 | for ann',
    ])
    expect(stomp.metrics.openSubscriptions).toBe(1)
  })

  test('with notice none says nothing, and takes what the client still says of the subscription', async () => {
    const { connect, stomp } = serve()
    const client = await connect({ login: 'ann' })
    await client.ask('SUBSCRIBE', { id: '0', destination: '/queue/a', ack: 'client' })
    await stomp.messaging.send('/queue/a', '1')
    const message = await client.arrival()
    await stomp.sessions.revoke({ user: 'ann', destination: '/queue/a', notice: 'none' })
    expect(await client.frames()).toEqual([])
    expect((await client.ask('ACK', { id: message.headers.get('ack')! })).command).toBe('RECEIPT')
    expect((await client.ask('UNSUBSCRIBE', { id: '0' })).command).toBe('RECEIPT')
    // Once: the next is about nothing.
    expect((await client.ask('UNSUBSCRIBE', { id: '0' })).headers.get('code')).toBe('subscription-unknown')
  })

  test('an id that was cut is free again, and means the new subscription', async () => {
    const { connect, stomp } = serve()
    const client = await connect({ login: 'ann' })
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await stomp.sessions.revoke({ destination: '/topic/a', notice: 'none' })
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/b' })
    await stomp.messaging.send('/topic/b', 'x')
    expect(await client.frames()).toEqual(['MESSAGE | x'])
    expect((await client.ask('ACK', { id: 'none@0' })).headers.get('code')).toBe('ack-unknown')
  })

  test('gives what was unacked on a queue to another consumer', async () => {
    const { connect, stomp } = serve()
    const [ann, bob] = [await connect({ login: 'ann' }), await connect({ login: 'bob' })]
    await ann.ask('SUBSCRIBE', { id: '0', destination: '/queue/a', ack: 'client' })
    await stomp.messaging.send('/queue/a', '1')
    await bob.ask('SUBSCRIBE', { id: '0', destination: '/queue/a', ack: 'client' })
    await stomp.sessions.revoke({ user: 'ann', destination: '/queue/**', notice: 'none' })
    expect(await bob.frames('redelivered')).toEqual(['MESSAGE redelivered=true | 1'])
  })

  test('cuts a subscription with wildcards that would bring a part of it', async () => {
    const { connect, stomp } = serve()
    const client = await connect({ 'x-error-mode': 'keep' })
    for (const destination of ['/topic/**', '/topic/rooms/*', '/topic/news/*', '/topic/rooms/8']) {
      await client.ask('SUBSCRIBE', { id: destination, destination })
    }
    expect(await stomp.sessions.revoke({ destination: '/topic/rooms/7' })).toBe(2)
    expect(await client.frames('subscription')).toEqual([
      expect.stringContaining('subscription=/topic/** '),
      expect.stringContaining('subscription=/topic/rooms/* '),
    ])
  })

  test('by a function and of one session touches nothing else', async () => {
    const { connect, stomp } = serve()
    const [one, other] = [await connect({ login: 'ann' }), await connect({ login: 'ann' })]
    for (const client of [one, other]) await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    const [session] = stomp.sessions.ofUser('ann')
    const destination = (name: string): boolean => name.endsWith('/a')
    expect(await stomp.sessions.revoke({ session: session!, user: 'bob', destination })).toBe(0)
    expect(await stomp.sessions.revoke({ session: session!.id, destination })).toBe(1)
    expect([one.closeReason, other.closeReason]).toEqual([DISCONNECTS.revoked, undefined])
  })

  test('a malformed pattern is refused, and nothing is cut', async () => {
    const { stomp } = serve()
    await expect(stomp.sessions.revoke({ destination: 'topic' })).rejects.toThrow(TypeError)
  })

  test('remembers as many cut subscriptions as there may be, the latest ones', async () => {
    const { connect, stomp } = serve({ limits: { subscriptionsPerSession: 2 } })
    const client = await connect({ 'x-error-mode': 'keep' })
    for (const id of ['0', '1', '2']) {
      await client.ask('SUBSCRIBE', { id, destination: '/topic/a' })
      await stomp.sessions.revoke({ destination: '/topic/a', notice: 'none' })
    }
    expect((await client.ask('UNSUBSCRIBE', { id: '0' })).headers.get('code')).toBe('subscription-unknown')
    expect((await client.ask('UNSUBSCRIBE', { id: '1' })).command).toBe('RECEIPT')
    expect((await client.ask('UNSUBSCRIBE', { id: '2' })).command).toBe('RECEIPT')
  })
})

describe('a SUBSCRIBE that is being decided on when it is revoked', () => {
  test('is decided on again', async () => {
    const members = new Set(['ann'])
    const asked: ReturnType<typeof deferred<void>>[] = []
    const subscribe = [
      rule('/topic/a', async ({ user }) => {
        const allowed = members.has(user.name)
        await asked[asked.push(deferred()) - 1]!.promise
        return allowed
      }),
    ]
    const { connect, stomp } = serve({ permissions: { subscribe } })
    const client = await connect({ login: 'ann' })
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' })
    members.delete('ann')
    await stomp.sessions.revoke({ user: 'ann', destination: '/topic/a' })
    asked[0]!.resolve()
    await turn()
    asked[1]!.resolve()
    expect(await client.frames('code', 'receipt-id')).toEqual([
      'ERROR code=permission-denied receipt-id=r | This session may not subscribe to /topic/a.',
    ])
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })

  test('is cut when the broker took its time over it', async () => {
    const members = new Set(['ann'])
    const turnOfBroker = deferred()
    const broker = embeddedBroker()
    const connectLink = broker.connect.bind(broker)
    broker.connect = (subscriber) => {
      const link = connectLink(subscriber) as BrokerLink
      const subscribeNow = link.subscribe.bind(link)
      link.subscribe = (request, active) => turnOfBroker.promise.then(() => subscribeNow(request, active))
      return link
    }
    const subscribe = [rule('/topic/a', ({ user }) => members.has(user.name))]
    const { connect, stomp } = serve({ broker, permissions: { subscribe } })
    const client = await connect({ login: 'ann', 'x-error-mode': 'keep' })
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    members.delete('ann')
    expect(await stomp.sessions.revoke({ user: 'ann', destination: '/topic/a' })).toBe(0)
    turnOfBroker.resolve()
    expect(await client.frames('code', 'subscription')).toEqual([
      expect.stringContaining('ERROR code=permission-revoked subscription=0'),
    ])
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })
})

describe('recheck', () => {
  test('cuts what the rules do not allow any more, at once or when they have decided', async () => {
    const open = new Set(['a', 'b', 'c'])
    const subscribe = [
      rule('/topic/now/{room}', ({ params }) => open.has(params.room)),
      rule('/topic/later/{room}', ({ params }) => Promise.resolve(open.has(params.room))),
    ]
    const { connect, stomp } = serve({ permissions: { subscribe } })
    const client = await connect({ 'x-error-mode': 'keep', login: 'ann' })
    for (const room of ['a', 'b']) {
      for (const when of ['now', 'later']) {
        await client.ask('SUBSCRIBE', { id: `${when} ${room}`, destination: `/topic/${when}/${room}` })
      }
    }
    expect(await stomp.sessions.recheck()).toBe(0)
    open.delete('a')
    expect(await stomp.sessions.recheck({ user: 'bob' })).toBe(0)
    expect(await stomp.sessions.recheck({ user: 'ann' })).toBe(2)
    expect(await client.frames('subscription')).toEqual([
      expect.stringContaining('subscription=now a '),
      expect.stringContaining('subscription=later a '),
    ])
    expect(stomp.metrics.openSubscriptions).toBe(2)
  })

  test('a rule that throws allows nothing, and the application hears why', async () => {
    let broken = false
    const subscribe = [
      rule('/topic/a', () => {
        if (broken) throw new Error('no database')
        return true
      }),
    ]
    const { connect, stomp } = serve({ permissions: { subscribe } })
    const failed = heard(stomp, 'failed')
    const client = await connect({ 'x-error-mode': 'keep' })
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    broken = true
    expect(await stomp.sessions.recheck()).toBe(1)
    expect(failed).toMatchObject([{ error: { message: 'no database' }, during: 'permission for /topic/a' }])
    expect(await client.frames('code')).toEqual([expect.stringContaining('permission-revoked')])
  })
})
