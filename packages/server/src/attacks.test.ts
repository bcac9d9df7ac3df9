import { randomUUID } from 'node:crypto'
import { SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { heard, serve } from '../test/kit.js'
import type { TestServer } from '../test/kit.js'
import { listen } from '../test/websocket-kit.js'
import type { Authenticate } from './authentication.js'
import { jwtAuthenticator } from './jwt/index.js'
import { messageMap } from './messaging/message-map.js'
import { allow, rule } from './messaging/permissions.js'
import type { StompUser } from './stomp-session.js'
import type { MemoryClient } from './testing/memory-client.js'

/** What eve tries on a chat in which ann and bob share a private room. Each of it is refused, counted, and tells nothing. */
function chat(): TestServer<StompUser> {
  const members = new Map([['private', new Set(['ann', 'bob'])]])
  return serve({
    messages: [
      messageMap().message('/say/{room}', {}, ({ params, user, body, messaging }) =>
        messaging.send(`/topic/rooms/${params.room}`, { from: user.name, body }),
      ),
    ],
    permissions: {
      subscribe: [
        rule('/topic/rooms/{room}', ({ params, user }) => members.get(params.room)?.has(user.name) ?? false),
        allow('/topic/**'),
        allow('/queue/open'),
      ],
      send: [allow('/topic/wall'), allow('/queue/open')],
    },
  })
}

async function codeOf(client: MemoryClient, ...asked: Parameters<MemoryClient['ask']>): Promise<string> {
  const { command, headers } = await client.ask(...asked)
  return command === 'ERROR' ? headers.get('code')! : command
}

const eve = { login: 'eve', 'x-error-mode': 'keep' }

describe('eve cannot read what is another’s', () => {
  test('by the names behind user destinations, by wildcards, or by the user’s name', async () => {
    const { connect, stomp } = chat()
    await connect({ login: 'bob' })
    const client = await connect(eve)
    const [bob] = stomp.sessions.ofUser('bob')
    const answers: Record<string, string> = {}
    const names = [
      '/user-topic/name/bob/queue/x',
      `/user-topic/session/${bob!.id}/queue/x`,
      '/user-topic/**',
      '/user-topic/name/*/queue/x',
      '/node-topic/all',
      '/node-topic/**',
      '/**',
      '/*/name/bob/queue/x',
      '/user/**',
      '/user/*/queue/x',
      '/user/../bob/queue/x/**',
    ]
    for (const name of names)
      answers[name] = await codeOf(client, 'SUBSCRIBE', { id: name, destination: name })
    expect(answers).toEqual(Object.fromEntries(names.map((name) => [name, 'destination-invalid'])))
    // This is her own destination of that name, and not bob's.
    await client.ask('SUBSCRIBE', { id: 'own', destination: '/user/bob/queue/x' })
    await stomp.messaging.sendToUser('bob', '/queue/x', 'secret')
    expect(await client.frames()).toEqual([])
  })

  test('by a pattern that covers a private room, whatever rule stands behind', async () => {
    const { connect, stomp } = chat()
    const client = await connect(eve)
    for (const destination of [
      '/topic/**',
      '/topic/*/private',
      '/topic/rooms/*',
      '/topic/rooms/**',
      '/topic/*/*',
    ]) {
      expect(await codeOf(client, 'SUBSCRIBE', { id: destination, destination })).toBe('permission-denied')
    }
    await stomp.messaging.send('/topic/rooms/private', 'secret')
    expect(await client.frames()).toEqual([])
  })

  test('and hears the same of a private room that there is and one that there is not', async () => {
    const { connect } = chat()
    const told = async (room: string): Promise<string[]> => {
      const client = await connect({ login: 'eve' })
      client.send('SUBSCRIBE', { id: '0', destination: `/topic/rooms/${room}` })
      const frames = await client.frames('code', 'message', 'content-type')
      return frames.map((frame) => frame.replaceAll(room, 'ROOM'))
    }
    expect(await told('private')).toEqual(await told('nowhere'))
  })

  test('by another’s reply queue, whose address she sees', async () => {
    const { connect } = chat()
    const [ann, client] = [await connect({ login: 'ann' }), await connect(eve)]
    await client.ask('SUBSCRIBE', { id: '0', destination: '/queue/open' })
    ann.send('SEND', { destination: '/queue/open', 'reply-to': '/temp-queue/r' }, 'question')
    const address = (await client.arrival()).headers.get('reply-to')!
    expect(address).not.toContain('/temp-queue/r')
    expect(await codeOf(client, 'SUBSCRIBE', { id: '1', destination: address })).toBe('permission-denied')
    expect(await codeOf(client, 'SUBSCRIBE', { id: '2', destination: '/temp-queue/r' })).toBe('RECEIPT')
    await client.ask('SEND', { destination: address }, 'answer')
    expect(await client.frames()).toEqual([])
    expect(await ann.frames()).toEqual(['MESSAGE | answer'])
  })

  test('by the id of another’s subscription or delivery', async () => {
    const { connect, stomp } = chat()
    const [ann, client] = [await connect({ login: 'ann' }), await connect(eve)]
    await ann.ask('SUBSCRIBE', { id: '0', destination: '/queue/open', ack: 'client-individual' })
    await stomp.messaging.send('/queue/open', 'x')
    const id = (await ann.arrival()).headers.get('ack')!
    expect(await codeOf(client, 'ACK', { id })).toBe('ack-unknown')
    expect(await codeOf(client, 'NACK', { id })).toBe('ack-unknown')
    expect(await codeOf(client, 'UNSUBSCRIBE', { id: '0' })).toBe('subscription-unknown')
  })
})

describe('eve cannot speak where she may not, or in another’s name', () => {
  test('straight to a topic, a queue, a user or the server’s own destinations', async () => {
    const { connect, stomp } = chat()
    const refused = heard(stomp, 'refused')
    const client = await connect(eve)
    const denied = ['/topic/rooms/private', '/topic/other', '/queue/a', '/temp-queue/a', '/user/bob/queue/x']
    for (const destination of denied) {
      expect(await codeOf(client, 'SEND', { destination })).toBe('permission-denied')
      expect(await codeOf(client, 'BEGIN', { transaction: destination })).toBe('RECEIPT')
      expect(await codeOf(client, 'SEND', { destination, transaction: destination })).toBe(
        'permission-denied',
      )
    }
    for (const destination of [
      '/user-topic/name/bob/queue/x',
      '/topic/*',
      '/topic/**',
      `/reply-queue/${randomUUID()}`,
    ]) {
      expect(await codeOf(client, 'SEND', { destination })).toBe('destination-invalid')
    }
    expect(stomp.metrics.refusals.get('permission-denied')).toBe(denied.length * 2)
    const [session] = stomp.sessions.ofUser('eve')
    expect(refused.every((event) => event.session === session && event.sessionId === session!.id)).toBe(true)
  })

  test('by headers that the server sets in a MESSAGE', async () => {
    const { connect } = chat()
    const [ann, client] = [await connect({ login: 'ann' }), await connect(eve)]
    await ann.ask('SUBSCRIBE', { id: '0', destination: '/topic/wall' })
    const forged = {
      'message-id': 'forged',
      subscription: '9',
      ack: 'forged',
      redelivered: 'true',
      'x-delivery-count': '9',
    }
    client.send('SEND', { ...forged, destination: '/topic/wall', own: 'kept' }, 'hi')
    const { headers } = await ann.arrival()
    expect(headers.get('subscription')).toBe('0')
    expect(headers.get('message-id')).not.toBe('forged')
    expect([headers.get('ack'), headers.get('redelivered'), headers.get('x-delivery-count')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(headers.get('own')).toBe('kept')
  })

  test('in a room by a handler: it says who she is, whatever headers say', async () => {
    const { connect } = chat()
    const [ann, client] = [await connect({ login: 'ann' }), await connect(eve)]
    await ann.ask('SUBSCRIBE', { id: '0', destination: '/topic/rooms/private' })
    client.send(
      'SEND',
      { destination: '/app/say/private', 'user-name': 'bob', login: 'bob', from: 'bob' },
      '"hi"',
    )
    expect(await ann.frames('user-name', 'from')).toEqual(['MESSAGE | {"from":"eve","body":"hi"}'])
  })

  test('by renewing as another', async () => {
    const { connect, stomp } = chat()
    const client = await connect(eve)
    expect(await codeOf(client, 'SEND', { destination: '/app/.renew', login: 'bob' })).toBe(
      'authentication-failed',
    )
    expect(stomp.sessions.ofUser('bob')).toEqual([])
  })

  test('by a second CONNECT', async () => {
    const { connect } = chat()
    const client = await connect(eve)
    expect(await codeOf(client, 'CONNECT', { 'accept-version': '1.2', login: 'bob' })).toBe(
      'connect-repeated',
    )
  })
})

describe('eve cannot get in', () => {
  test('with a token that is unsigned, expired, for another service or of her own making', async () => {
    const secret = 'a secret of thirty-two bytes or more'
    const issuer = 'https://login.example'
    let authenticate!: Authenticate<StompUser>
    const { open, stomp, clock } = serve({ authenticate: (request) => authenticate(request) })
    authenticate = jwtAuthenticator({ secret, issuer, audience: 'chat', clock })
    await clock.advance(100_000)
    const claims = { sub: 'ann', iss: issuer, aud: 'chat', exp: 200 }
    const signed = (changed: object, key = secret): Promise<string> =>
      new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(key))
    const codes: unknown[] = []
    for (const passcode of [
      new UnsecuredJWT(claims).encode(),
      await signed({ exp: 50 }),
      await signed({ aud: 'shop' }),
      await signed({}, 'x'.repeat(32)),
      'x'.repeat(8_193),
    ]) {
      const client = open()
      client.send('CONNECT', { 'accept-version': '1.2', passcode })
      codes.push((await client.arrival()).headers.get('code'))
      expect(Buffer.concat(client.written).toString()).not.toMatch(/JW[ST]|signature|"alg"|claim/)
    }
    expect(codes).toEqual([
      'authentication-failed',
      'token-expired',
      'authentication-failed',
      'authentication-failed',
      'authentication-failed',
    ])
    expect(stomp.metrics.sessions).toBe(0)
  })

  test('from a page of another site, with cookies or without', async () => {
    const site = await listen()
    const rejected: number[] = []
    site.stomp.events.on('rejected', ({ status }) => rejected.push(status))
    const origins = [
      'https://evil.example',
      'null',
      `http://127.0.0.1.evil.example:${site.port}`,
      'http://127.0.0.1:1',
    ]
    for (const origin of origins) {
      const { status } = await site.refusal('/stomp', { origin, headers: { cookie: 'session=ann' } })
      expect(status).toBe(403)
    }
    expect(rejected).toEqual([403, 403, 403, 403])
    expect(site.stomp.metrics.connections).toBe(0)
  })

  test('by the id of a session: nothing that a client can say takes one', async () => {
    const { connect, stomp } = chat()
    await connect({ login: 'ann' })
    const [ann] = stomp.sessions.ofUser('ann')
    const client = await connect({ ...eve, session: ann!.id })
    expect(stomp.sessions.ofUser('eve')[0]!.id).not.toBe(ann!.id)
    expect(ann!.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/)
    await client.ask('SUBSCRIBE', { id: '0', destination: '/user/queue/x', session: ann!.id })
    await stomp.messaging.sendToUser('ann', '/queue/x', 'secret')
    expect(await client.frames()).toEqual([])
  })
})
