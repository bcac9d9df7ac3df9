import SockJS from 'sockjs-client'
import { allow, messageMap, StompError } from 'stomping-ground'
import type { NoRoutes } from 'stomping-ground/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { ClientSocket } from '../src/index.js'
import { Inbox, site, until } from './site.js'

const anyone = { send: [allow('/**')], subscribe: [allow('/**')] }

type Routes = {
  readonly message: {
    readonly '/echo/{name}': { readonly body: { text: string }; readonly reply: undefined }
    readonly '/note': { readonly body: unknown; readonly reply: undefined }
  }
  readonly subscribe: NoRoutes['subscribe']
}

const echo = () =>
  messageMap().message(
    '/echo/{name}',
    { body: z.object({ text: z.string() }), sendTo: ({ name }) => ({ destination: `/topic/${name}` }) },
    ({ body }) => body,
  )

/** Notes what comes, under which id. */
function notes() {
  const inbox = new Inbox<{ id: string | undefined; body: unknown }>()
  const messages = messageMap().message('/note', {}, ({ body, headers }) => {
    inbox.put({ id: headers.get('x-message-id'), body })
  })
  return { inbox, messages: [messages] }
}

describe('a session', () => {
  it('sends to a handler, gets what it sends, and is refused without ending', async () => {
    const { client: make, network } = await site({ messages: [echo()] })
    const client = make<Routes>()
    const inbox = new Inbox<unknown>()
    await client.connect()
    client.subscribe('/topic/a', ({ body }) => inbox.put(body))
    await client.send('/echo/{name}', { params: { name: 'a' }, body: { text: '안녕' } })
    expect(await inbox.next()).toEqual({ text: '안녕' })
    const wrong = client.send('/echo/{name}', { params: { name: 'a' }, body: { text: 1 } as never })
    await expect(wrong).rejects.toMatchObject({ code: 'body-invalid', by: 'server' })
    await client.send('/echo/{name}', { params: { name: 'a' }, body: { text: 'still here' } })
    expect(await inbox.next()).toEqual({ text: 'still here' })
    expect(network.connections).toBe(1)
  })

  it('refuses patterns without a slash, and with the prefix that it puts before them', async () => {
    const { client: make } = await site({ messages: [echo()] })
    const client = make<Routes>()
    await expect(client.send('note' as '/note')).rejects.toThrow('"note" has to begin with a slash')
    await expect(client.request('/app/note' as '/note')).rejects.toThrow('write /note')
    expect(() => client.subscribeTo('/app/now' as never, {} as never, () => {})).toThrow('write /now')
  })

  it('carries bytes, acknowledges, and goes over SockJS', async () => {
    const { client: make, url } = await site({ permissions: anyone })
    const overSockJs = (): ClientSocket =>
      new SockJS(url.replace('ws:', 'http:'), null, { transports: 'xhr-streaming' })
    const client = make({ webSocketFactory: overSockJs, connectTimeoutMs: 15_000 })
    const inbox = new Inbox<unknown>()
    await client.connect()
    client.subscribe(
      '/queue/a',
      ({ body, ack }) => {
        ack()
        inbox.put(body)
      },
      { ack: 'client-individual', headers: { 'prefetch-count': '1' } },
    )
    await client.send({ destination: '/queue/a' }, { body: 'one' })
    await client.send({ destination: '/queue/a' }, { body: 'two' })
    expect(await inbox.take(2)).toEqual(['one', 'two'])
  })

  it('goes the other way where the first brings nothing', async () => {
    const { client: make, url } = await site({ messages: [echo()] })
    const client = make<Routes>({
      webSocketFactory: () => Promise.reject(new Error('no way')),
      fallback: {
        webSocketFactory: async () =>
          new SockJS(url.replace('ws:', 'http:'), null, { transports: 'xhr-streaming' }),
      },
    })
    await client.connect()
    expect(client.connection.getSnapshot()).toEqual({ kind: 'connected', via: 'fallback' })
    await client.send('/echo/{name}', { params: { name: 'a' }, body: { text: 'x' } })
  })

  it('says goodbye', async () => {
    const { client: make, stomp } = await site()
    const client = make()
    const reasons = new Inbox<string>()
    stomp.events.on('disconnected', ({ reason }) => reasons.put(reason.name))
    await client.connect()
    await client.close()
    expect(await reasons.next()).toBe('client')
    expect(client.connection.getSnapshot()).toEqual({ kind: 'closed', reason: 'closed' })
  })

  it('that gets no CONNECTED in time is tried again', async () => {
    const { client: make, network } = await site()
    network.mute = true
    const client = make({ connectTimeoutMs: 50 })
    void client.connect()
    await until(client.connection, 'waiting')
    expect(client.connection.getSnapshot()).toMatchObject({ end: { error: { code: 'timeout' } } })
    network.mute = false
    await until(client.connection, 'connected')
  })

  it('that nobody hears of ends by missing heart-beats', async () => {
    const { client: make, network } = await site({ heartbeat: { outgoingMs: 50, incomingMs: 0 } })
    const client = make({ heartbeat: { outgoingMs: 0, incomingMs: 50 } })
    await client.connect()
    network.mute = true
    await until(client.connection, 'waiting')
    expect(client.connection.getSnapshot()).toMatchObject({ end: { reason: 'heart-beats missing' } })
    network.mute = false
    await until(client.connection, 'connected')
  })
})

