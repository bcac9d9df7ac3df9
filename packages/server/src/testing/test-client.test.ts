import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { z } from 'zod'
import { deferred } from '../../test/kit.js'
import { destination } from '../contract.js'
import { DISCONNECTS, StompError } from '../errors.js'
import { messageMap } from '../messaging/message-map.js'
import { allow } from '../messaging/permissions.js'
import { createStompServer } from '../server.js'
import type { StompServerOptions } from '../options.js'
import { ManualClock, connect } from './index.js'
import type { TestClientOptions } from './index.js'

const Said = z.object({ from: z.string(), text: z.string() })
const room = destination('/topic/rooms/{roomId}', Said)
const messages = messageMap().message(
  '/rooms/{roomId}',
  { body: z.object({ text: z.string().max(5) }), sendTo: ({ roomId }) => room.to({ roomId }) },
  ({ body, user }) => ({ from: user.name, text: body.text }),
)
const withCode = (code: string): Error => expect.objectContaining({ name: 'StompError', code }) as Error

/** A server with a client of its own, closed after the test. */
async function serve(options: StompServerOptions = {}, of: TestClientOptions = {}) {
  const stomp = createStompServer({ messages: [messages], ...options })
  onTestFinished(() => stomp.close())
  return { stomp, client: await connect(stomp, { login: 'ann', ...of }) }
}

describe('a test client', () => {
  test('sends to a handler and receives what it published, typed by the address', async () => {
    const { client } = await serve()
    const seven = await client.subscribe(room.to({ roomId: '7' }))
    await client.send('/app/rooms/7', { text: 'Hello' })
    const message = await seven.receive()
    expectTypeOf(message.body).toEqualTypeOf<{ from: string; text: string }>()
    expect(message).toMatchObject({
      destination: '/topic/rooms/7',
      headers: { 'content-type': 'application/json' },
      body: { from: 'ann', text: 'Hello' },
    })
  })

  test('has sent when the handler has finished', async () => {
    const done = deferred()
    const log: string[] = []
    const slow = messageMap().message('/slow', {}, () => done.promise)
    const { client } = await serve({ messages: [slow] })
    const sent = client.send('/app/slow').then(() => log.push('sent'))
    log.push('finishes')
    done.resolve()
    await sent
    expect(log).toEqual(['finishes', 'sent'])
  })

  test('tells what the server refuses by its code, and that the session is over', async () => {
    const { client } = await serve()
    await expect(client.send('/app/rooms/7', { text: 'too long' })).rejects.toThrow(withCode('body-invalid'))
    expect(await client.closed).toBe(DISCONNECTS.refused)
    await expect(client.send('/app/rooms/7', { text: 'x' })).rejects.toThrow('The session has ended: refused')
  })

  test('keeps its session after a refusal where it asks for that', async () => {
    const { client } = await serve({}, { headers: { 'x-error-mode': 'keep' } })
    await expect(client.subscribe('/app/none')).rejects.toThrow(withCode('destination-not-handled'))
    await client.send('/app/rooms/7', { text: 'x' })
  })

  test('is refused as any client is', async () => {
    const stomp = createStompServer({
      authenticate: ({ login = '', passcode }) => {
        if (passcode !== 'secret') throw new StompError('authentication-failed')
        return { name: login }
      },
    })
    await expect(connect(stomp, { login: 'ann' })).rejects.toThrow(withCode('authentication-failed'))
    const client = await connect(stomp, { login: 'ann', passcode: 'secret' })
    expect(client.connected['user-name']).toBe('ann')
    client.cut()
  })

  test('brings a request and an address for authenticate', async () => {
    const request = new IncomingMessage(new Socket())
    request.headers.cookie = 'session=1'
    const authenticate: NonNullable<StompServerOptions['authenticate']> = ({ request, remoteAddress }) => ({
      name: `${request?.headers.cookie} from ${remoteAddress}`,
    })
    const { client } = await serve({ authenticate }, { request, remoteAddress: '198.51.100.7' })
    expect(client.connected['user-name']).toBe('session=1 from 198.51.100.7')
  })

  test('receives for each subscription by itself, and for all together in their order', async () => {
    const { stomp, client } = await serve()
    const a = await client.subscribe('/topic/a')
    const b = await client.subscribe('/topic/b')
    for (const [to, body] of ['a 1', 'b 2', 'a 3', 'b 4'].map((text) => text.split(' ') as [string, string]))
      await stomp.messaging.send(`/topic/${to}`, body)
    expect((await b.receive()).body).toBe('2')
    expect((await client.receive()).body).toBe('1')
    expect((await client.receive()).body).toBe('3')
    expect((await b.pending()).map(({ body }) => body)).toEqual(['4'])
    expect(await a.pending()).toEqual([])
  })

  test('waits for a message, but not for ever', async () => {
    const { stomp, client } = await serve({}, { withinMs: 20 })
    const topic = await client.subscribe('/topic/a')
    const coming = topic.receive()
    await stomp.messaging.send('/topic/a', 'x')
    expect((await coming).body).toBe('x')
    await expect(topic.receive()).rejects.toThrow(
      'A message for the subscription to /topic/a did not come within 20 ms',
    )
  })

  test('waits no more once the session has ended, and has what came before', async () => {
    const { stomp, client } = await serve()
    const topic = await client.subscribe('/topic/a')
    const other = await client.subscribe('/topic/b')
    const never = other.receive()
    await stomp.messaging.send('/topic/a', '1')
    await stomp.messaging.send('/topic/a', '2')
    expect((await topic.receive()).body).toBe('1')
    client.cut()
    await expect(never).rejects.toThrow('The session has ended: lost')
    expect((await topic.receive()).body).toBe('2')
    await expect(topic.receive()).rejects.toThrow('The session has ended: lost')
  })

  test('acknowledges, and gives back', async () => {
    const queues = [allow('/queue/**')]
    const { client } = await serve({ permissions: { send: queues, subscribe: queues } })
    const jobs = await client.subscribe('/queue/jobs', {
      ack: 'client-individual',
      headers: { 'prefetch-count': '1' },
    })
    await client.send('/queue/jobs', 'one')
    await client.send('/queue/jobs', Uint8Array.of(2))
    await (await jobs.receive()).nack()
    const again = await jobs.receive()
    expect([again.body, again.headers['redelivered']]).toEqual(['one', 'true'])
    await again.ack()
    expect((await jobs.receive()).body).toEqual(Uint8Array.of(2))
  })

  test('unsubscribes, and disconnects', async () => {
    const { stomp, client } = await serve()
    const topic = await client.subscribe('/topic/a')
    await topic.unsubscribe()
    await stomp.messaging.send('/topic/a', 'x')
    expect(await topic.pending()).toEqual([])
    await client.disconnect()
    expect(await client.closed).toBe(DISCONNECTS.client)
  })

  test('lives by the clock that the server was given', async () => {
    const clock = new ManualClock()
    const { client } = await serve({ clock }, { headers: { 'heart-beat': '1000,0' } })
    await clock.advance(60_000)
    expect(await client.closed).toBe(DISCONNECTS.heartbeat)
  })
})
