import { describe, expect, test } from 'vitest'
import { deferred, heard, serve } from '../../test/kit.js'
import { DISCONNECTS, StompError } from '../errors.js'
import { turn } from '../testing/manual-clock.js'
import type { ConnectRequest } from '../authentication.js'

describe('authenticate', () => {
  test('gets login, passcode, headers, address and session id', async () => {
    const requests: ConnectRequest[] = []
    const { open, stomp } = serve({
      authenticate(request) {
        requests.push(request)
        return { name: 'Ann' }
      },
    })
    const client = open({ remoteAddress: '198.51.100.7' })
    client.send('CONNECT', { login: 'ann', passcode: 'secret', token: 't' })
    await client.next()
    expect(requests).toHaveLength(1)
    expect(requests[0]).toMatchObject({ login: 'ann', passcode: 'secret', remoteAddress: '198.51.100.7' })
    expect(requests[0]!.headers.get('token')).toBe('t')
    expect(requests[0]!.sessionId).toBe(stomp.sessions.all()[0]!.id)
  })

  test('left out, everyone gets in under the login they name, or under no name', async () => {
    const { connect, stomp } = serve()
    await connect({ login: 'ann' })
    await connect()
    expect(stomp.sessions.all().map(({ user }) => user.name)).toEqual(['ann', ''])
  })

  test('may take its time: CONNECTED comes when it is done, and what follows waits for it', async () => {
    const user = deferred<{ name: string }>()
    const { open, stomp } = serve({ authenticate: () => user.promise })
    const client = open()
    client.send('CONNECT', { 'accept-version': '1.2', host: 'x' })
    client.send('SUBSCRIBE', { id: '1', destination: '/topic/a', receipt: 'r' })
    expect(await client.next()).toBeUndefined()
    expect(stomp.sessions.all()).toEqual([])
    user.resolve({ name: 'Ann' })
    expect(await client.frames('user-name', 'receipt-id')).toEqual([
      'CONNECTED user-name=Ann',
      'RECEIPT receipt-id=r',
    ])
  })

  test('throws a StompError: the client gets its code, message and detail, and is disconnected', async () => {
    const { open, stomp } = serve({
      authenticate: () => {
        throw new StompError('authentication-failed', 'Wrong passcode.', { detail: 'Ask for a new one.' })
      },
    })
    const failed = heard(stomp, 'failed')
    const refused = heard(stomp, 'refused')
    const client = open()
    client.send('CONNECT', { 'accept-version': '1.2', host: 'x', receipt: '7' })
    expect(await client.frames('message', 'code', 'receipt-id')).toEqual([
      'ERROR message=Wrong passcode. code=authentication-failed receipt-id=7 | Ask for a new one.',
    ])
    expect(client.closeReason).toBe(DISCONNECTS.refused)
    expect(failed).toEqual([])
    expect(refused).toMatchObject([
      { session: undefined, remoteAddress: '192.0.2.1', code: 'authentication-failed', command: 'CONNECT' },
    ])
  })

  test.each([
    [
      'at once',
      () => {
        throw new Error('db-7.internal is down')
      },
    ],
    ['in a promise', () => Promise.reject(new Error('db-7.internal is down'))],
  ])(
    'throws something else %s: the client is told nothing of it, the failed event all',
    async (_, authenticate) => {
      const { open, stomp } = serve({ authenticate })
      const failed = heard(stomp, 'failed')
      const client = open()
      client.send('CONNECT', { 'accept-version': '1.2', host: 'x' })
      expect(await client.frames('message', 'code')).toEqual([
        'ERROR message=The application failed here. code=handler-failed | The application failed here.',
      ])
      expect(Buffer.concat(client.written).toString()).not.toContain('db-7')
      expect(failed).toMatchObject([
        { session: undefined, during: 'CONNECT', error: { message: 'db-7.internal is down' } },
      ])
      expect(client.gone).toBe(true)
    },
  )

  test('finishes after the connection is gone: no session comes of it', async () => {
    const user = deferred<{ name: string }>()
    const { open, stomp } = serve({ authenticate: () => user.promise })
    const connected = heard(stomp, 'connected')
    const client = open()
    client.send('CONNECT', { 'accept-version': '1.2', host: 'x' })
    client.cut()
    user.resolve({ name: 'Ann' })
    await turn()
    expect(connected).toEqual([])
    expect(stomp.metrics.sessions).toBe(0)
    expect(client.written).toEqual([])
  })

  test('fails after the connection is gone: the failed event tells', async () => {
    const user = deferred<{ name: string }>()
    const { open, stomp } = serve({ authenticate: () => user.promise })
    const failed = heard(stomp, 'failed')
    const client = open()
    client.send('CONNECT', { 'accept-version': '1.2', host: 'x' })
    client.cut()
    user.reject(new Error('late'))
    await turn()
    expect(failed).toMatchObject([{ during: 'CONNECT', error: { message: 'late' } }])
  })
})
