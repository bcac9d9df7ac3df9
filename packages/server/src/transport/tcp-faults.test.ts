import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { deferred } from '../../test/kit.js'
import { TcpClient } from '../../test/tcp-client.js'
import { serveTcp } from '../../test/tcp-server.js'
import { DISCONNECTS } from '../errors.js'
import { messageMap } from '../messaging/message-map.js'
import { allow } from '../messaging/permissions.js'
import { turn } from '../testing/manual-clock.js'

const everything = [allow('/topic/**'), allow('/queue/**')]
const open = { permissions: { subscribe: everything, send: everything } }

describe('a client that closes its side', () => {
  test('gets the answers to what it has sent, and then the end', async () => {
    const { port } = await serveTcp(open)
    const client = await TcpClient.open(port)
    const frames = [
      client.bytes('CONNECT', { 'accept-version': '1.2', host: 'h' }),
      client.bytes('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' }),
      client.bytes('SEND', { destination: '/topic/a' }, 'x'),
    ]
    client.socket.end(Buffer.concat(frames))
    expect(await client.texts(4)).toEqual(['CONNECTED', 'RECEIPT', 'MESSAGE | x'])
    expect(await client.closed).toBeUndefined()
  })

  test('gets them also where they take time', async () => {
    const work = deferred()
    const messages = messageMap().message('/work', {}, () => work.promise)
    const { port, stomp, until } = await serveTcp({ ...open, messages: [messages] })
    const client = await TcpClient.connected(port)
    client.send('SEND', { destination: '/app/work', receipt: '1' })
    client.send('SEND', { destination: '/app/work', receipt: '2' })
    client.socket.end()
    await turn()
    work.resolve()
    expect(await client.texts(3, 'receipt-id')).toEqual(['RECEIPT receipt-id=1', 'RECEIPT receipt-id=2'])
    await until('disconnected')
    expect(stomp.metrics.disconnects).toEqual(new Map([['lost', 1]]))
  })

  test('waits for them no longer than closeMs', async () => {
    const messages = messageMap().message('/work', {}, () => new Promise(() => {}))
    const { port, clock, stomp, until } = await serveTcp({ messages: [messages] })
    const client = await TcpClient.connected(port)
    const timers = clock.pending
    client.socket.end(client.bytes('SEND', { destination: '/app/work' }))
    // The handler's time, and the session's.
    while (clock.pending < timers + 2) await turn()
    await clock.advance(stomp.limits.closeMs - 1)
    expect(stomp.metrics.openSessions).toBe(1)
    await clock.advance(1)
    expect(await client.next()).toBeUndefined()
    await until('disconnected')
    await clock.advance(stomp.limits.handlerMs)
  })

  test('amid a frame is gone, and its part of a frame with it', async () => {
    const { port, until, stomp } = await serveTcp(open)
    const [client, other] = [await TcpClient.connected(port), await TcpClient.connected(port)]
    other.send('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' })
    await other.next()
    client.socket.end('SEND\ndestination:/topic/a\n\nnever')
    expect(await client.next()).toBeUndefined()
    await until('disconnected')
    await stomp.messaging.send('/topic/a', 'x')
    expect(await other.texts(1)).toEqual(['MESSAGE | x'])
  })
})

