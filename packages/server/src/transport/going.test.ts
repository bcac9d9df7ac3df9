import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { connect, createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { selfSigned } from '../../test/certificate.js'
import { serveTcp } from '../../test/tcp-server.js'
import { clientFrame, rawPage } from '../../test/websocket-kit.js'
import { systemClock } from '../clock.js'
import { DISCONNECTS } from '../errors.js'
import { DEFAULT_LIMITS } from '../limits.js'
import { ManualClock } from '../testing/manual-clock.js'
import { Admission } from './admission.js'
import type { Candidate } from './admission.js'
import type { Accept, ConnectionHandler } from './connection.js'
import { Endpoint } from './endpoint.js'
import { mount } from './http-mount.js'
import { listenTcp } from './tcp.js'
import { WebSocketConnection } from './websocket-connection.js'
import { websocketWire } from './websocket-wire.js'

/** An admission in which reading anything takes all the time that a turn has, and a handler that tells what it hears. */
function busy(flush?: () => void) {
  const clock = new ManualClock()
  const log: string[] = []
  const admission = new Admission({ clock, handshakeMs: 1, handshakesWaiting: 10, ...(flush && { flush }) })
  let gone = (): void => {}
  const closed = new Promise<void>((resolve) => (gone = resolve))
  const handler: ConnectionHandler = {
    received(bytes) {
      log.push(Buffer.from(bytes).toString())
      void clock.advance(1)
    },
    drained: () => {},
    closed: ({ name }) => {
      log.push(name)
      gone()
    },
  }
  return { clock, admission, log, handler, closed }
}

function openWebSocket(
  socket: Duplex,
  { clock, admission, handler }: Pick<ReturnType<typeof busy>, 'clock' | 'admission' | 'handler'>,
): WebSocketConnection {
  const connection = new WebSocketConnection(
    socket,
    {} as IncomingMessage,
    { wire: websocketWire, compression: false },
    { clock, admission, addressOf: () => '', closeMs: 1000, messageBytes: 1000 },
  )
  connection.serve(handler)
  return connection
}

/** An admission in which connections wait until the test lets them in. */
class Later extends Admission {
  readonly #served: Promise<() => void>
  #wait: (serve: () => void) => void = () => {}

  constructor() {
    super({ clock: systemClock, ...DEFAULT_LIMITS })
    this.#served = new Promise((resolve) => (this.#wait = resolve))
  }

  override enter(_: Candidate, serve: () => void): boolean {
    this.#wait(serve)
    return true
  }

  async letIn(): Promise<void> {
    const serve = await this.#served
    serve()
  }
}

/** The server's side of the next TCP connection. */
function nextSocket(): Promise<Socket> {
  return new Promise((resolve) => {
    const heard = (message: unknown): void => {
      unsubscribe('net.server.socket', heard)
      resolve((message as { socket: Socket }).socket)
    }
    subscribe('net.server.socket', heard)
  })
}

async function tcp(accept: Accept, admission: Admission): Promise<Socket> {
  const services = { accept, admission, clock: systemClock, limits: DEFAULT_LIMITS, rejected: () => {} }
  const listener = await listenTcp({ port: 0 }, services)
  onTestFinished(() => listener.close())
  const client = connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true })
  client.on('error', () => {})
  onTestFinished(() => void client.destroy())
  return client
}

/** Brings four pieces, of which one is read at once, two wait, and one is not taken; then it is reset. */
function bringAndReset(socket: Duplex, pieces: readonly Uint8Array[]): void {
  for (const piece of pieces) socket.push(piece)
  socket.destroy(new Error('reset'))
}

const PIECES = ['a', 'b', 'c', 'd']

describe('a connection that is reset while what it has brought waits', () => {
  test('over TCP: all that was read is carried out first, in order', async () => {
    const { admission, log, handler, closed } = busy()
    const server = nextSocket()
    const accepted = new Promise<void>((resolve) => {
      void tcp(() => {
        resolve()
        return handler
      }, admission)
    })
    await accepted
    bringAndReset(
      await server,
      PIECES.map((piece) => Buffer.from(piece)),
    )
    await closed
    expect(log.join('')).toBe(`abcd${DISCONNECTS.lost.name}`)
  })

  test('over WebSocket: the same', async () => {
    const { clock, admission, log, handler, closed } = busy()
    const socket = new Duplex({ read: () => {}, write: (_, __, done) => done() })
    openWebSocket(socket, { clock, admission, handler })
    await once(socket, 'resume')
    bringAndReset(
      socket,
      PIECES.map((piece) => clientFrame(2, piece)),
    )
    await closed
    expect(log.join('')).toBe(`abcd${DISCONNECTS.lost.name}`)
  })
})

