import type { Frame, StompVersion } from '@stomping-ground/codec'
import { describe, expect, test } from 'vitest'
import { serve } from '../../test/kit.js'
import type { TestServer } from '../../test/kit.js'
import { DISCONNECTS } from '../errors.js'
import { allow } from '../messaging/permissions.js'
import type { StompUser } from '../stomp-session.js'
import type { MemoryClient } from '../testing/memory-client.js'

const VERSIONS = ['1.0', '1.1', '1.2'] as const
const QUEUE = '/queue/a'

function server(): TestServer<StompUser> {
  return serve({ permissions: { send: [allow('/topic/**'), allow('/queue/**')] } })
}

/** What an ACK or NACK of this MESSAGE has to say in this version. */
function ackHeaders(version: StompVersion, { headers }: Frame): Record<string, string> {
  // STOMP 1.2 "ACK": "an id header matching the ack header of the MESSAGE"
  if (version === '1.2') return { id: headers.get('ack')! }
  // STOMP 1.1 "ACK": message-id and subscription; STOMP 1.0 "ACK": message-id
  const messageId = { 'message-id': headers.get('message-id')! }
  return version === '1.0' ? messageId : { ...messageId, subscription: headers.get('subscription')! }
}

/** A client subscribed to the queue, and the MESSAGEs that it has got for these bodies. */
async function got(
  { connect }: TestServer<StompUser>,
  version: StompVersion,
  ack: string,
  ...bodies: string[]
): Promise<{ client: MemoryClient; messages: Frame[] }> {
  const client = await connect({ 'accept-version': version, 'x-error-mode': 'keep' })
  client.send('SUBSCRIBE', { id: '0', destination: QUEUE, ack })
  for (const body of bodies) client.send('SEND', { destination: QUEUE }, body)
  const messages: Frame[] = []
  while (messages.length < bodies.length) messages.push(await client.arrival())
  return { client, messages }
}

/** What is left for another client when the first has gone. */
async function left({ connect }: TestServer<StompUser>, gone: MemoryClient): Promise<string[]> {
  gone.cut()
  const client = await connect()
  client.send('SUBSCRIBE', { id: '0', destination: QUEUE })
  return client.frames('redelivered', 'x-delivery-count')
}

