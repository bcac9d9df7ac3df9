import { describe, expect, test } from 'vitest'
import { utf8Decode } from '@stomping-ground/codec'
import { headersOf, serve } from '../../test/kit.js'
import { allow } from '../messaging/permissions.js'
import { turn } from '../testing/manual-clock.js'

const open = { permissions: { send: [allow('/topic/**')] } }

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
