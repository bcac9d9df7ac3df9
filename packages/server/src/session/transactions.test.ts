import { describe, expect, test } from 'vitest'
import { serve } from '../../test/kit.js'
import type { TestServer } from '../../test/kit.js'
import { DISCONNECTS } from '../errors.js'
import type { Limits } from '../limits.js'
import { messageBytes } from '../message.js'
import { messageMap } from '../messaging/message-map.js'
import { allow } from '../messaging/permissions.js'
import type { StompUser } from '../stomp-session.js'
import { message } from '../testing/contract/kit.js'

const VERSIONS = ['1.0', '1.1', '1.2'] as const

function server(limits: Partial<Limits> = {}): TestServer<StompUser> {
  return serve({ limits, permissions: { send: [allow('/topic/**'), allow('/queue/**')] } })
}

describe.each(VERSIONS)('STOMP %s transactions', (version) => {
  const connectHeaders = { 'accept-version': version }

  test('SEND takes effect at COMMIT, in order, and not before (STOMP 1.2 "BEGIN": "processed atomically")', async () => {
    const { connect } = server()
    const client = await connect(connectHeaders)
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.send('BEGIN', { transaction: 'tx1', receipt: 'begun' })
    client.send('SEND', { destination: '/topic/a', transaction: 'tx1', receipt: 'taken' }, 'one')
    client.send('SEND', { destination: '/topic/a' }, 'outside')
    client.send('SEND', { destination: '/topic/a', transaction: 'tx1' }, 'two')
    // The RECEIPT of a frame inside a transaction says that the transaction has it, at once.
    expect(await client.frames('receipt-id')).toEqual([
      'RECEIPT receipt-id=begun',
      'RECEIPT receipt-id=taken',
      'MESSAGE | outside',
    ])
    client.send('COMMIT', { transaction: 'tx1', receipt: 'done' })
    expect(await client.frames('receipt-id', 'transaction')).toEqual([
      'MESSAGE | one',
      'MESSAGE | two',
      'RECEIPT receipt-id=done',
    ])
  })

  test('ABORT rolls all of it back, and its RECEIPT says so (STOMP 1.2 "ABORT")', async () => {
    const { connect } = server()
    const client = await connect(connectHeaders)
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.send('BEGIN', { transaction: 'tx1' })
    client.send('SEND', { destination: '/topic/a', transaction: 'tx1' }, 'never')
    client.send('ABORT', { transaction: 'tx1', receipt: 'aborted' })
    client.send('SEND', { destination: '/topic/a' }, 'after')
    expect(await client.frames('receipt-id')).toEqual(['RECEIPT receipt-id=aborted', 'MESSAGE | after'])
  })

  test.each(['COMMIT', 'ABORT'] as const)('after %s the name is free again', async (command) => {
    const { connect } = server()
    const client = await connect(connectHeaders)
    client.send('BEGIN', { transaction: 'tx1' })
    client.send(command, { transaction: 'tx1' })
    client.send('BEGIN', { transaction: 'tx1', receipt: 'r' })
    expect(await client.frames('receipt-id')).toEqual(['RECEIPT receipt-id=r'])
  })

  test('several are open at a time, each with its own frames', async () => {
    const { connect } = server()
    const client = await connect(connectHeaders)
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    for (const transaction of ['x', 'y', 'z']) client.send('BEGIN', { transaction })
    for (const transaction of ['z', 'x', 'y']) {
      client.send('SEND', { destination: '/topic/a', transaction }, transaction)
    }
    client.send('COMMIT', { transaction: 'y' })
    client.send('ABORT', { transaction: 'x' })
    client.send('COMMIT', { transaction: 'z' })
    expect(await client.frames()).toEqual(['MESSAGE | y', 'MESSAGE | z'])
  })

  test.each(['BEGIN', 'COMMIT', 'ABORT'] as const)(
    '%s without the transaction header is refused (STOMP 1.2 "%s": "REQUIRED")',
    async (command) => {
      const { connect } = server()
      for (const headers of [{}, { transaction: '' }]) {
        const client = await connect(connectHeaders)
        client.send(command, { ...headers, receipt: 'r' })
        expect(await client.frames('code', 'receipt-id')).toEqual([
          `ERROR code=header-missing receipt-id=r | ${command} needs the header transaction.`,
        ])
        expect(client.closeReason).toBe(DISCONNECTS.refused)
      }
    },
  )

  test('BEGIN of a name that is open is refused (STOMP 1.2 "BEGIN": "MUST use different transaction identifiers")', async () => {
    const { connect } = server()
    const client = await connect(connectHeaders)
    client.send('BEGIN', { transaction: 'tx1' })
    client.send('BEGIN', { transaction: 'tx1' })
    expect(await client.frames('code')).toEqual([
      'ERROR code=transaction-repeated | This session has a transaction of this name already.',
    ])
  })

  test('names are the session’s own', async () => {
    const { connect } = server()
    const [one, two] = [await connect(connectHeaders), await connect(connectHeaders)]
    one.send('BEGIN', { transaction: 'tx1', receipt: 'r' })
    two.send('BEGIN', { transaction: 'tx1', receipt: 'r' })
    expect(await one.frames()).toEqual(['RECEIPT'])
    expect(await two.frames()).toEqual(['RECEIPT'])
    two.send('ABORT', { transaction: 'tx1' })
    one.send('COMMIT', { transaction: 'tx1', receipt: 'r' })
    expect(await one.frames()).toEqual(['RECEIPT'])
  })

  test.each(['SEND', 'COMMIT', 'ABORT'] as const)(
    '%s of a transaction that is not open is refused',
    async (command) => {
      const { connect } = server()
      const client = await connect(connectHeaders)
      client.send(command, { destination: '/topic/a', transaction: 'none' })
      expect(await client.frames('code')).toEqual([
        'ERROR code=transaction-unknown | This session has no transaction of this name.',
      ])
    },
  )

  test.each(['DISCONNECT', 'a lost connection'] as const)(
    '%s aborts what is open (STOMP 1.2 "BEGIN": "implicitly aborted")',
    async (end) => {
      const { connect } = server()
      const [client, other] = [await connect(connectHeaders), await connect(connectHeaders)]
      other.send('SUBSCRIBE', { id: '0', destination: '/queue/a', ack: 'client' })
      client.send('SUBSCRIBE', { id: '0', destination: '/queue/b', ack: 'client' })
      other.send('SEND', { destination: '/queue/b' }, 'unacked')
      const got = await client.next()
      client.send('BEGIN', { transaction: 'tx1' })
      client.send('SEND', { destination: '/queue/a', transaction: 'tx1' }, 'never')
      client.send('ACK', {
        transaction: 'tx1',
        ...(version === '1.2'
          ? { id: got!.headers.get('ack')! }
          : { 'message-id': got!.headers.get('message-id')!, subscription: '0' }),
      })
      if (end === 'DISCONNECT') client.send('DISCONNECT')
      else client.cut()
      other.send('SUBSCRIBE', { id: '1', destination: '/queue/b' })
      expect(await other.frames('redelivered')).toEqual(['MESSAGE redelivered=true | unacked'])
    },
  )
})

