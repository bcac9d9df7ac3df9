import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { deferred, heard, serve } from '../../test/kit.js'
import { destination, userDestination } from '../contract.js'
import { StompError } from '../errors.js'
import { createStompServer } from '../server.js'
import { errorMapping } from './error-map.js'
import { messageMap } from './message-map.js'

const noop = (): void => {}
const keep = { 'x-error-mode': 'keep' }

describe('where a result goes', () => {
  const room = destination('/topic/rooms/{roomId}', z.string())
  const done = userDestination('/queue/done/{roomId}', z.string())

  /** Two sessions of ann and one without a name, each subscribed to all; ann's first sends, or the nameless. */
  async function sent(map: ReturnType<typeof messageMap>, from: 'ann' | 'nameless' = 'ann') {
    const { connect } = serve({ messages: [map as never] })
    const clients = {
      ann: await connect({ login: 'ann' }),
      annToo: await connect({ login: 'ann' }),
      nameless: await connect(),
    }
    for (const client of Object.values(clients)) {
      await client.ask('SUBSCRIBE', { id: 't', destination: '/topic/rooms/7' })
      await client.ask('SUBSCRIBE', { id: 'u', destination: '/user/queue/done/7' })
    }
    clients[from].send('SEND', { destination: '/app/7' })
    return {
      ann: await clients.ann.frames('subscription'),
      annToo: await clients.annToo.frames('subscription'),
      nameless: await clients.nameless.frames('subscription'),
    }
  }
  const [t, u] = ['MESSAGE subscription=t | "x"', 'MESSAGE subscription=u | "x"']

  test('a destination stands for its address, where its variables are those of the pattern', async () => {
    const map = messageMap().message('/{roomId}', { sendTo: room }, () => 'x')
    expect(await sent(map as never)).toEqual({ ann: [t], annToo: [t], nameless: [t] })
  })

  test('sendToUser: to all sessions of the user', async () => {
    const map = messageMap().message('/{roomId}', { sendToUser: done }, () => 'x')
    expect(await sent(map as never)).toEqual({ ann: [u], annToo: [u], nameless: [] })
    expect(await sent(map as never, 'nameless')).toEqual({ ann: [], annToo: [], nameless: [u] })
  })

  test('sendToSession: to the one session', async () => {
    const map = messageMap().message(
      '/{roomId}',
      { sendToSession: ({ roomId }) => done.to({ roomId }) },
      async () => 'x',
    )
    expect(await sent(map as never)).toEqual({ ann: [u], annToo: [], nameless: [] })
  })

  test('to several at once', async () => {
    const map = messageMap().message('/{roomId}', { sendTo: room, sendToUser: done }, () => 'x')
    expect(await sent(map as never)).toEqual({ ann: [t, u], annToo: [t, u], nameless: [t] })
  })

  test('undefined goes nowhere', async () => {
    const map = messageMap().message(
      '/{roomId}',
      { sendTo: room, sendToUser: done, sendToSession: done },
      () => undefined,
    )
    expect(await sent(map as never)).toEqual({ ann: [], annToo: [], nameless: [] })
  })
})

describe('the prefix of a map', () => {
  test('begins all of its patterns, and its variables are theirs', async () => {
    const called: unknown[] = []
    const rooms = messageMap()
      .prefix('/rooms/{roomId}')
      .message('/messages', {}, ({ params }) => void called.push(params.roomId))
      .message('/members/{name}', {}, ({ params }) => void called.push(params))
    const games = messageMap()
      .prefix('/games')
      .message('/messages', {}, () => void called.push('game'))
    const client = await serve({ messages: [rooms, games] }).connect(keep)
    for (const to of ['/rooms/7/messages', '/rooms/7/members/ann', '/games/messages']) {
      expect((await client.ask('SEND', { destination: `/app${to}` })).command).toBe('RECEIPT')
    }
    expect(called).toEqual(['7', { roomId: '7', name: 'ann' }, 'game'])
    expect((await client.ask('SEND', { destination: '/app/messages' })).command).toBe('ERROR')
  })

  test.each(['rooms', '/rooms/', '/rooms/*', '/**', '', '/a{b', '/{x}/{x}'])('cannot be %j', (prefix) => {
    expect(() => messageMap().prefix(prefix)).toThrow(TypeError)
  })

  test('comes first, and once', () => {
    expect(() => messageMap().message('/a', {}, noop).prefix('/b')).toThrow(TypeError)
    expect(() => messageMap().prefix('/a').prefix('/b')).toThrow(TypeError)
  })

  test('leaves patterns what they have to be', () => {
    expect(() => messageMap().prefix('/a').message('b', {}, noop)).toThrow(TypeError)
    expect(() => messageMap().prefix('/{a}').message('/{a}', {}, noop)).toThrow(TypeError)
  })

  test('tells the same destinations of two maps', () => {
    const messages = [
      messageMap().prefix('/a').message('/b', {}, noop),
      messageMap().message('/a/b', {}, noop),
    ]
    expect(() => createStompServer({ messages })).toThrow('Two handlers are mapped to /a/b')
  })
})