describe.each(VERSIONS)('acknowledgements in STOMP %s', (version) => {
  test('ACK of ack:client acks the message and all before it (STOMP 1.1, 1.2 "SUBSCRIBE ack Header": cumulative)', async () => {
    const at = server()
    const { client, messages } = await got(at, version, 'client', '1', '2', '3')
    client.send('ACK', { ...ackHeaders(version, messages[1]!), receipt: 'r' })
    expect(await client.frames('receipt-id')).toEqual(['RECEIPT receipt-id=r'])
    expect(await left(at, client)).toEqual(['MESSAGE redelivered=true x-delivery-count=1 | 3'])
  })

  test('ACK of ack:client-individual acks the one message (STOMP 1.1, 1.2: "not cumulative")', async () => {
    const at = server()
    const { client, messages } = await got(at, version, 'client-individual', '1', '2', '3')
    client.send('ACK', ackHeaders(version, messages[1]!))
    expect(await left(at, client)).toEqual([
      'MESSAGE redelivered=true x-delivery-count=1 | 1',
      'MESSAGE redelivered=true x-delivery-count=1 | 3',
    ])
  })

  test('ack:auto needs no ACK, and is the default (STOMP 1.2 "SUBSCRIBE ack Header")', async () => {
    const at = server()
    const { client, messages } = await got(at, version, 'auto', '1')
    expect(messages[0]!.headers.has('ack')).toBe(false)
    client.send('ACK', { id: 'x', 'message-id': messages[0]!.headers.get('message-id')!, subscription: '0' })
    expect(await client.frames('code')).toEqual([expect.stringContaining('ERROR code=ack-unknown')])
    const other = await at.connect({ 'accept-version': version })
    other.send('SUBSCRIBE', { id: '0', destination: '/queue/b' })
    other.send('SEND', { destination: '/queue/b' }, 'x')
    expect((await other.next())!.headers.has('ack')).toBe(false)
    expect(await left(at, client)).toEqual([])
  })

  test('ACK of what was acked, or never delivered, is refused, with the receipt-id', async () => {
    const at = server()
    const { client, messages } = await got(at, version, 'client', '1')
    const headers = ackHeaders(version, messages[0]!)
    client.send('ACK', headers)
    client.send('ACK', { ...headers, receipt: 'r' })
    expect(await client.frames('code', 'receipt-id')).toEqual([
      `ERROR code=ack-unknown receipt-id=r | No delivery of message ${messages[0]!.headers.get('message-id')} waits for an acknowledgement here.`,
    ])
  })

  test('ACK of another session’s delivery is refused', async () => {
    const at = server()
    const { messages } = await got(at, version, 'client', '1')
    const other = await at.connect({ 'accept-version': version })
    other.send('ACK', ackHeaders(version, messages[0]!))
    expect(await other.frames('code')).toEqual([expect.stringContaining('ERROR code=ack-unknown')])
    expect(other.closeReason).toBe(DISCONNECTS.refused)
  })

  test('UNSUBSCRIBE, DISCONNECT and a lost connection give back what was not acked', async () => {
    for (const end of ['UNSUBSCRIBE', 'DISCONNECT', 'cut'] as const) {
      const at = server()
      const { client } = await got(at, version, 'client', '1', '2')
      if (end === 'cut') client.cut()
      else client.send(end, { id: '0' })
      expect(await left(at, client)).toEqual([
        'MESSAGE redelivered=true x-delivery-count=1 | 1',
        'MESSAGE redelivered=true x-delivery-count=1 | 2',
      ])
    }
  })

  test('ACK inside a transaction counts at COMMIT (STOMP 1.2 "ACK": "part of the named transaction")', async () => {
    for (const [end, rest] of [
      ['COMMIT', []],
      ['ABORT', ['MESSAGE redelivered=true x-delivery-count=1 | 1']],
    ] as const) {
      const at = server()
      const { client, messages } = await got(at, version, 'client', '1')
      client.send('BEGIN', { transaction: 't' })
      client.send('ACK', { ...ackHeaders(version, messages[0]!), transaction: 't', receipt: 'taken' })
      client.send(end, { transaction: 't', receipt: 'done' })
      expect(await client.frames('receipt-id')).toEqual([
        'RECEIPT receipt-id=taken',
        'RECEIPT receipt-id=done',
      ])
      expect(await left(at, client)).toEqual(rest)
    }
  })

  test('ACK inside a transaction that speaks of nothing is refused at once, and so is one of no transaction', async () => {
    const at = server()
    const { client, messages } = await got(at, version, 'client', '1')
    const headers = ackHeaders(version, messages[0]!)
    client.send('ACK', { ...headers, transaction: 'none' })
    client.send('BEGIN', { transaction: 't' })
    client.send('ACK', { id: 'x', 'message-id': 'x', subscription: '0', transaction: 't' })
    expect(await client.frames('code')).toEqual([
      expect.stringContaining('ERROR code=transaction-unknown'),
      expect.stringContaining('ERROR code=ack-unknown'),
    ])
  })
})

