import { describe, expect, test } from 'vitest'
import { TcpClient } from '../../test/tcp-client.js'
import { serveTcp } from '../../test/tcp-server.js'
import { allow } from '../messaging/permissions.js'
import { createStompServer } from '../server.js'
import { MemoryClient } from '../testing/memory-client.js'

const everything = [allow('/topic/**'), allow('/queue/**')]
const open = { permissions: { subscribe: everything, send: everything } }

describe('STOMP over TCP', () => {
  test('is the same conversation as over any transport', async () => {
    const { port, stomp } = await serveTcp(open)
    const [one, two] = [
      await TcpClient.connected(port),
      await TcpClient.connected(port, { 'accept-version': '1.0' }),
    ]
    expect(stomp.sessions.all().map(({ remoteAddress }) => remoteAddress)).toEqual(['127.0.0.1', '127.0.0.1'])
    two.send('SUBSCRIBE', { destination: '/topic/a', receipt: 'r' })
    expect(await two.texts(1)).toEqual(['RECEIPT'])
    one.send('SEND', { destination: '/topic/a' }, '한글')
    expect(await two.texts(1, 'destination')).toEqual(['MESSAGE destination=/topic/a | 한글'])
  })

  test('DISCONNECT is answered by its RECEIPT before the connection ends (STOMP 1.2 "DISCONNECT")', async () => {
    const { port } = await serveTcp(open)
    const client = await TcpClient.connected(port)
    client.send('DISCONNECT', { receipt: '77' })
    expect(await client.texts(2, 'receipt-id')).toEqual(['RECEIPT receipt-id=77'])
    client.socket.end()
    expect(await client.closed).toBeUndefined()
  })

  test('takes its bytes one by one', async () => {
    const { port } = await serveTcp(open)
    const client = await TcpClient.open(port)
    const conversation = Buffer.concat([
      client.bytes('CONNECT', { 'accept-version': '1.2', host: 'h' }),
      client.bytes('SUBSCRIBE', { id: '0', destination: '/topic/a' }),
      client.bytes('SEND', { destination: '/topic/a', 'content-length': '5' }, 'o\0n\0e'),
    ])
    for (const octet of conversation) {
      await new Promise<void>((written) => void client.socket.write(Buffer.of(octet), () => written()))
    }
    expect(await client.texts(2)).toEqual(['CONNECTED', 'MESSAGE | o\0n\0e'])
  })

  test('takes many frames at once', async () => {
    const { port } = await serveTcp(open)
    const client = await TcpClient.connected(port)
    const frames = Array.from({ length: 1_000 }, (_, i) =>
      client.bytes('SEND', { destination: '/topic/a' }, `${i}`),
    )
    client.socket.write(
      Buffer.concat([client.bytes('SUBSCRIBE', { id: '0', destination: '/topic/a' }), ...frames]),
    )
    expect(await client.texts(1_000)).toEqual(Array.from({ length: 1_000 }, (_, i) => `MESSAGE | ${i}`))
  })

  test('the ERROR arrives, and no reset, though the client goes on sending (STOMP 1.2 "ERROR", "Connection Lingering")', async () => {
    const { port } = await serveTcp(open)
    const client = await TcpClient.connected(port)
    client.socket.write('NONSENSE\n\n\0')
    for (let i = 0; i < 64; i++) client.socket.write(Buffer.alloc(65_536, 'x'))
    expect(await client.texts(2, 'code')).toEqual([
      'ERROR code=command-unknown | The frame does not begin with a STOMP command',
    ])
    client.socket.end()
    expect(await client.closed).toBeUndefined()
  })

  test('clients that come and go quickly are all served (STOMP 1.1 "Connecting", 1.2 "Connection Lingering")', async () => {
    const { port, stomp, until } = await serveTcp(open)
    const comeAndGo = async (polite: boolean): Promise<void> => {
      const client = await TcpClient.connected(port)
      if (polite) client.send('DISCONNECT')
      client.socket.end()
      await client.closed
    }
    for (let i = 0; i < 10; i++)
      await Promise.all(Array.from({ length: 20 }, (_, j) => comeAndGo(j % 2 === 0)))
    await until('disconnected', 200)
    expect([stomp.metrics.sessions, stomp.metrics.openSessions]).toEqual([200, 0])
  })

  test('a peer that neither reads nor closes is cut closeMs after the goodbye, and not before', async () => {
    const { port, clock, stomp } = await serveTcp({ ...open, limits: { closeMs: 1_000 } })
    const client = await TcpClient.connected(port)
    client.send('DISCONNECT')
    expect(await client.next()).toBeUndefined()
    await clock.advance(999)
    expect(stomp.metrics.disconnects.size).toBe(0)
    await clock.advance(1)
    client.socket.end()
    await client.closed
    expect(stomp.metrics.disconnects.get('client')).toBe(1)
  })
})

