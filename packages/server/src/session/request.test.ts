import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deferred, heard, serve } from '../../test/kit.js'
import { userDestination } from '../contract.js'
import { StompError } from '../errors.js'
import { messageMap } from '../messaging/message-map.js'
import { allow } from '../messaging/permissions.js'

const SHOWN = ['subscription', 'destination', 'correlation-id', 'content-type', 'code'] as const
const late = deferred<string>()

const map = () =>
  messageMap()
    .message('/echo', {}, ({ body }) => body)
    .message('/later', {}, () => late.promise)
    .message('/nothing', {}, () => {})
    .message('/bytes', {}, () => Uint8Array.of(104, 105))
    .message('/page', { body: z.object({ page: z.number() }) }, ({ body }) => body.page)
    .message('/no', {}, () => {
      throw new StompError('room-full', 'The room is full.', { detail: 'Try another.' })
    })
    .message('/broken', {}, async () => {
      throw new Error('secret')
    })

function ask(to: string, headers: Record<string, string> = {}) {
  return { destination: to, 'reply-to': '/temp-queue/r', 'correlation-id': '7', ...headers }
}

describe('a request', () => {
  test.each([
    ['/app/echo', '{"a":1}', 'content-type=application/json | {"a":1}'],
    ['/app/bytes', '', 'content-type=application/octet-stream | hi'],
  ])('%s is answered with the result of its handler', async (to, body, expected) => {
    const client = await serve({ messages: [map()] }).connect()
    client.send('SEND', ask(to), body)
    expect(await client.frames(...SHOWN)).toEqual([
      `MESSAGE subscription=/temp-queue/r destination=/temp-queue/r correlation-id=7 ${expected}`,
    ])
  })

  test('is answered with an empty body where the result is undefined', async () => {
    const client = await serve({ messages: [map()] }).connect()
    client.send('SEND', ask('/app/nothing'), 'null')
    expect(await client.frames('correlation-id', 'content-type', 'code')).toEqual([
      'MESSAGE correlation-id=7',
    ])
  })

  test('is answered when the promise is kept, and the receipt follows', async () => {
    const client = await serve({ messages: [map()] }).connect()
    client.send('SEND', ask('/app/later', { receipt: 'x' }))
    client.send('SEND', ask('/app/echo', { 'correlation-id': '8' }), '1')
    expect(await client.frames()).toEqual([])
    late.resolve('at last')
    expect(await client.frames('correlation-id', 'receipt-id')).toEqual([
      'MESSAGE correlation-id=7 | "at last"',
      'RECEIPT receipt-id=x',
      'MESSAGE correlation-id=8 | 1',
    ])
  })

  test('is answered by the subscription to its reply-to, with no correlation where none was given', async () => {
    const client = await serve({ messages: [map()] }).connect()
    await client.ask('SUBSCRIBE', { id: 'replies', destination: '/temp-queue/r' })
    client.send('SEND', { destination: '/app/echo', 'reply-to': '/temp-queue/r' }, '1')
    expect(await client.frames('subscription', 'correlation-id')).toEqual([
      'MESSAGE subscription=replies | 1',
    ])
  })

  test('is answered to a destination of the user’s own, in the session that asked alone', async () => {
    const { connect } = serve({ messages: [map()] })
    const [one, other] = [await connect({ login: 'ann' }), await connect({ login: 'ann' })]
    for (const client of [one, other])
      await client.ask('SUBSCRIBE', { id: 'u', destination: '/user/queue/r' })
    one.send('SEND', ask('/app/echo', { 'reply-to': '/user/queue/r' }), '1')
    expect(await one.frames('subscription', 'destination')).toEqual([
      'MESSAGE subscription=u destination=/user/queue/r | 1',
    ])
    expect(await other.frames()).toEqual([])
  })

  test('is not the end of what its mapping sends', async () => {
    const own = userDestination('/queue/done', z.string())
    const client = await serve({
      messages: [messageMap().message('/a', { sendToSession: own }, () => 'x')],
    }).connect()
    await client.ask('SUBSCRIBE', { id: 'u', destination: '/user/queue/done' })
    client.send('SEND', ask('/app/a'))
    expect(await client.frames('subscription')).toEqual([
      'MESSAGE subscription=u | "x"',
      'MESSAGE subscription=/temp-queue/r | "x"',
    ])
  })

  test('without reply-to has no answer', async () => {
    const client = await serve({ messages: [map()] }).connect()
    client.send('SEND', { destination: '/app/echo', 'correlation-id': '7' }, '1')
    expect(await client.frames()).toEqual([])
  })

  test('cannot be part of a transaction', async () => {
    const client = await serve({ messages: [map()] }).connect()
    client.send('BEGIN', { transaction: 't' })
    client.send('SEND', ask('/app/echo', { transaction: 't' }), '1')
    expect(await client.frames('code')).toEqual([expect.stringContaining('code=transaction-unsupported')])
  })
})