it('a subscription that is taken away is refused, and the session goes on', async () => {
  const { client: make, stomp, network } = await site({ permissions: anyone })
  const client = make()
  await client.connect()
  const subscription = client.subscribe('/topic/a', () => {})
  await until(subscription.state, 'active')
  await stomp.sessions.revoke({ destination: '/topic/a' })
  await until(subscription.state, 'refused')
  expect(subscription.state.getSnapshot()).toMatchObject({ error: { code: 'permission-revoked' } })
  subscription.retry()
  await until(subscription.state, 'active')
  expect(network.connections).toBe(1)
})

describe('a lost session', () => {
  it('is followed by another, with all subscriptions and what waited', async () => {
    const { client: make, network } = await site({ permissions: anyone })
    const client = make()
    const inbox = new Inbox<unknown>()
    await client.connect()
    const subscription = client.subscribe('/topic/a', ({ body }) => inbox.put(body))
    await client.send({ destination: '/topic/a' }, { body: 1 })
    network.down = true
    network.cut()
    await until(client.connection, 'waiting')
    expect(subscription.state.getSnapshot()).toEqual({ kind: 'waiting' })
    const sent = [2, 3, 4].map((body) => client.send({ destination: '/topic/a' }, { body }))
    expect(client.outgoing.getSnapshot().messages).toBe(3)
    network.down = false
    await Promise.all(sent)
    expect(await inbox.take(4)).toEqual([1, 2, 3, 4])
    expect(subscription.state.getSnapshot()).toMatchObject({ kind: 'active', first: false, recovered: false })
  })

  it('whose receipt did not come through is followed by the same message under the same id', async () => {
    const { messages, inbox } = notes()
    const { client: make, network } = await site({ messages })
    const client = make<Routes>()
    await client.connect()
    network.mute = true
    const sent = client.send('/note', { body: 'once' })
    const first = await inbox.next()
    network.cut()
    network.mute = false
    await sent
    expect(await inbox.next()).toEqual(first)
    expect(first.body).toBe('once')
  })

  it('is followed by another after a restart of the server, which asks for it with 1012', async () => {
    const { client: make, network, restart } = await site({ messages: [echo()] })
    const client = make<Routes>()
    const ends = new Inbox<unknown>()
    client.connection.subscribe(() => {
      const state = client.connection.getSnapshot()
      if (state.kind === 'waiting') ends.put(state.end)
    })
    await client.connect()
    await restart()
    expect(await ends.next()).toEqual({ code: 1012, reason: 'server restarts', error: undefined })
    await client.send('/echo/{name}', { params: { name: 'a' }, body: { text: 'x' } })
    expect(network.connections).toBeGreaterThan(1)
  })

  it('is not followed by another where the application ended it', async () => {
    const { client: make, stomp } = await site()
    const client = make()
    await client.connect()
    for (const session of stomp.sessions.all()) session.disconnect()
    await until(client.connection, 'closed')
    expect(client.connection.getSnapshot()).toMatchObject({ reason: 'refused', end: { code: 1008 } })
  })

  it('costs a message that is too large, and no other', async () => {
    const { messages, inbox } = notes()
    const { client: make } = await site({ messages, limits: { frameBytes: 1_000 } })
    const client = make<Routes>({ onError: () => {} })
    await client.connect()
    const sizes = [1, 2_000, 100_000, 2]
    const sent = sizes.map((size) => client.send('/note', { body: 'x'.repeat(size) }))
    const outcomes = await Promise.allSettled(sent)
    expect(
      outcomes.map((one) => (one.status === 'fulfilled' ? 'done' : (one.reason as { code: string }).code)),
    ).toEqual(['done', 'frame-too-large', 'frame-too-large', 'done'])
    expect((await inbox.next()).body).toBe('x')
  })
})

describe('credentials', () => {
  const authenticate = ({ headers }: { headers: { get(name: string): string | undefined } }) => {
    const token = headers.get('Authorization')
    if (token !== 'Bearer good') throw new StompError('authentication-failed')
    return { name: 'ann' }
  }

  it('that are stale are had once more', async () => {
    const { client: make } = await site({ authenticate })
    const asked: boolean[] = []
    const client = make({
      async token({ refused }) {
        asked.push(refused)
        return refused ? 'good' : 'stale'
      },
    })
    void client.connect()
    await until(client.connection, 'connected')
    expect(asked).toEqual([false, true])
  })

  it('that are wrong end it', async () => {
    const { client: make } = await site({ authenticate })
    const client = make({ connectHeaders: { login: 'ann' } })
    await expect(client.connect()).rejects.toMatchObject({ cause: { code: 'authentication-failed' } })
  })

  it('that cannot be had are asked for again', async () => {
    const { client: make } = await site({ authenticate })
    let failures = 2
    const client = make({
      async token() {
        if (failures-- > 0) throw new Error('no token today')
        return 'good'
      },
    })
    void client.connect()
    await until(client.connection, 'waiting')
    expect(client.connection.getSnapshot()).toMatchObject({
      end: { error: { code: 'credentials-unavailable', cause: new Error('no token today') } },
    })
    await until(client.connection, 'connected')
  })
})
