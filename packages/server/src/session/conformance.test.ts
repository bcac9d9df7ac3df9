import { utf8Decode } from '@stomping-ground/codec'
import type { ClientCommand, StompVersion } from '@stomping-ground/codec'
import { describe, expect, test } from 'vitest'
import { headersOf, serve } from '../../test/kit.js'
import type { TestServer } from '../../test/kit.js'
import { DISCONNECTS } from '../errors.js'
import { allow } from '../messaging/permissions.js'
import { createStompServer } from '../server.js'
import type { StompUser } from '../stomp-session.js'
import type { MemoryClient } from '../testing/memory-client.js'

// Clauses that belong to no single frame, or to all of them. docs/conformance.md says which test shows which clause.

const VERSIONS = ['1.0', '1.1', '1.2'] as const

function server(): TestServer<StompUser> {
  return serve({ permissions: { send: [allow('/topic/**'), allow('/queue/**')] } })
}

/** A client that has subscribed to /topic/a as 0 and holds two unacked messages, with what is to be sent to ack them. */
async function busy(
  version: StompVersion,
): Promise<{ client: MemoryClient; acks: Record<string, string>[] }> {
  const { connect } = server()
  const client = await connect({ 'accept-version': version })
  client.send('SUBSCRIBE', { id: '0', destination: '/queue/a', ack: 'client-individual' })
  client.send('BEGIN', { transaction: 'one' })
  client.send('BEGIN', { transaction: 'two' })
  const acks: Record<string, string>[] = []
  for (let i = 0; i < 2; i++) {
    client.send('SEND', { destination: '/queue/a' })
    const { headers } = await client.arrival()
    acks.push(
      version === '1.2'
        ? { id: headers.get('ack')! }
        : { subscription: '0', 'message-id': headers.get('message-id')! },
    )
  }
  return { client, acks }
}