describe('COMMIT', () => {
  test('that cannot be carried out whole is refused, and the transaction is gone', async () => {
    const { connect } = server()
    const client = await connect({ 'x-error-mode': 'keep' })
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.send('BEGIN', { transaction: 'tx1' })
    client.send('SEND', { destination: '/topic/a', transaction: 'tx1' }, 'never')
    client.send('SEND', { destination: '/queue/', transaction: 'tx1' })
    client.send('COMMIT', { transaction: 'tx1', receipt: 'r' })
    client.send('COMMIT', { transaction: 'tx1' })
    expect(await client.frames('code', 'receipt-id')).toEqual([
      'ERROR code=destination-invalid receipt-id=r | The broker has no destination /queue/ to send to.',
      'ERROR code=transaction-unknown | This session has no transaction of this name.',
    ])
  })

  test('publishes a body as it was sent, though the bytes that brought it have been used again', async () => {
    const { connect } = server()
    const client = await connect()
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.send('BEGIN', { transaction: 't' })
    const bytes = new TextEncoder().encode('SEND\ndestination:/topic/a\ntransaction:t\n\nas it was\0')
    client.receive(bytes)
    bytes.fill(0)
    client.send('COMMIT', { transaction: 't' })
    expect(await client.frames()).toEqual(['MESSAGE | as it was'])
  })

  test('is checked against the permissions when the SEND arrives, so that the ERROR names the SEND', async () => {
    const { connect } = serve()
    const client = await connect()
    client.send('BEGIN', { transaction: 't' })
    client.send('SEND', { destination: '/topic/a', transaction: 't', receipt: 'r' })
    expect(await client.frames('code', 'receipt-id')).toEqual([
      'ERROR code=permission-denied receipt-id=r | This session may not send to /topic/a.',
    ])
  })

  test('cannot hold a message for a handler, which could not be undone', async () => {
    const seen: unknown[] = []
    const messages = [messageMap().message('/a', {}, ({ body }) => void seen.push(body))]
    const { connect } = serve({ messages })
    const client = await connect()
    client.send('BEGIN', { transaction: 't' })
    client.send('SEND', { destination: '/app/a', transaction: 't' }, '1')
    expect(await client.frames('code')).toEqual([
      'ERROR code=transaction-unsupported | Handlers take no part in transactions.',
    ])
    expect(seen).toEqual([])
  })
})