class Refused extends Error {}
class Full extends Refused {}

describe('an error of a handler', () => {
  const failing = (error: unknown) =>
    messageMap().message('/fail', { body: z.string().optional() }, () => {
      throw error
    })

  /** What the client and the application hear of it. */
  async function told(options: Parameters<typeof serve>[0], body = '') {
    const { connect, stomp } = serve(options)
    const failed = heard(stomp, 'failed')
    const client = await connect(keep)
    client.send('SEND', { destination: '/app/fail', receipt: 'r' }, body)
    return { frames: await client.frames('code', 'receipt-id'), failed: failed.map(({ error }) => error) }
  }

  test('that is handled is no ERROR: the frame is done, and its receipt says so', async () => {
    const handled: unknown[] = []
    const map = failing(new Full('x')).onError(Full, (error, { destination, params }) => {
      handled.push(error.message, destination, params)
    })
    expect(await told({ messages: [map] })).toEqual({ frames: ['RECEIPT receipt-id=r'], failed: [] })
    expect(handled).toEqual(['x', '/app/fail', {}])
  })

  test('goes to the handler for the class that it is most closely of, whatever their order', async () => {
    const calls: string[] = []
    const map = failing(new Full())
      .onError(Error, () => void calls.push('Error'))
      .onError(Full, () => void calls.push('Full'))
      .onError(Refused, () => void calls.push('Refused'))
    await told({ messages: [map] })
    expect(calls).toEqual(['Full'])
  })

  test('goes to the handlers of its own map before the server’s, and not to those of others', async () => {
    const calls: string[] = []
    const other = messageMap().onError(Full, () => void calls.push('other map'))
    const onError = [errorMapping(Full, () => void calls.push('server'))]
    await told({ messages: [other, failing(new Full())], onError })
    const own = failing(new Full()).onError(Refused, () => void calls.push('own map'))
    await told({ messages: [other, own], onError })
    expect(calls).toEqual(['server', 'own map'])
  })

  test('for which there is no handler is told as before', async () => {
    const map = failing(new Error('secret')).onError(Full, noop)
    const { frames, failed } = await told({ messages: [map], onError: [errorMapping(TypeError, noop)] })
    expect(frames).toEqual(['ERROR code=handler-failed receipt-id=r | The application failed here.'])
    expect(failed).toEqual([new Error('secret')])
  })

  test('is replaced by what its handler throws: so an ERROR goes out', async () => {
    const map = failing(new Full()).onError(Full, async () => {
      throw new StompError('room-full', 'The room is full.')
    })
    expect(await told({ messages: [map] })).toEqual({
      frames: ['ERROR code=room-full receipt-id=r | The room is full.'],
      failed: [],
    })
  })

  test('may be a refusal of the server’s: of the body, by its schema', async () => {
    const codes: string[] = []
    const map = failing(new Full()).onError(StompError, ({ code }) => void codes.push(code))
    expect((await told({ messages: [map] }, '7')).frames).toEqual(['RECEIPT receipt-id=r'])
    expect((await told({ messages: [map] }, '{')).frames).toEqual(['RECEIPT receipt-id=r'])
    expect(codes).toEqual(['body-invalid', 'body-malformed'])
  })

  test('that is a rejection is handled too, and the next frame waits for the handling', async () => {
    const handling = deferred()
    const { connect } = serve({
      messages: [
        messageMap()
          .message('/fail', {}, async () => Promise.reject(new Full()))
          .message('/next', {}, noop)
          .onError(Full, () => handling.promise),
      ],
    })
    const client = await connect()
    client.send('SEND', { destination: '/app/fail', receipt: '1' })
    client.send('SEND', { destination: '/app/next', receipt: '2' })
    expect(await client.frames()).toEqual([])
    handling.resolve()
    expect(await client.frames('receipt-id')).toEqual(['RECEIPT receipt-id=1', 'RECEIPT receipt-id=2'])
  })

  test('can be told to the user', async () => {
    const errors = userDestination('/queue/errors', z.object({ code: z.string() }))
    const map = failing(new Full()).onError(Full, (_, { user, messaging }) =>
      messaging.sendToUser(user.name, errors.to({}), { code: 'full' }),
    )
    const client = await serve({ messages: [map] }).connect({ login: 'ann' })
    await client.ask('SUBSCRIBE', { id: 'e', destination: '/user/queue/errors' })
    client.send('SEND', { destination: '/app/fail' })
    expect(await client.frames()).toEqual(['MESSAGE | {"code":"full"}'])
  })

  test('that is no Error has no handler', async () => {
    const { frames } = await told({ messages: [failing('text').onError(Error, noop)] })
    expect(frames).toEqual([expect.stringContaining('code=handler-failed')])
  })

  test('of two handlers for one class the second is refused at once', () => {
    expect(() => messageMap().onError(Full, noop).onError(Full, noop)).toThrow(
      'Two error handlers are for Full',
    )
    const onError = [errorMapping(Full, noop), errorMapping(Full, noop)]
    expect(() => createStompServer({ onError })).toThrow(TypeError)
  })
})