describe('a listener', () => {
  test('says that its port is taken', async () => {
    const { port } = await serveTcp()
    await expect(createStompServer().listenTcp({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('closes: its port is free at once, connections stay, and closing again does nothing', async () => {
    const stomp = createStompServer(open)
    const listener = await stomp.listenTcp({ port: 0 })
    const client = await TcpClient.connected(listener.port)
    listener.close()
    listener.close()
    const other = createStompServer()
    await other.listenTcp({ port: listener.port })
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' })
    expect(await client.texts(1)).toEqual(['RECEIPT'])
    client.socket.destroy()
    await Promise.all([stomp.close(), other.close()])
  })

  test('accepts no more once the server drains, and the sessions end', async () => {
    const { port, stomp } = await serveTcp(open)
    const clients = [await TcpClient.connected(port), await TcpClient.open(port)]
    const closed = stomp.close()
    for (const client of clients) {
      expect(await client.next()).toBeUndefined()
      client.socket.end()
    }
    await closed
    await expect(TcpClient.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(stomp.metrics.disconnects.get('shutdown')).toBe(2)
  })

  test('a connection whose handshake ends only then is told so', async () => {
    const { stomp } = await serveTcp()
    await stomp.close()
    const late = new MemoryClient(stomp.accept)
    expect(await late.frames('code')).toEqual([
      'ERROR code=server-draining | The server is closing. Connect again in a moment.',
    ])
    expect(late.gone).toBe(true)
  })
})

describe('connectionsPerAddress', () => {
  test('as many are served, one more is told why not, and served when one has gone', async () => {
    const { port, stomp, until } = await serveTcp({ limits: { connectionsPerPrivateAddress: 2 } })
    const [first] = [await TcpClient.connected(port), await TcpClient.connected(port)]
    const third = await TcpClient.open(port)
    expect(await third.texts(2, 'code')).toEqual([
      'ERROR code=too-many-connections | This address has as many connections as it may have.',
    ])
    third.socket.end()
    expect(stomp.metrics.refusals.get('too-many-connections')).toBe(1)
    first.socket.destroy()
    await until('disconnected')
    await TcpClient.connected(port)
    const fourth = await TcpClient.open(port)
    expect(await fourth.texts(1, 'code')).toEqual([expect.stringContaining('too-many-connections')])
    fourth.socket.end()
  })
})

describe('a client that is slow to CONNECT', () => {
  test('has connectMs for it, however it drips its bytes (slow loris)', async () => {
    const { port, clock, until } = await serveTcp({ limits: { connectMs: 1_000 } })
    const client = await TcpClient.open(port)
    for (const octet of 'CONNECT\naccept-') {
      await new Promise<void>((written) => void client.socket.write(octet, () => written()))
      await clock.advance(60)
    }
    await clock.advance(1_000 - 15 * 60 - 1)
    client.socket.write('v')
    await clock.advance(1)
    await until('refused')
    expect(await client.texts(2, 'code')).toEqual([
      'ERROR code=connect-timeout | No CONNECT arrived in time.',
    ])
    client.socket.end()
  })
})
