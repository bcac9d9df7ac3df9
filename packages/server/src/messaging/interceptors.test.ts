import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deferred, heard, serve } from '../../test/kit.js'
import { DISCONNECTS, StompError } from '../errors.js'
import type { Interceptor } from './interceptors.js'
import { messageMap } from './message-map.js'
import { allow } from './permissions.js'

const permissions = { send: [allow('/topic/**')] }
const keep = { 'x-error-mode': 'keep' }

describe('inbound', () => {
  test('sees each frame of a connected session, in order, before anything is done about it', async () => {
    const seen: unknown[] = []
    const interceptors: Interceptor[] = [
      { inbound: ({ command, destination, user }) => void seen.push([command, destination, user.name]) },
    ]
    const client = await serve({ interceptors, permissions }).connect({ login: 'ann', ...keep })
    client.send('SUBSCRIBE', { id: '1', destination: '/topic/x', ack: 'client' })
    client.send('SEND', { destination: '/nowhere' })
    client.send('SEND', { destination: '/topic/x' })
    client.send('ACK', { id: 'x' })
    client.send('NACK', { id: 'x' })
    client.send('BEGIN', { transaction: 't' })
    client.send('ABORT', { transaction: 't' })
    client.send('COMMIT', { transaction: 't' })
    client.send('UNSUBSCRIBE', { id: '1' })
    client.send('DISCONNECT')
    await client.frames()
    expect(seen).toEqual([
      ['SUBSCRIBE', '/topic/x', 'ann'],
      ['SEND', '/nowhere', 'ann'],
      ['SEND', '/topic/x', 'ann'],
      ...['ACK', 'NACK', 'BEGIN', 'ABORT', 'COMMIT', 'UNSUBSCRIBE', 'DISCONNECT'].map((command) => [
        command,
        undefined,
        'ann',
      ]),
    ])
  })

  test('refuses by throwing, at once or later; the next frame waits', async () => {
    const decided = deferred()
    const interceptors: Interceptor[] = [
      {
        inbound: async ({ destination }) => {
          if (destination !== '/topic/no') return
          await decided.promise
          throw new StompError('not-today', 'Not today.')
        },
      },
    ]
    const client = await serve({ interceptors, permissions }).connect(keep)
    client.send('SEND', { destination: '/topic/no', receipt: '1' })
    client.send('SEND', { destination: '/topic/yes', receipt: '2' })
    expect(await client.frames()).toEqual([])
    decided.resolve()
    expect(await client.frames('code', 'receipt-id')).toEqual([
      'ERROR code=not-today receipt-id=1 | Not today.',
      'RECEIPT receipt-id=2',
    ])
  })

  test('changes headers and body of a SEND, each seeing what the one before made; rules see the change', async () => {
    const bodies: string[] = []
    const interceptors: Interceptor[] = [
      {
        inbound: ({ command }) =>
          command === 'SEND' ? { headers: { a: '1', secret: undefined }, body: 'new' } : undefined,
      },
      {
        inbound: ({ command, body, headers }) => {
          if (command !== 'SEND') return undefined
          bodies.push(Buffer.from(body).toString())
          return { headers: { destination: '/topic/x', b: `${headers.get('a')}2` } }
        },
      },
    ]
    const client = await serve({ interceptors, permissions }).connect()
    await client.ask('SUBSCRIBE', { id: '1', destination: '/topic/x' })
    client.send('SEND', { destination: '/elsewhere', a: '0', secret: 'x', c: '3' }, 'old and longer')
    expect(await client.frames('a', 'b', 'c', 'secret', 'content-length', 'destination')).toEqual([
      'MESSAGE a=1 b=12 c=3 content-length=3 destination=/topic/x | new',
    ])
    expect(bodies).toEqual(['new'])
  })

  test('that changes another frame than SEND has failed', async () => {
    const interceptors: Interceptor[] = [{ inbound: () => ({ body: 'x' }) }]
    const { connect, stomp } = serve({ interceptors })
    const failed = heard(stomp, 'failed')
    const client = await connect()
    client.send('SUBSCRIBE', { id: '1', destination: '/topic/x' })
    expect(await client.frames('code')).toEqual([expect.stringContaining('handler-failed')])
    expect(failed).toMatchObject([{ error: new TypeError('An interceptor changes SEND, and not SUBSCRIBE') }])
  })

  test('a session that ends while it decides carries nothing out', async () => {
    const decided = deferred()
    const interceptors: Interceptor[] = [{ inbound: () => decided.promise }]
    const { connect, stomp } = serve({ interceptors })
    const client = await connect()
    client.send('SUBSCRIBE', { id: '1', destination: '/topic/x' })
    for (const session of stomp.sessions.all()) session.disconnect()
    decided.resolve()
    await client.frames()
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })
})