describe('a request that is refused', () => {
  test.each([
    ['/app/page', '{"page":"x"}', 'application/json', 'body-invalid', /^\{"issues":\[\{"path":\["page"\],/],
    ['/app/page', '{', 'text/plain;charset=utf-8', 'body-malformed', /^The body is no JSON/],
    ['/app/nowhere', '', 'text/plain;charset=utf-8', 'destination-not-handled', /./],
    ['/app/no', '', 'text/plain;charset=utf-8', 'room-full', /^Try another\.$/],
    ['/app/broken', '', 'text/plain;charset=utf-8', 'handler-failed', /^The application failed here\.$/],
  ])(
    '%s with %j is answered with the refusal, and the session goes on',
    async (to, body, type, code, text) => {
      const { connect, stomp } = serve({ messages: [map()] })
      const refused = heard(stomp, 'refused')
      const client = await connect()
      client.send('SEND', ask(to, { receipt: 'x' }), body)
      client.send('SEND', ask('/app/echo'), '1')
      const reply = (await client.next())!
      expect(reply.headers.toObject()).toMatchObject({
        subscription: '/temp-queue/r',
        'correlation-id': '7',
        'content-type': type,
        code,
      })
      expect(reply.headers.get('message')).not.toBe('')
      expect(Number(reply.headers.get('content-length'))).toBe(reply.body.length)
      expect(Buffer.from(reply.body).toString()).toMatch(text)
      expect(Buffer.from(reply.body).toString()).not.toContain('secret')
      expect(await client.frames('receipt-id')).toEqual(['RECEIPT receipt-id=x', 'MESSAGE | 1'])
      expect(refused).toMatchObject([{ code, command: 'SEND', destination: to }])
      expect(stomp.metrics.refusals.get(code)).toBe(1)
    },
  )

  test('by its time is answered so, and a late result goes nowhere', async () => {
    const forever = deferred<string>()
    const { connect, clock, stomp } = serve({
      messages: [messageMap().message('/slow', {}, () => forever.promise)],
    })
    const client = await connect()
    client.send('SEND', ask('/app/slow'))
    await clock.advance(stomp.limits.handlerMs)
    expect(await client.frames('code', 'correlation-id')).toEqual([
      'MESSAGE code=handler-timeout correlation-id=7 | The application took too long here.',
    ])
    forever.resolve('late')
    expect(await client.frames()).toEqual([])
  })

  test('by an error that is handled is answered all the same', async () => {
    class Full extends Error {}
    const handled: unknown[] = []
    const { connect, stomp } = serve({
      messages: [
        messageMap()
          .message('/a', {}, () => {
            throw new Full('secret')
          })
          .onError(Full, (error) => void handled.push(error)),
      ],
    })
    const failed = heard(stomp, 'failed')
    const client = await connect()
    client.send('SEND', ask('/app/a'))
    expect(await client.frames('code')).toEqual([
      'MESSAGE code=handler-failed | The application failed here.',
    ])
    expect(handled).toHaveLength(1)
    expect(failed).toEqual([])
  })
})

describe('reply-to reaches nobody else', () => {
  const permissions = { send: [allow('/**')], subscribe: [allow('/**')] }

  test.each([
    '/topic/news',
    '/queue/work',
    '/user/queue/r',
    '/user/bob/queue/r',
    '/user/**',
    '/user/',
    '/user-topic/name/bob/queue/r',
    '/reply-queue/guess',
    '/temp-queue/',
    '/app/echo',
    'x',
    '',
  ])('%j is refused with an ERROR: there is nowhere to answer to', async (to) => {
    const { connect } = serve({ messages: [map()], permissions })
    const bob = await connect({ login: 'bob' })
    for (const [id, destination] of ['/topic/news', '/queue/work', '/user/queue/r'].entries()) {
      await bob.ask('SUBSCRIBE', { id: String(id), destination })
    }
    const eve = await connect({ login: 'eve' })
    eve.send('SEND', ask('/app/echo', { 'reply-to': to }), '"forged"')
    expect(await eve.frames('code')).toEqual([expect.stringContaining('ERROR code=header-invalid')])
    expect(await bob.frames()).toEqual([])
  })

  test('another session’s temporary queue of the same name gets nothing', async () => {
    const { connect } = serve({ messages: [map()] })
    const [bob, eve] = [await connect({ login: 'bob' }), await connect({ login: 'eve' })]
    await bob.ask('SUBSCRIBE', { id: '0', destination: '/temp-queue/r' })
    eve.send('SEND', ask('/app/echo'), '1')
    expect(await eve.frames()).toEqual(['MESSAGE | 1'])
    expect(await bob.frames()).toEqual([])
  })

  test('a topic that the session is itself subscribed to is refused too', async () => {
    const { connect } = serve({ messages: [map()] })
    const eve = await connect()
    await eve.ask('SUBSCRIBE', { id: '0', destination: '/topic/news' })
    eve.send('SEND', ask('/app/echo', { 'reply-to': '/topic/news' }), '1')
    expect(await eve.frames('code')).toEqual([expect.stringContaining('code=header-invalid')])
  })

  test('a reply that comes after UNSUBSCRIBE or the end of the session goes nowhere', async () => {
    const slow = deferred<string>()
    const { connect } = serve({ messages: [messageMap().message('/slow', {}, () => slow.promise)] })
    const ann = await connect({ login: 'ann' })
    ann.send('SEND', ask('/app/slow'))
    ann.cut()
    slow.resolve('x')
    expect(await ann.frames()).toEqual([])
  })
})