describe('a handler’s time', () => {
  const limits = { handlerMs: 1_000 }

  test('ends with ERROR handler-timeout, an aborted signal, and a result that goes nowhere', async () => {
    const work = deferred<string>()
    let signal!: AbortSignal
    const everyone = destination('/topic/x', z.string())
    const { connect, clock, stomp } = serve({
      limits,
      messages: [
        messageMap().message('/slow', { sendTo: everyone }, (context) => {
          signal = context.signal
          return work.promise
        }),
      ],
    })
    const failed = heard(stomp, 'failed')
    const client = await connect(keep)
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/x' })
    client.send('SEND', { destination: '/app/slow', receipt: 'r' })
    await clock.advance(999)
    expect(await client.frames()).toEqual([])
    expect(signal.aborted).toBe(false)
    await clock.advance(1)
    expect(await client.frames('code', 'receipt-id')).toEqual([
      'ERROR code=handler-timeout receipt-id=r | The application took too long here.',
    ])
    expect(signal.reason).toMatchObject({ code: 'handler-timeout' })
    work.resolve('late')
    expect(await client.frames()).toEqual([])
    expect(failed).toEqual([])
  })

  test('past it an error is the application’s to hear, unless it comes of the stopping', async () => {
    const [bad, stopped] = [deferred(), deferred()]
    const { connect, clock, stomp } = serve({
      limits,
      messages: [
        messageMap()
          .message('/bad', {}, () => bad.promise)
          .message('/stopped', {}, ({ signal }) => {
            signal.addEventListener('abort', () => stopped.reject(signal.reason))
            return stopped.promise
          })
          .onError(Full, noop),
      ],
    })
    const failed = heard(stomp, 'failed')
    const client = await connect(keep)
    for (const to of ['bad', 'stopped']) {
      client.send('SEND', { destination: `/app/${to}` })
      await clock.advance(1_000)
    }
    bad.reject(new Full('late'))
    await client.next()
    await client.next()
    expect(await client.frames()).toEqual([])
    expect(failed).toMatchObject([{ error: new Full('late'), during: 'SEND /app/bad, after its time' }])
  })

  test('does not matter to a handler that is done in time, or in its call', async () => {
    const { connect, clock } = serve({
      limits,
      messages: [
        messageMap()
          .message('/now', {}, ({ signal }) => expect(signal.aborted).toBe(false))
          .message('/soon', {}, async () => {}),
      ],
    })
    const client = await connect()
    const timers = clock.pending
    expect((await client.ask('SEND', { destination: '/app/now' })).command).toBe('RECEIPT')
    expect((await client.ask('SEND', { destination: '/app/soon' })).command).toBe('RECEIPT')
    expect(clock.pending).toBe(timers)
  })

  test('the signal is aborted when the session ends', async () => {
    const work = deferred()
    let signal!: AbortSignal
    const { connect } = serve({
      messages: [
        messageMap().message('/slow', {}, (context) => {
          signal = context.signal
          return work.promise
        }),
      ],
    })
    const client = await connect()
    client.send('SEND', { destination: '/app/slow' })
    client.cut()
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({ name: 'AbortError' })
    work.resolve()
    await client.next()
  })
})