describe('the limits of transactions', () => {
  test('transactionsPerSession are taken, one more is refused, and taken when one has ended', async () => {
    const { connect, stomp } = server({ transactionsPerSession: 2 })
    const client = await connect({ 'x-error-mode': 'keep' })
    for (const transaction of ['1', '2', '3']) client.send('BEGIN', { transaction })
    client.send('ABORT', { transaction: '1' })
    client.send('BEGIN', { transaction: '3', receipt: 'r' })
    expect(await client.frames('code', 'receipt-id')).toEqual([
      'ERROR code=too-many-transactions | This session has as many transactions open as it may have.',
      'RECEIPT receipt-id=r',
    ])
    expect(stomp.metrics.refusals.get('too-many-transactions')).toBe(1)
  })

  test('transactionFrames are held by all of them together, and one more is refused', async () => {
    const { connect } = server({ transactionFrames: 3 })
    const client = await connect({ 'x-error-mode': 'keep' })
    for (const transaction of ['1', '2']) client.send('BEGIN', { transaction })
    for (const transaction of ['1', '2', '1', '2']) {
      client.send('SEND', { destination: '/topic/a', transaction, receipt: 'r' })
    }
    client.send('COMMIT', { transaction: '1' })
    client.send('SEND', { destination: '/topic/a', transaction: '2', receipt: 'r' })
    expect(await client.frames('code')).toEqual([
      'RECEIPT',
      'RECEIPT',
      'RECEIPT',
      'ERROR code=transaction-too-large | The transaction holds as much as it may hold.',
      'RECEIPT',
    ])
  })

  test('transactionBytes, headers counted, are held and one more is refused', async () => {
    const bytes = messageBytes(message('/topic/a', 'body', { name: 'value' }))
    const { connect } = server({ transactionBytes: 2 * bytes })
    const client = await connect({ 'x-error-mode': 'keep' })
    const send = (body: string, value = 'value'): void =>
      client.send('SEND', { destination: '/topic/a', transaction: 't', name: value }, body)
    client.send('BEGIN', { transaction: 't' })
    send('body')
    send('body+')
    send('body', 'value+')
    send('body')
    send('')
    client.send('ABORT', { transaction: 't' })
    client.send('BEGIN', { transaction: 't' })
    send('body')
    send('body')
    expect(await client.frames('code')).toEqual([
      'ERROR code=transaction-too-large | The transaction holds as much as it may hold.',
      'ERROR code=transaction-too-large | The transaction holds as much as it may hold.',
      'ERROR code=transaction-too-large | The transaction holds as much as it may hold.',
    ])
  })
})