describe('handler', () => {
  test('is around each call, the first outermost, with the body checked and the result in its hands', async () => {
    const log: unknown[] = []
    const interceptors: Interceptor[] = [
      {
        handler: async ({ command, pattern, body, params, destination }, proceed) => {
          log.push([command, pattern, body, { ...params }, destination])
          const result = await proceed()
          log.push('after')
          return result === undefined ? undefined : [result]
        },
      },
      { handler: (_, proceed) => (log.push('inner'), proceed()) },
    ]
    const map = messageMap()
      .prefix('/p')
      .message('/{x}', { body: z.number() }, ({ body }) => (log.push('handler'), body))
      .subscribe('/s', { reply: z.string() }, () => 'snapshot')
    const client = await serve({ interceptors, messages: [map] }).connect()
    client.send('SEND', { destination: '/app/p/a', 'reply-to': '/temp-queue/r' }, '7')
    expect(await client.frames()).toEqual(['MESSAGE | [7]'])
    client.send('SUBSCRIBE', { id: 's', destination: '/app/p/s' })
    expect(await client.frames()).toEqual(['MESSAGE | ["snapshot"]'])
    expect(log).toEqual([
      ['SEND', '/p/{x}', 7, { x: 'a' }, '/app/p/a'],
      'inner',
      'handler',
      'after',
      ['SUBSCRIBE', '/p/s', undefined, {}, '/app/p/s'],
      'inner',
      'after',
    ])
  })

  test('may refuse without a call, and its errors are the handler’s: error handlers take them', async () => {
    class NotNow extends Error {}
    let called = 0
    const caught: unknown[] = []
    const map = messageMap()
      .message('/a', {}, () => called++)
      .onError(NotNow, (error) => void caught.push(error))
    const interceptors: Interceptor[] = [
      {
        handler: () => {
          throw new NotNow()
        },
      },
    ]
    const client = await serve({ interceptors, messages: [map] }).connect()
    expect((await client.ask('SEND', { destination: '/app/a' })).command).toBe('RECEIPT')
    expect([called, caught.length]).toEqual([0, 1])
  })
})