describe.each(['1.1', '1.2'] as const)('NACK in STOMP %s', (version) => {
  test('refuses the one message of ack:client-individual, which is redelivered ("NACK")', async () => {
    const { client, messages } = await got(server(), version, 'client-individual', '1', '2', '3')
    client.send('NACK', { ...ackHeaders(version, messages[1]!), receipt: 'r' })
    expect(await client.frames('redelivered', 'x-delivery-count')).toEqual([
      'MESSAGE redelivered=true x-delivery-count=1 | 2',
      'RECEIPT',
    ])
  })

  test('refuses all of ack:client that were sent before and not acked ("NACK")', async () => {
    const { client, messages } = await got(server(), version, 'client', '1', '2', '3')
    client.send('ACK', ackHeaders(version, messages[0]!))
    client.send('NACK', ackHeaders(version, messages[2]!))
    expect(await client.frames('redelivered')).toEqual([
      'MESSAGE redelivered=true | 2',
      'MESSAGE redelivered=true | 3',
    ])
  })

  test('inside a transaction counts at COMMIT', async () => {
    const { client, messages } = await got(server(), version, 'client', '1')
    client.send('BEGIN', { transaction: 't' })
    client.send('NACK', { ...ackHeaders(version, messages[0]!), transaction: 't', receipt: 'taken' })
    expect(await client.frames()).toEqual(['RECEIPT'])
    client.send('COMMIT', { transaction: 't' })
    expect(await client.frames('redelivered')).toEqual(['MESSAGE redelivered=true | 1'])
  })
})

describe('the headers of ACK and NACK', () => {
  test('STOMP 1.0 has no NACK', async () => {
    const { client, messages } = await got(server(), '1.0', 'client', '1')
    client.send('NACK', ackHeaders('1.0', messages[0]!))
    expect(await client.frames('code')).toEqual(['ERROR code=command-unsupported | STOMP 1.0 has no NACK.'])
  })

  test.each([
    ['1.0', 'ACK', { subscription: '0' }, 'message-id'],
    ['1.1', 'ACK', { subscription: '0' }, 'message-id'],
    ['1.1', 'ACK', { 'message-id': 'x' }, 'subscription'],
    ['1.1', 'NACK', { subscription: '0' }, 'message-id'],
    ['1.1', 'NACK', { 'message-id': 'x' }, 'subscription'],
    ['1.2', 'ACK', { 'message-id': 'x', subscription: '0' }, 'id'],
    ['1.2', 'NACK', { 'message-id': 'x', subscription: '0' }, 'id'],
  ] as const)('STOMP %s %s with %j lacks %s and is refused', async (version, command, headers, lacking) => {
    const { client } = await got(server(), version, 'client')
    client.send(command, headers)
    expect(await client.frames('code')).toEqual([
      `ERROR code=header-missing | ${command} needs the header ${lacking}.`,
    ])
  })

  test('STOMP 1.2: an id that is no MESSAGE’s ack header is refused, whatever it looks like', async () => {
    const { client, messages } = await got(server(), '1.2', 'client', '1')
    const messageId = messages[0]!.headers.get('message-id')!
    for (const id of [messageId, `${messageId}@`, `${messageId}@1`, '@0', '@', `${messageId}@0@`]) {
      client.send('ACK', { id })
      expect(await client.frames('code')).toEqual([expect.stringContaining('ERROR code=ack-unknown')])
    }
  })

  test('STOMP 1.2: the ack header finds the subscription, whatever its id holds', async () => {
    const { connect } = server()
    const client = await connect()
    for (const id of ['a@b', ':', 'c\\d\n', '@']) {
      client.send('SUBSCRIBE', { id, destination: QUEUE, ack: 'client' })
      client.send('SEND', { destination: QUEUE }, 'x')
      const message = await client.next()
      client.send('ACK', { id: message!.headers.get('ack')!, receipt: 'r' })
      client.send('UNSUBSCRIBE', { id })
      expect(await client.frames()).toEqual(['RECEIPT'])
    }
  })

  test('STOMP 1.0: a subscription without an id is acked by message-id alone, and its MESSAGEs name none', async () => {
    const at = server()
    const client = await at.connect({ 'accept-version': '1.0' })
    client.send('SUBSCRIBE', { destination: QUEUE, ack: 'client' })
    client.send('SEND', { destination: QUEUE }, 'x')
    const message = await client.next()
    expect(message!.headers.has('subscription')).toBe(false)
    client.send('ACK', { 'message-id': message!.headers.get('message-id')!, receipt: 'r' })
    expect(await client.frames()).toEqual(['RECEIPT'])
    expect(await left(at, client)).toEqual([])
  })
})