test('a reset at any byte ends the one session, and no other notices', async () => {
  const { port, stomp, until } = await serveTcp(open)
  const witness = await TcpClient.connected(port)
  witness.send('SUBSCRIBE', { id: '0', destination: '/topic/witness', receipt: 'r' })
  await witness.next()
  const conversation = Buffer.concat([
    witness.bytes('CONNECT', { 'accept-version': '1.2', host: 'h' }),
    witness.bytes('SUBSCRIBE', { id: '0', destination: '/queue/a', ack: 'client' }),
    witness.bytes('BEGIN', { transaction: 't' }),
    witness.bytes('SEND', { destination: '/queue/a', transaction: 't', 'content-length': '3' }, 'a\0b'),
    witness.bytes('COMMIT', { transaction: 't' }),
    witness.bytes('DISCONNECT'),
  ])
  for (let cut = 0; cut <= conversation.length; cut++) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => {})
    await once(socket, 'connect')
    await new Promise<void>((written) => void socket.write(conversation.subarray(0, cut), () => written()))
    socket.resetAndDestroy()
    await stomp.messaging.send('/topic/witness', cut)
    expect((await witness.texts(1))[0]).toBe(`MESSAGE | ${cut}`)
  }
  witness.socket.destroy()
  await until('disconnected', stomp.metrics.sessions)
  await stomp.close()
  expect([...stomp.metrics.refusals]).toEqual([])
})

describe('backpressure', () => {
  test('while a handler is at work, reading pauses past inboxBytes; nothing is lost when it goes on', async () => {
    const first = deferred()
    const bodies: number[] = []
    const messages = messageMap().message('/work', {}, ({ body }) => {
      bodies.push((body as { i: number }).i)
      return bodies.length === 1 ? first.promise : undefined
    })
    const { port, stomp } = await serveTcp({ messages: [messages], limits: { inboxBytes: 10_000 } })
    const client = await TcpClient.connected(port)
    const filler = 'x'.repeat(100_000)
    let flushed = 0
    for (let i = 0; i < 300; i++) {
      const body = JSON.stringify({ i, filler })
      client.socket.write(client.bytes('SEND', { destination: '/app/work' }, body), () => flushed++)
    }
    while (stomp.metrics.inboxPauses === 0) await turn()
    // The kernel's buffers fill, and then the client is the one that waits.
    for (let before = -1; before !== flushed;) {
      before = flushed
      for (let i = 0; i < 100; i++) await turn()
    }
    expect(flushed).toBeLessThan(300)
    expect(bodies).toEqual([0])
    first.resolve()
    client.send('DISCONNECT', { receipt: 'r' })
    expect(await client.texts(1)).toEqual(['RECEIPT'])
    expect(bodies).toEqual(Array.from({ length: 300 }, (_, i) => i))
  })

  test('a client that does not read gets, from a queue, what it had no room for when it reads again', async () => {
    const { port, stomp } = await serveTcp({ ...open, limits: { outboxBytes: 200_000 } })
    const client = await TcpClient.connected(port)
    client.send('SUBSCRIBE', { id: '0', destination: '/queue/a', receipt: 'r' })
    await client.next()
    client.socket.pause()
    const body = 'x'.repeat(100_000)
    for (let i = 0; i < 300; i++) {
      await stomp.messaging.send('/queue/a', `${i} ${body}`)
      await turn()
    }
    // Far fewer than were sent have left: neither the kernel nor the outbox takes thirty million bytes.
    expect(stomp.metrics.bytesWritten).toBeLessThan(20_000_000)
    client.socket.resume()
    const texts = await client.texts(300)
    expect(texts.map((text) => text.slice('MESSAGE | '.length, -body.length - 1))).toEqual(
      Array.from({ length: 300 }, (_, i) => String(i)),
    )
  })

  test('a client that does not read is given up by a topic when its outbox is full', async () => {
    const { port, stomp, until } = await serveTcp({ ...open, limits: { outboxBytes: 200_000 } })
    const client = await TcpClient.connected(port)
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' })
    await client.next()
    client.socket.pause()
    const body = 'x'.repeat(100_000)
    for (let i = 0; i < 300 && stomp.metrics.openSubscriptions > 0; i++) {
      await stomp.messaging.send('/topic/a', body)
      await turn()
    }
    expect(stomp.metrics.openSubscriptions).toBe(0)
    client.socket.destroy()
    await until('disconnected')
    expect(stomp.metrics.disconnects.get(DISCONNECTS.slow.name)).toBe(1)
  })
})