describe('outbound', () => {
  async function received(outbound: NonNullable<Interceptor['outbound']>, ...more: Interceptor[]) {
    const { connect, stomp } = serve({ interceptors: [{ outbound }, ...more] })
    const failed = heard(stomp, 'failed')
    const [ann, bob] = [await connect({ login: 'ann' }), await connect({ login: 'bob' })]
    for (const client of [ann, bob]) {
      await client.ask('SUBSCRIBE', { id: '1', destination: '/topic/x' })
      await client.ask('SUBSCRIBE', { id: '2', destination: '/user/queue/x' })
    }
    await stomp.messaging.send('/topic/x', 'x')
    await stomp.messaging.sendToUser('ann', '/queue/x', 'y')
    const shown = ['subscription', 'for', 'message-id-forged', 'content-type'] as const
    return { ann: await ann.frames(...shown), bob: await bob.frames(...shown), failed }
  }

  test('drops for one and adds headers for another', async () => {
    const seen: string[] = []
    const { ann, bob } = await received(({ user, destination, subscriptionId }) => {
      seen.push(`${user.name} ${subscriptionId} ${destination}`)
      return user.name === 'bob' ? false : { headers: { for: user.name, 'message-id': 'forged' } }
    })
    expect(ann).toEqual([
      'MESSAGE subscription=1 for=ann content-type=text/plain;charset=utf-8 | x',
      'MESSAGE subscription=2 for=ann content-type=text/plain;charset=utf-8 | y',
    ])
    expect(bob).toEqual([])
    expect(seen).toEqual(['ann 1 /topic/x', 'bob 1 /topic/x', 'ann 2 /user/queue/x'])
  })

  test('leaves alone what it says nothing of, and sees what those before it made', async () => {
    const { ann } = await received(() => ({ headers: { for: 'a' } }), {
      outbound: ({ message }) => {
        expect(message.headers.get('for')).toBe('a')
      },
    })
    expect(ann[0]).toContain('for=a')
    expect((await received(() => undefined)).bob).toHaveLength(1)
  })

  test('that throws drops the message, and the application hears of it; the publisher does not', async () => {
    const { ann, bob, failed } = await received(({ user }) => {
      if (user.name === 'ann') throw new Error('broken')
    })
    expect(ann).toEqual([])
    expect(bob).toHaveLength(1)
    expect(failed.map(({ during }) => during)).toEqual(['MESSAGE /topic/x', 'MESSAGE /user/queue/x'])
  })

  test('comes before the rules for slow consumers, which see what it made, and count nothing that it dropped', async () => {
    const seen: string[] = []
    const interceptors: Interceptor[] = [
      {
        outbound: ({ message, user }) => {
          const symbol = Buffer.from(message.body).toString()[0]!
          seen.push(symbol)
          return symbol === 'X' ? false : { headers: { symbol, for: user.name } }
        },
      },
    ]
    const { connect, stomp } = serve({
      interceptors,
      slowConsumers: [{ destination: '/topic/ticks', policy: 'keep-latest', key: 'symbol' }],
    })
    const [slow, fast] = [await connect({ login: 'slow' }), await connect({ login: 'fast' })]
    for (const client of [slow, fast]) await client.ask('SUBSCRIBE', { id: '1', destination: '/topic/ticks' })
    const ticks = ['A1', 'B1', 'X1', 'A2', 'X2', 'B2', 'A3']
    slow.writable = false
    await stomp.messaging.send('/topic/ticks', 'C0')
    await slow.frames()
    for (const tick of ticks) await stomp.messaging.send('/topic/ticks', tick)
    slow.drain()
    expect(await slow.frames('for', 'symbol')).toEqual([
      'MESSAGE for=slow symbol=A | A3',
      'MESSAGE for=slow symbol=B | B2',
    ])
    expect(await fast.frames('for')).toEqual(
      ['C0', 'A1', 'B1', 'A2', 'B2', 'A3'].map((tick) => `MESSAGE for=fast | ${tick}`),
    )
    expect(stomp.metrics.slowDrops).toEqual(new Map([['/topic/ticks', 3]]))
    expect(seen.filter((symbol) => symbol === 'X')).toHaveLength(4)
  })

  test('that lets a message through cannot keep a session that is disconnected for being slow', async () => {
    const sizes: number[] = []
    const interceptors: Interceptor[] = [
      {
        outbound: ({ message }) => (sizes.push(message.body.length), { headers: { more: 'x'.repeat(500) } }),
      },
    ]
    const { connect, stomp } = serve({ interceptors, limits: { outboxBytes: 2_000 } })
    const slow = await connect()
    await slow.ask('SUBSCRIBE', { id: '1', destination: '/topic/a' })
    slow.writable = false
    await stomp.messaging.send('/topic/a', 'written already')
    await slow.frames()
    // What it adds counts: of 500 octets each and more, three fit.
    for (let i = 0; i < 3; i++) await stomp.messaging.send('/topic/a', 'x')
    expect(slow.closeReason).toBeUndefined()
    await stomp.messaging.send('/topic/a', 'x')
    expect(slow.closeReason).toBe(DISCONNECTS.slow)
    await stomp.messaging.send('/topic/a', 'x')
    expect(sizes).toHaveLength(5)
  })

  test('sees replies and snapshots too', async () => {
    const seen: string[] = []
    const interceptors: Interceptor[] = [{ outbound: ({ destination }) => void seen.push(destination) }]
    const map = messageMap()
      .message('/a', {}, () => 1)
      .subscribe('/s', { reply: z.string() }, () => 'x')
    const client = await serve({ interceptors, messages: [map] }).connect()
    client.send('SEND', { destination: '/app/a', 'reply-to': '/temp-queue/r' })
    client.send('SUBSCRIBE', { id: 's', destination: '/app/s' })
    expect(await client.frames()).toHaveLength(2)
    expect(seen).toEqual(['/temp-queue/r', '/app/s'])
  })

  test('a message that has to be acknowledged and was dropped counts as prefetched until the subscription ends', async () => {
    const interceptors: Interceptor[] = [
      { outbound: ({ user }) => (user.name === 'ann' ? false : undefined) },
    ]
    const { connect, stomp } = serve({ interceptors, permissions: { subscribe: [allow('/queue/**')] } })
    const ann = await connect({ login: 'ann' })
    await ann.ask('SUBSCRIBE', { id: '1', destination: '/queue/x', ack: 'client', 'prefetch-count': '1' })
    await stomp.messaging.send('/queue/x', 'x')
    expect(await ann.frames()).toEqual([])
    const bob = await connect({ login: 'bob' })
    await bob.ask('SUBSCRIBE', { id: '1', destination: '/queue/x' })
    await ann.ask('UNSUBSCRIBE', { id: '1' })
    expect(await bob.frames('redelivered')).toEqual(['MESSAGE redelivered=true | x'])
  })
})