describe.each(VERSIONS)('in STOMP %s', (version) => {
  test('every client frame but CONNECT may ask for a RECEIPT, with any text ("Header receipt")', async () => {
    const { client, acks } = await busy(version)
    const frames: [ClientCommand, Record<string, string>][] = [
      ['SEND', { destination: '/topic/a' }],
      ['SUBSCRIBE', { id: '1', destination: '/topic/a' }],
      ['ACK', acks[0]!],
      ['BEGIN', { transaction: 'three' }],
      ['COMMIT', { transaction: 'one' }],
      ['ABORT', { transaction: 'two' }],
      ['UNSUBSCRIBE', { id: '1' }],
      ['DISCONNECT', {}],
    ]
    if (version !== '1.0') frames.splice(3, 0, ['NACK', acks[1]!])
    // STOMP 1.0 has no escapes, so a receipt there holds no line end; and it trims, so it does not end in a space.
    const receipts = [
      '77',
      'message-12345',
      '한글',
      'a:b',
      'x y',
      '',
      version === '1.0' ? '\\n' : '\n\\ ',
      ' !',
      '0',
    ]
    for (const [i, [command, headers]] of frames.entries()) {
      client.send(command, { ...headers, receipt: receipts[i]!.trim() })
    }
    const answers: string[] = []
    for (let frame = await client.next(); frame !== undefined; frame = await client.next()) {
      if (frame.command === 'MESSAGE') continue
      expect([frame.command, frame.body.length]).toEqual(['RECEIPT', 0])
      answers.push(frame.headers.get('receipt-id')!)
    }
    expect(answers).toEqual(frames.map((_, i) => receipts[i]!.trim()))
  })

  test('CONNECT may not ask for one: it is answered by CONNECTED alone', async () => {
    const { open } = server()
    const client = open()
    client.send('CONNECT', { 'accept-version': version, host: 'h', receipt: 'r' })
    expect(await client.frames()).toEqual(['CONNECTED'])
  })

  test('every ERROR has a message, a content-type and the content-length of its body, and is the last frame', async () => {
    const wrong: [ClientCommand, Record<string, string>][] = [
      ['SEND', { destination: '/nowhere' }],
      ['SUBSCRIBE', { id: '0', destination: '/nowhere' }],
      ['UNSUBSCRIBE', { id: 'none' }],
      ['ACK', { id: 'none', subscription: 'none', 'message-id': 'none' }],
      ['BEGIN', {}],
      ['COMMIT', { transaction: 'none' }],
      ['ABORT', { transaction: 'none' }],
      ['CONNECT', {}],
    ]
    const { connect } = server()
    for (const [command, headers] of wrong) {
      const client = await connect({ 'accept-version': version })
      client.send(command, headers)
      client.send('SEND', { destination: '/topic/a', receipt: 'too late' })
      const error = await client.next()
      expect(error!.command).toBe('ERROR')
      expect(error!.headers.get('message')).toMatch(/^[A-Z].*\.$/)
      expect(error!.headers.get('content-type')).toBe('text/plain;charset=utf-8')
      expect(error!.headers.get('content-length')).toBe(String(error!.body.length))
      expect(await client.next()).toBeUndefined()
      expect(client.closeReason).toBe(DISCONNECTS.refused)
    }
  })

  test('MESSAGE has the content-length of its body, and the content-type that the sender gave or none', async () => {
    const { connect } = server()
    const client = await connect({ 'accept-version': version })
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.send('SEND', { destination: '/topic/a', 'content-type': 'application/xml;charset=utf-8' }, '<한/>')
    client.receive('SEND\ndestination:/topic/a\n\nno length\0')
    client.send('SEND', { destination: '/topic/a' })
    expect(await client.frames('content-type', 'content-length')).toEqual([
      'MESSAGE content-type=application/xml;charset=utf-8 content-length=6 | <한/>',
      'MESSAGE content-length=9 | no length',
      'MESSAGE',
    ])
  })

  test('the destination of a MESSAGE is that of the SEND, to the letter, also where a pattern brought it', async () => {
    const { connect } = server()
    const client = await connect({ 'accept-version': version })
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/**' })
    for (const destination of ['/topic/a', '/topic/A/b c', '/topic/한글'])
      client.send('SEND', { destination })
    expect(await client.frames('destination')).toEqual([
      'MESSAGE destination=/topic/a',
      'MESSAGE destination=/topic/A/b c',
      'MESSAGE destination=/topic/한글',
    ])
  })

  test.each(['MESSAGE\n\n\0', 'PING\n\n\0', 'send\ndestination:/topic/a\n\n\0'])(
    'the frame %j, which no client sends, gets an ERROR, and the connection closes',
    async (frame) => {
      const { connect } = server()
      const client = await connect({ 'accept-version': version })
      client.receive(frame)
      expect(await client.frames('code')).toEqual([expect.stringContaining('ERROR code=command-unknown')])
      expect(client.closeReason).toBe(DISCONNECTS.refused)
    },
  )

  test('of a repeated header the first entry counts, the frame’s own and the sender’s ("Repeated Header Entries")', async () => {
    const { connect } = server()
    const client = await connect({ 'accept-version': version })
    client.receive(
      'SUBSCRIBE\nid:0\nid:1\ndestination:/topic/a\ndestination:/topic/b\nreceipt:r\nreceipt:s\n\n\0',
    )
    client.receive('SEND\ndestination:/topic/a\ndestination:/topic/b\nfoo:World\nfoo:Hello\n\n\0')
    expect(await client.frames('receipt-id', 'subscription', 'destination', 'foo')).toEqual([
      'RECEIPT receipt-id=r',
      'MESSAGE subscription=0 destination=/topic/a foo=World',
    ])
  })

  test('what is larger than a frame may be gets an ERROR, and the connection closes ("Size Limits")', async () => {
    const limits = { frameBytes: 1_000, headerBytes: 500, headerCount: 10 }
    const { connect } = serve({ limits, permissions: { send: [allow('/topic/**')] } })
    const tooLarge: [string, string, string][] = [
      ['frame-too-large', 'x:y\n', 'x'.repeat(1_000)],
      ['headers-too-large', `x:${'y'.repeat(500)}\n`, ''],
      ['too-many-headers', 'x:y\n'.repeat(10), ''],
    ]
    for (const [code, headers, body] of tooLarge) {
      const client = await connect({ 'accept-version': version })
      client.receive(`SEND\ndestination:/topic/a\n${headers}\n${body}\0`)
      expect(await client.frames('code')).toEqual([expect.stringContaining(`ERROR code=${code}`)])
      expect(client.closeReason).toBe(DISCONNECTS.refused)
    }
  })

  test('any virtual host is served ("CONNECT or STOMP Frame": "MAY select a default virtual host")', async () => {
    const { connect } = server()
    for (const host of ['stomp.github.org', 'unheard.of', '/', '']) {
      const client = await connect({ 'accept-version': version, host })
      expect(client.version).toBe(version)
    }
  })
})

describe('the examples of the STOMP 1.0 text, padded as they stand there,', () => {
  test('are understood', async () => {
    const { open } = server()
    const client = open()
    client.receive('CONNECT\nlogin: <username>\npasscode:<passcode>\n\n\0\n')
    expect(headersOf(await client.next())).toMatchObject({ version: '1.0', 'user-name': '<username>' })
    client.receive('SUBSCRIBE\ndestination: /queue/foo\nack: client\n\n\0\n')
    client.receive('SEND\ndestination:/queue/foo\nreceipt:message-12345\n\nhello queue a\n\0\n')
    const message = await client.next()
    expect(message!.headers.get('destination')).toBe('/queue/foo')
    expect(utf8Decode(message!.body)).toBe('hello queue a\n')
    client.receive('BEGIN\ntransaction: <transaction-identifier>\n\n\0\n')
    const id = message!.headers.get('message-id')!
    client.receive(`ACK\nmessage-id: ${id}\ntransaction: <transaction-identifier>\n\n\0\n`)
    client.receive('COMMIT\ntransaction: <transaction-identifier>\n\n\0\n')
    client.receive('BEGIN\ntransaction: <transaction-identifier>\n\n\0\n')
    client.receive('ABORT\ntransaction: <transaction-identifier>\n\n\0\n')
    client.receive('UNSUBSCRIBE\ndestination: /queue/foo\nreceipt:u\n\n\0\nDISCONNECT\n\n\0\n')
    expect(await client.frames('receipt-id')).toEqual([
      'RECEIPT receipt-id=message-12345',
      'RECEIPT receipt-id=u',
    ])
    expect(client.closeReason).toBe(DISCONNECTS.client)
  })
})

test('the server header is a name, a version and comments, or there is no server (STOMP 1.2 "CONNECTED Frame")', async () => {
  for (const serverName of ['chat', 'chat/1.0', 'chat/1.0 (beta) here']) {
    const { open } = serve({ serverName })
    const client = open()
    client.send('CONNECT', { 'accept-version': '1.2', host: 'h' })
    expect(await client.frames('server')).toEqual([`CONNECTED server=${serverName}`])
  }
  for (const serverName of ['', ' ', '/1.0', 'chat/', 'chat  x', ' chat', 'chat ', 'a\nb:c', 'chat/1/2']) {
    expect(() => createStompServer({ serverName })).toThrow(TypeError)
  }
})
