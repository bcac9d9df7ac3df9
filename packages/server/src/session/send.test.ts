import { describe, expect, test } from 'vitest'
import { utf8Decode } from '@stomping-ground/codec'
import { deferred, headersOf, heard, serve } from '../../test/kit.js'
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
    expect(got).toEqual([{ id: '7' }, { text: 'hi' }, { name: 'ann' }, stomp.sessions()[0]])
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
      'ERROR code=handler-failed receipt-id=r | The handler of this destination failed.',
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

describe('STOMP 1.2 "MESSAGE", the headers of a SEND', () => {
  test('user-defined headers and content-type come with the message, the protocol’s own do not', async () => {
    const { connect } = serve(open)
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    const own = {
      'message-id': 'forged',
      subscription: 'forged',
      ack: 'forged',
      redelivered: 'true',
      'x-delivery-count': '9',
    }
    client.send('SEND', { destination: '/topic/a', 'content-type': 'text/plain', color: 'red', ...own }, 'hi')
    expect(headersOf(await client.next())).toEqual({
      subscription: '0',
      'message-id': expect.not.stringContaining('forged') as string,
      destination: '/topic/a',
      'content-length': '2',
      'content-type': 'text/plain',
      color: 'red',
    })
  })

  test('"Repeated Header Entries": they stay in order, so that the first one counts', async () => {
    const { connect } = serve(open)
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.receive('SEND\ndestination:/topic/a\nfoo:World\nfoo:Hello\ndestination:/topic/b\n\n\0')
    const message = await client.next()
    expect(message?.headers.get('foo')).toBe('World')
    expect([...message!.headers].filter(([name]) => name === 'destination')).toHaveLength(1)
  })

  test('"Value Encoding": each subscriber gets them escaped as its version wants', async () => {
    const { connect } = serve(open)
    const clients = await Promise.all(
      ['1.0', '1.1', '1.2'].map((version) => connect({ 'accept-version': version })),
    )
    for (const client of clients) await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    clients[2]!.send('SEND', { destination: '/topic/a', 'k:1': 'a:b\\c\nd\re' })
    await turn()
    const lines = clients.map((client) =>
      utf8Decode(client.written.at(-1)!)
        .split('\n')
        .find((line) => line.startsWith('k')),
    )
    expect(lines).toEqual(['k 1:a:b\\c d\re', 'k\\c1:a\\cb\\\\c\\nd\re', 'k\\c1:a\\cb\\\\c\\nd\\re'])
  })
})

describe('STOMP 1.2 "Body"', () => {
  const sent = async (frame: Uint8Array | string): Promise<Uint8Array | undefined> => {
    const { connect } = serve(open)
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.receive(frame)
    return (await client.next())?.body
  }

  test('with content-length it may hold NUL', async () => {
    const body = await sent('SEND\ndestination:/topic/a\ncontent-length:5\n\na\0b\0c\0')
    expect(body).toEqual(new Uint8Array([97, 0, 98, 0, 99]))
  })

  test('without content-length it ends at the first NUL', async () => {
    expect(await sent('SEND\ndestination:/topic/a\n\nabc\0\n')).toEqual(new Uint8Array([97, 98, 99]))
  })

  test('a binary one arrives octet by octet', async () => {
    const octets = Uint8Array.from({ length: 256 }, (_, i) => i)
    const head = Buffer.from('SEND\ndestination:/topic/a\ncontent-length:256\n\n')
    expect(await sent(Buffer.concat([head, octets, Buffer.of(0)]))).toEqual(octets)
  })
})
