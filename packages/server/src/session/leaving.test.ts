import { expect, test } from 'vitest'
import { heard, serve } from '../../test/kit.js'
import type { TestServer } from '../../test/kit.js'
import { messageMap } from '../messaging/message-map.js'
import { allow } from '../messaging/permissions.js'
import type { StompUser } from '../stomp-session.js'
import type { MemoryClient } from '../testing/memory-client.js'

/** The event loop's next turn. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A server in which the end of one subscription takes all the time that a turn has for those who leave. */
function busy(): TestServer<StompUser> & { bodies: unknown[]; leaver: () => Promise<MemoryClient> } {
  const bodies: unknown[] = []
  const server = serve({
    limits: { handshakeMs: 1 },
    messages: [messageMap().message('/work', {}, ({ body }) => void bodies.push(body))],
    permissions: { send: [allow('/**')] },
  })
  server.stomp.events.on('unsubscribed', () => void server.clock.advance(1))
  /** Somebody whose leaving takes that long. */
  const leaver = async (): Promise<MemoryClient> => {
    const client = await server.connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    return client
  }
  return { ...server, bodies, leaver }
}

/** Fills this turn, so that the next who leaves has to wait. */
async function fill({ leaver }: Pick<ReturnType<typeof busy>, 'leaver'>): Promise<void> {
  const first = await leaver()
  first.send('DISCONNECT')
}

test('sessions that leave together end as each turn of the event loop has time for them, in order', async () => {
  const { stomp, leaver } = busy()
  const clients = [await leaver(), await leaver(), await leaver(), await leaver()]
  const gone = (): boolean[] => clients.map((client) => client.gone)
  for (const client of clients) client.send('DISCONNECT', { receipt: 'r' })
  expect(stomp.metrics.turnsWaiting).toBe(3)
  await nextTurn()
  expect(gone()).toEqual([true, true, false, false])
  expect(stomp.metrics.turnsWaiting).toBe(2)
  await nextTurn()
  expect(gone()).toEqual([true, true, true, false])
  await nextTurn()
  expect(gone()).toEqual([true, true, true, true])
  expect(stomp.metrics.turnsWaiting).toBe(0)
  for (const client of clients) expect(await client.frames('receipt-id')).toEqual(['RECEIPT receipt-id=r'])
})

test('what was sent before a DISCONNECT that waits is done at once, what follows never, and its RECEIPT is the last frame', async () => {
  const server = busy()
  const { bodies, connect, stomp } = server
  const client = await connect()
  await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
  await fill(server)
  client.send('SEND', { destination: '/app/work', receipt: '1' }, '"before"')
  await stomp.messaging.send('/topic/a', 'before')
  client.send('DISCONNECT', { receipt: '2' })
  client.send('SEND', { destination: '/app/work', receipt: '3' }, '"behind"')
  expect(client.gone).toBe(false)
  expect(stomp.sessions.all()).toEqual([])
  await stomp.messaging.send('/topic/a', 'meanwhile')
  expect(await client.frames('receipt-id')).toEqual([
    'RECEIPT receipt-id=1',
    'MESSAGE | before',
    'RECEIPT receipt-id=2',
  ])
  expect(client.gone).toBe(true)
  expect(bodies).toEqual(['before'])
  expect(stomp.metrics.disconnects).toEqual(new Map([['client', 2]]))
})

test('a queue gives nothing to a session that waits to leave, and has back what that had not acknowledged', async () => {
  const server = busy()
  const { connect, stomp } = server
  const [client, other] = [await connect(), await connect()]
  const consume = { id: 'q', destination: '/queue/a', ack: 'client-individual' }
  await client.ask('SUBSCRIBE', consume)
  await stomp.messaging.send('/queue/a', '1')
  expect(await client.frames()).toEqual(['MESSAGE | 1'])
  await other.ask('SUBSCRIBE', consume)
  await fill(server)
  client.send('DISCONNECT')
  for (const body of ['2', '3']) await stomp.messaging.send('/queue/a', body)
  await nextTurn()
  expect(await other.frames('redelivered')).toEqual([
    'MESSAGE | 2',
    'MESSAGE | 3',
    'MESSAGE redelivered=true | 1',
  ])
  expect(await client.frames()).toEqual([])
})

test('a connection that goes while its DISCONNECT waits ends as the client wished, once', async () => {
  const server = busy()
  const { connect, stomp } = server
  const client = await connect()
  await fill(server)
  const disconnected = heard(stomp, 'disconnected')
  client.send('DISCONNECT', { receipt: 'r' })
  client.cut()
  await nextTurn()
  await nextTurn()
  expect(disconnected.map(({ reason }) => reason.name)).toEqual(['client'])
})

test('a server that closes does not wait for those that wait to leave', async () => {
  const server = busy()
  const { connect, stomp } = server
  const client = await connect()
  await fill(server)
  client.send('DISCONNECT', { receipt: 'r' })
  const closed = stomp.close()
  expect(client.closeReason?.name).toBe('shutdown')
  await closed
  expect(await client.frames()).toEqual([])
})

test('what was published is written before thousands that leave have been read: the turn that takes long writes on its way', async () => {
  const server = busy()
  const { clock, connect, stomp, leaver } = server
  const [subscriber, one, two] = [await leaver(), await connect(), await connect()]
  one.send('DISCONNECT')
  await stomp.messaging.send('/topic/a', 'x')
  const before = subscriber.written.length
  void clock.advance(stomp.limits.handshakeMs)
  two.send('DISCONNECT')
  expect(subscriber.written.length).toBe(before + 1)
})
