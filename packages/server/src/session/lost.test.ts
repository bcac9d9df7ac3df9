import { describe, expect, test } from 'vitest'
import { deferred, heard, serve } from '../../test/kit.js'
import type { TestServer } from '../../test/kit.js'
import { messageMap } from '../messaging/message-map.js'
import { allow } from '../messaging/permissions.js'
import type { StompUser } from '../stomp-session.js'
import { turn } from '../testing/manual-clock.js'

interface Working extends TestServer<StompUser> {
  /** The bodies that the handler of /app/work has got, and how to let it finish with each. */
  readonly bodies: unknown[]
  readonly finish: () => Promise<void>
  readonly signals: AbortSignal[]
}

/** A server whose handler of /app/work is done when it is told to be. */
function working(): Working {
  const bodies: unknown[] = []
  const signals: AbortSignal[] = []
  let work = deferred()
  const messages = messageMap().message('/work', {}, ({ body, signal }) => {
    bodies.push(body)
    signals.push(signal)
    work = deferred()
    return work.promise
  })
  const server = serve({ messages: [messages], permissions: { send: [allow('/**')] } })
  const finish = async (): Promise<void> => {
    work.resolve()
    await turn()
  }
  return { ...server, bodies, signals, finish }
}

const work = { destination: '/app/work' }

describe('when the connection goes while a frame is being carried out', () => {
  test('the frames behind it are carried out too (STOMP 1.2 "RECEIPT": "SHOULD continue to get processed")', async () => {
    const { connect, stomp, bodies, finish } = working()
    const ended = heard(stomp, 'disconnected')
    const [client, other] = [await connect(), await connect()]
    await other.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.send('SEND', work, '1')
    client.send('SEND', work, '2')
    client.send('SEND', { destination: '/topic/a' }, 'last words')
    client.cut()
    expect(bodies).toEqual([1])
    await finish()
    expect(bodies).toEqual([1, 2])
    expect(ended).toEqual([])
    await finish()
    expect(await other.frames()).toEqual(['MESSAGE | last words'])
    expect(ended).toMatchObject([{ reason: { name: 'lost' } }])
  })

  test('its signal is aborted at once', async () => {
    const { connect, signals, finish } = working()
    const client = await connect()
    client.send('SEND', work, '1')
    expect(signals[0]!.aborted).toBe(false)
    client.cut()
    expect(signals[0]!.aborted).toBe(true)
    await finish()
  })

  test('nothing is delivered to it any more: a queue gives the message to another', async () => {
    const { connect, stomp, finish } = working()
    const [client, other] = [await connect(), await connect()]
    for (const one of [client, other]) {
      await one.ask('SUBSCRIBE', { id: 'queue', destination: '/queue/a' })
      await one.ask('SUBSCRIBE', { id: 'topic', destination: '/topic/a' })
    }
    client.send('SEND', work, '1')
    client.cut()
    for (const body of ['1', '2']) await stomp.messaging.send('/queue/a', body)
    await stomp.messaging.send('/topic/a', '3')
    expect(await other.frames()).toEqual(['MESSAGE | 1', 'MESSAGE | 2', 'MESSAGE | 3'])
    await finish()
    expect(stomp.metrics.disconnects).toEqual(new Map([['lost', 1]]))
  })

  test('a frame that is refused ends it there', async () => {
    const { connect, stomp, bodies, finish } = working()
    const client = await connect()
    client.send('SEND', work, '1')
    client.send('SEND', { destination: '/app/nowhere' })
    client.send('SEND', work, '2')
    client.cut()
    await finish()
    expect(bodies).toEqual([1])
    expect(stomp.sessions.all()).toEqual([])
  })

  test('a DISCONNECT among them ends it as the client wished', async () => {
    const { connect, stomp, finish } = working()
    const client = await connect()
    client.send('SEND', work, '1')
    client.send('DISCONNECT', { receipt: 'r' })
    client.cut()
    await finish()
    expect(stomp.metrics.disconnects).toEqual(new Map([['client', 1]]))
  })

  test('all of it may take closeMs, and no longer', async () => {
    const { connect, clock, stomp, bodies, finish } = working()
    const client = await connect()
    client.send('SEND', work, '1')
    client.send('SEND', work, '2')
    client.cut()
    await clock.advance(stomp.limits.closeMs - 1)
    expect(stomp.metrics.openSessions).toBe(1)
    await clock.advance(1)
    expect(stomp.metrics.openSessions).toBe(0)
    await finish()
    expect(bodies).toEqual([1])
  })

  test('a server that closes does not wait for it longer than for others', async () => {
    const { connect, stomp } = working()
    const client = await connect()
    client.send('SEND', work, '1')
    client.cut()
    await stomp.close()
    expect(stomp.metrics.openSessions).toBe(0)
  })
})

test('a connection that goes while the credentials are looked at ends the session at once', async () => {
  const answer = deferred<StompUser>()
  const { open, stomp } = serve({ authenticate: () => answer.promise })
  const client = open()
  client.send('CONNECT', { 'accept-version': '1.2' })
  client.cut()
  expect(stomp.metrics.disconnects).toEqual(new Map([['lost', 1]]))
  answer.resolve({ name: 'late' })
  await turn()
  expect(stomp.metrics.sessions).toBe(0)
})
