import { describe, expect, test } from 'vitest'
import { deferred, heard, serve } from '../../test/kit.js'
import type { TestServer } from '../../test/kit.js'
import type { Authenticated, ConnectRequest } from '../authentication.js'
import { LONGEST_TIMER_MS } from '../clock.js'
import { DISCONNECTS, StompError } from '../errors.js'
import { rule } from '../messaging/permissions.js'
import type { StompUser } from '../stomp-session.js'
import { turn } from '../testing/manual-clock.js'

interface Member extends StompUser {
  readonly rooms: readonly string[]
}

/** A passcode says until when it holds, and the rooms: `60000 a b`. */
function authenticate({ login = '', passcode = '' }: ConnectRequest): Authenticated<Member> {
  const [until, ...rooms] = passcode.split(' ')
  if (until === 'bad') throw new StompError('authentication-failed')
  return { user: { name: login, rooms }, expiresAt: until === '' ? undefined : new Date(Number(until)) }
}

const members = (): TestServer<Member> =>
  serve<Member>({
    authenticate,
    // The client answers no probes.
    limits: { probeMs: LONGEST_TIMER_MS },
    permissions: {
      subscribe: [rule('/topic/{room}', ({ user, params }) => user.rooms.includes(params.room))],
    },
  })

describe('credentials that expire', () => {
  test('end the session in time, with an ERROR, and the client may come again', async () => {
    const { connect, clock, stomp } = members()
    const client = await connect({
      login: 'ann',
      passcode: '60000',
      'x-error-mode': 'keep',
      'heart-beat': '0,0',
    })
    await clock.advance(59_999)
    expect(client.gone).toBe(false)
    await clock.advance(1)
    expect(await client.frames('code')).toEqual([
      'ERROR code=token-expired | The credentials of this session have expired.',
    ])
    expect(client.closeReason).toBe(DISCONNECTS.expired)
    expect(DISCONNECTS.expired.reconnect).toBe(true)
    expect(stomp.metrics.disconnects.get('expired')).toBe(1)
    expect(stomp.metrics.refusals.get('token-expired')).toBe(1)
  })

  test('that have expired already are refused at CONNECT', async () => {
    const { open, clock, stomp } = members()
    await clock.advance(60_000)
    const client = open()
    client.send('CONNECT', { 'accept-version': '1.2', passcode: '60000' })
    expect(await client.frames('code')).toEqual([expect.stringContaining('code=token-expired')])
    expect(stomp.metrics.sessions).toBe(0)
  })

  test('may hold longer than a timer can wait', async () => {
    const { connect, clock } = members()
    const until = LONGEST_TIMER_MS * 2 + 10
    const client = await connect({ passcode: String(until), 'heart-beat': '0,0' })
    await clock.advance(until - 1)
    expect(client.gone).toBe(false)
    await clock.advance(1)
    expect(client.gone).toBe(true)
  })

  test('a date that is none is the application’s fault', async () => {
    const { open, stomp } = members()
    const failed = heard(stomp, 'failed')
    const client = open()
    client.send('CONNECT', { 'accept-version': '1.2', passcode: 'soon' })
    expect(await client.frames('code')).toEqual([expect.stringContaining('code=handler-failed')])
    expect(failed).toHaveLength(1)
  })
})

