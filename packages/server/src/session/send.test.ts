import { describe, expect, test } from 'vitest'
import { deferred, heard, serve } from '../../test/kit.js'
import { DISCONNECTS } from '../errors.js'
import { messageMap } from '../messaging/message-map.js'
import { allow } from '../messaging/permissions.js'
import { turn } from '../testing/manual-clock.js'

const open = { permissions: { send: [allow('/topic/**')] } }

describe('SEND to a handler', () => {
  test('reaches it with body, params, user and session', async () => {
    const got: unknown[] = []
    const { connect, stomp } = serve({
      messages: [
        messageMap().message('/rooms/{id}', {}, ({ params, body, user, session }) => {
          got.push(params, body, user, session)
        }),
      ],
    })
    const client = await connect({ login: 'ann' })
    client.send('SEND', { destination: '/app/rooms/7' }, '{"text":"hi"}')
    expect(await client.frames()).toEqual([])
    expect(got).toEqual([{ id: '7' }, { text: 'hi' }, { name: 'ann' }, stomp.sessions.all()[0]])
  })

  test('STOMP 1.2 "RECEIPT": comes only when an async handler has finished', async () => {
    const work = deferred()
    const { connect } = serve({ messages: [messageMap().message('/work', {}, () => work.promise)] })
    const client = await connect()
    client.send('SEND', { destination: '/app/work', receipt: 'r1' })
    expect(await client.frames()).toEqual([])
    work.resolve()
    expect(await client.frames('receipt-id')).toEqual(['RECEIPT receipt-id=r1'])
  })

  test('without a receipt header there is no RECEIPT', async () => {
    const { connect } = serve({ messages: [messageMap().message('/work', {}, () => {})] })
    const client = await connect()
    client.send('SEND', { destination: '/app/work' })
    expect(await client.frames()).toEqual([])
  })

  test('frames are handled in the order in which they came, whatever time a handler takes', async () => {
    const first = deferred()
    const begun: string[] = []
    const { connect } = serve({
      messages: [
        messageMap().message('/{name}', {}, ({ params }) => {
          begun.push(params.name)
          return params.name === 'first' ? first.promise : undefined
        }),
      ],
    })
    const client = await connect()
    for (const name of ['first', 'second', 'third']) {
      client.send('SEND', { destination: `/app/${name}`, receipt: name })
    }
    await turn()
    expect(begun).toEqual(['first'])
    first.resolve()
    expect(await client.frames('receipt-id')).toEqual([
      'RECEIPT receipt-id=first',
      'RECEIPT receipt-id=second',
      'RECEIPT receipt-id=third',
    ])
    expect(begun).toEqual(['first', 'second', 'third'])
  })

  test('one session’s slow handler does not hold up another session', async () => {
    const slow = deferred()
    const { connect } = serve({
      messages: [
        messageMap().message('/{name}', {}, ({ params }) => (params.name === 'slow' ? slow.promise : 1)),
      ],
    })
    const one = await connect()
    const other = await connect()
    one.send('SEND', { destination: '/app/slow' })
    other.send('SEND', { destination: '/app/fast', receipt: 'r' })
    expect(await other.frames('receipt-id')).toEqual(['RECEIPT receipt-id=r'])
    slow.resolve()
  })

  test('that throws is told to the client without internals, and to the failed event with all', async () => {
    const { connect, stomp } = serve({
      messages: [
        messageMap().message('/work', {}, () => {
          throw new TypeError('cannot read rows of undefined')
        }),
      ],
    })
    const failed = heard(stomp, 'failed')
    const client = await connect()
    client.send('SEND', { destination: '/app/work', receipt: 'r' })
    expect(await client.frames('code', 'receipt-id')).toEqual([
      'ERROR code=handler-failed receipt-id=r | The application failed here.',
    ])
    expect(Buffer.concat(client.written).toString()).not.toContain('rows')
    expect(failed).toMatchObject([
      { session: { user: { name: '' } }, during: 'SEND /app/work', error: { name: 'TypeError' } },
    ])
    expect(client.closeReason).toBe(DISCONNECTS.refused)
  })

  test('its signal is aborted when the session ends, and stopping for it is no failure', async () => {
    const done = deferred()
    const { connect, stomp } = serve({
      messages: [
        messageMap().message(
          '/work',
          {},
          ({ signal }) =>
            new Promise((_, reject) => {
              signal.addEventListener('abort', () => {
                reject(signal.reason as Error)
                done.resolve()
              })
            }),
        ),
      ],
    })
    const failed = heard(stomp, 'failed')
    const client = await connect()
    client.send('SEND', { destination: '/app/work' })
    client.cut()
    await done.promise
    await turn()
    expect(failed).toEqual([])
  })
})

describe('SEND, where it may go', () => {
  test.each([
    ['/app/nowhere', 'destination-not-handled'],
    ['/topic/a', 'permission-denied'],
    ['/queue/a', 'permission-denied'],
    ['/elsewhere', 'permission-denied'],
    ['/app', 'permission-denied'],
  ])('to %s is refused with %s where no handler and no rule takes it', async (destination, code) => {
    const { connect } = serve({ messages: [messageMap().message('/work', {}, () => {})] })
    const client = await connect()
    client.send('SEND', { destination, receipt: 'r' })
    expect(await client.frames('code', 'receipt-id')).toEqual([
      expect.stringContaining(`ERROR code=${code} receipt-id=r`),
    ])
  })

  test('a rule lets it through to the topic, and its RECEIPT follows', async () => {
    const { connect } = serve(open)
    const client = await connect()
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.send('SEND', { destination: '/topic/a', receipt: 'r' }, 'hi')
    expect(await client.frames('subscription', 'receipt-id')).toEqual([
      'MESSAGE subscription=0 | hi',
      'RECEIPT receipt-id=r',
    ])
  })

  test('to a destination that the broker does not have is refused, rule or not', async () => {
    const { connect } = serve({ permissions: { send: [allow('/**')] } })
    for (const destination of ['/elsewhere', '/topic/', 'topic/a']) {
      const client = await connect()
      client.send('SEND', { destination })
      const code = destination.startsWith('/') ? 'destination-invalid' : 'permission-denied'
      expect(await client.frames('code')).toEqual([expect.stringContaining(`code=${code}`)])
    }
  })

  test.each(['/topic/*', '/topic/**', '/topic/a/*/b'])(
    'to the wildcards of %s is refused, also where a rule covers them',
    async (destination) => {
      const { connect } = serve({ permissions: { send: [allow('/topic/**')] } })
      const client = await connect()
      client.send('SEND', { destination })
      expect(await client.frames('code')).toEqual([expect.stringContaining('code=destination-invalid')])
    },
  )

  test('STOMP 1.2 "SEND": without destination, or with an empty one, is refused', async () => {
    const { connect } = serve(open)
    const one = await connect()
    one.send('SEND', {}, 'x')
    const missing = ['ERROR code=header-missing | SEND needs the header destination.']
    expect(await one.frames('code')).toEqual(missing)
    const other = await connect()
    other.send('SEND', { destination: '' }, 'x')
    expect(await other.frames('code')).toEqual(missing)
  })

  test('the application’s prefix is what the options say', async () => {
    const { connect } = serve({
      applicationPrefix: '/api/v1',
      messages: [messageMap().message('/work', {}, () => {})],
    })
    const client = await connect()
    expect((await client.ask('SEND', { destination: '/api/v1/work' })).command).toBe('RECEIPT')
    client.send('SEND', { destination: '/api/v1x/work' })
    expect(await client.frames('code')).toEqual([expect.stringContaining('permission-denied')])
  })
})