describe('a connection that is reset in a turn that has taken long lets what has been published be written', () => {
  /** Resets it, and waits until that has been told. */
  function reset(socket: Duplex): Promise<void> {
    socket.destroy(new Error('reset'))
    return new Promise((resolve) => void socket.once('error', () => resolve()))
  }

  test('over TCP', async () => {
    let flushed = 0
    const { clock, admission, handler } = busy(() => flushed++)
    const server = nextSocket()
    await new Promise<void>((resolve) => {
      void tcp(() => {
        resolve()
        return handler
      }, admission)
    })
    const told = reset(await server)
    admission.passes()
    void clock.advance(1)
    await told
    expect(flushed).toBe(1)
  })

  test('over WebSocket', async () => {
    let flushed = 0
    const { clock, admission, handler } = busy(() => flushed++)
    const socket = new Duplex({ read: () => {}, write: (_, __, done) => done(), emitClose: false })
    openWebSocket(socket, { clock, admission, handler })
    const told = reset(socket)
    admission.passes()
    void clock.advance(1)
    await told
    expect(flushed).toBe(1)
  })
})

test('the goodbye of a WebSocket is answered in its turn, with what else is written until then before it', async () => {
  const { clock, admission, handler, log } = busy()
  const written: number[] = []
  const socket = new Duplex({
    read: () => {},
    write(bytes: Buffer, _, done) {
      written.push(bytes[0]!)
      done()
    },
  })
  const connection = openWebSocket(socket, { clock, admission, handler })
  connection.noLongerNew()
  await once(socket, 'resume')
  admission.goOn(() => void clock.advance(1))
  socket.push(Buffer.concat([clientFrame(8, Uint8Array.of(3, 232)), clientFrame(2, 'not looked at')]))
  connection.write(Uint8Array.of(0x82, 0))
  await once(socket, 'finish')
  expect(written).toEqual([0x82, 0x88])
  expect(log).toEqual([])
})

test('nothing is written to a WebSocket that is gone and waits to leave', async () => {
  const { clock, admission, handler, closed } = busy()
  let writes = 0
  const socket = new Duplex({ read: () => {}, write: (_, __, done) => done() })
  const write = socket.write.bind(socket)
  socket.write = (bytes: unknown) => {
    writes++
    return write(bytes)
  }
  const connection = openWebSocket(socket, { clock, admission, handler })
  admission.goOn(() => void clock.advance(1))
  socket.destroy()
  expect([connection.write(Buffer.from('x')), writes]).toEqual([true, 0])
  await closed
})

describe('a client that has said all before it is let in', () => {
  test('over TCP is no longer there than it takes to say so', async () => {
    const admission = new Later()
    const server = nextSocket()
    const finished = new Promise<void>((resolve) => {
      const handler = { received: () => {}, drained: () => {}, closed: () => {}, finished: resolve }
      void tcp(() => handler, admission).then((client) => client.end())
    })
    await once(await server, 'end')
    await admission.letIn()
    await expect(finished).resolves.toBeUndefined()
  })

  test('over WebSocket is heard', async () => {
    const { log, handler, closed } = busy()
    const admission = new Later()
    const http = createServer()
    mount(http, new Endpoint({ path: '/stomp', accept: () => handler, admission }))
    http.listen(0, '127.0.0.1')
    onTestFinished(() => void http.close())
    await once(http, 'listening')
    const server = nextSocket()
    const page = rawPage((http.address() as AddressInfo).port, {}, { behind: clientFrame(2, 'a'), end: true })
    await once(await server, 'end')
    await admission.letIn()
    await page
    await closed
    expect(log).toEqual(['a', DISCONNECTS.lost.name])
  })
})

test('over TLS the end of a client that has said all is answered with close_notify', async () => {
  const identity = selfSigned('localhost')
  const { port } = await serveTcp({}, { tls: identity })
  // TLS 1.2 shows what kind of record each is.
  const received: Buffer[] = []
  const relay = createTcpServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    client.pipe(server).pipe(client)
    server.on('data', (bytes) => received.push(bytes))
  })
  relay.listen(0, '127.0.0.1')
  onTestFinished(() => void relay.close())
  await once(relay, 'listening')
  const relayPort = (relay.address() as AddressInfo).port
  const client = connectTls({
    port: relayPort,
    ca: identity.cert,
    servername: 'localhost',
    maxVersion: 'TLSv1.2',
    allowHalfOpen: true,
  } as ConnectionOptions)
  await once(client, 'secureConnect')
  client.write('CONNECT\naccept-version:1.2\nhost:x\n\n\0')
  await once(client, 'data')
  client.end()
  await once(client, 'close')
  expect(recordTypes(Buffer.concat(received)).at(-1)).toBe(ALERT)
})

/** RFC 5246 section 6.2.1. */
const ALERT = 21

function recordTypes(bytes: Buffer): number[] {
  const types: number[] = []
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes[at]!)
  return types
}