describe('a SEND to /app/.renew', () => {
  test('shows new credentials in the headers of CONNECT: the session goes on, and its user is theirs', async () => {
    const { connect, clock, stomp } = members()
    const renewed = heard(stomp, 'renewed')
    const client = await connect({ login: 'ann', passcode: '60000', 'heart-beat': '0,0' })
    const [session] = stomp.sessions.all()
    const headers = { destination: '/app/.renew', login: 'ann', passcode: '120000 a' }
    expect((await client.ask('SEND', headers)).command).toBe('RECEIPT')
    expect(session!.user).toEqual({ name: 'ann', rooms: ['a'] })
    expect(stomp.sessions.ofUser('ann')).toEqual([session])
    expect(renewed).toEqual([{ session }])
    await clock.advance(119_999)
    expect(client.gone).toBe(false)
    await clock.advance(1)
    expect(client.closeReason).toBe(DISCONNECTS.expired)
  })

  test('decides again on live subscriptions before the receipt', async () => {
    const { connect, stomp } = members()
    const client = await connect({ login: 'ann', passcode: ' a b', 'x-error-mode': 'keep' })
    for (const room of ['a', 'b']) await client.ask('SUBSCRIBE', { id: room, destination: `/topic/${room}` })
    client.send('SEND', { destination: '/app/.renew', login: 'ann', passcode: ' b c', receipt: 'r' })
    await turn()
    expect(await client.frames('code', 'subscription', 'receipt-id')).toEqual([
      expect.stringContaining('ERROR code=permission-revoked subscription=a'),
      'RECEIPT receipt-id=r',
    ])
    expect(stomp.metrics.openSubscriptions).toBe(1)
    expect((await client.ask('SUBSCRIBE', { id: 'c', destination: '/topic/c' })).command).toBe('RECEIPT')
  })

  test('by another user is refused, and the session stays whose it is', async () => {
    const { connect, stomp } = members()
    const client = await connect({ login: 'ann', passcode: '60000', 'x-error-mode': 'keep' })
    const answer = await client.ask('SEND', {
      destination: '/app/.renew',
      login: 'bob',
      passcode: '120000 a',
    })
    expect(answer.headers.get('code')).toBe('authentication-failed')
    expect(stomp.sessions.ofUser('bob')).toEqual([])
    expect(stomp.sessions.ofUser('ann')[0]!.user.rooms).toEqual([])
  })

  test('with bad or expired credentials is refused; the old ones hold as long as they did', async () => {
    const { connect, clock } = members()
    const client = await connect({
      login: 'ann',
      passcode: '60000',
      'x-error-mode': 'keep',
      'heart-beat': '0,0',
    })
    const renew = { destination: '/app/.renew', login: 'ann' }
    expect((await client.ask('SEND', { ...renew, passcode: 'bad' })).headers.get('code')).toBe(
      'authentication-failed',
    )
    await clock.advance(30_000)
    expect((await client.ask('SEND', { ...renew, passcode: '30000' })).headers.get('code')).toBe(
      'token-expired',
    )
    await clock.advance(29_999)
    expect(client.gone).toBe(false)
    await clock.advance(1)
    expect(client.gone).toBe(true)
  })

  test('tells authenticate that it renews, and gives it no request of long ago', async () => {
    const requests: ConnectRequest[] = []
    const { connect } = serve({
      authenticate(request) {
        requests.push(request)
        return { name: 'ann' }
      },
    })
    const client = await connect()
    await client.ask('SEND', { destination: '/app/.renew', Authorization: 'Bearer x' })
    expect(requests.map(({ renewal }) => renewal)).toEqual([false, true])
    expect(requests[1]!.request).toBeUndefined()
    expect(requests[1]!.headers.get('Authorization')).toBe('Bearer x')
  })

  test('that takes its time holds back what follows it, and is overtaken by the old expiry', async () => {
    const answer = deferred<StompUser>()
    const { connect, clock, stomp } = serve({
      authenticate: ({ renewal }) =>
        renewal ? answer.promise : { user: { name: 'ann' }, expiresAt: new Date(1_000) },
    })
    const renewed = heard(stomp, 'renewed')
    const client = await connect()
    client.send('SEND', { destination: '/app/.renew' })
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' })
    expect(await client.frames()).toEqual([])
    await clock.advance(1_000)
    expect(await client.frames('code')).toEqual([expect.stringContaining('token-expired')])
    answer.resolve({ name: 'ann' })
    await turn()
    expect(renewed).toEqual([])
  })

  test('takes no part in a transaction', async () => {
    const { connect } = members()
    const client = await connect({ login: 'ann', 'x-error-mode': 'keep' })
    await client.ask('BEGIN', { transaction: 't' })
    const answer = await client.ask('SEND', { destination: '/app/.renew', transaction: 't', login: 'ann' })
    expect(answer.headers.get('code')).toBe('transaction-unsupported')
  })

  test('is found below another application prefix too', async () => {
    const { connect } = serve({ applicationPrefix: '/api' })
    const client = await connect({ login: 'ann' })
    expect((await client.ask('SEND', { destination: '/api/.renew', login: 'ann' })).command).toBe('RECEIPT')
  })
})
