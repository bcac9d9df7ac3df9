import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { TLSSocket, createServer as createTlsServer } from 'node:tls'
import type { PeerCertificate, TlsOptions } from 'node:tls'
import type { Clock, Timer } from '../clock.js'
import { DISCONNECTS } from '../errors.js'
import type { DisconnectReason } from '../errors.js'
import type { Limits } from '../limits.js'
import type { Admission } from './admission.js'
import { bareWire } from './bare-wire.js'
import { saidAll, wrote } from './connection.js'
import type { Accept, Connection, ConnectionHandler } from './connection.js'
import { Newcomer } from './newcomer.js'
import type { NewcomerHost } from './newcomer.js'
import { BUSY } from './upgrade.js'

export interface TcpOptions {
  /** Default 61613, STOMP's own; 0 takes a free one. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /**
   * Serves TLS: `key` and `cert` in PEM. With `requestCert` and `ca`, clients are asked for a certificate, which
   * `authenticate` gets; with `rejectUnauthorized: false` those without a valid one get in too, and `authenticate`
   * gets none.
   */
  readonly tls?: TlsOptions
}

export interface TcpListener {
  readonly port: number
  /** Accepts no more connections from now on, and frees the port; the connections that are there stay. Idempotent. */
  close(): void
}

interface TcpServices {
  readonly admission: Admission
  /** A connection was cut, because too many wait. */
  rejected(remoteAddress: string, status: number, message: string): void
  readonly accept: Accept
  readonly clock: Clock
  readonly limits: Limits
}

// A client that has closed its side may still read: it gets its answers, and then the end.
// Keep-alive finds peers that are gone where no heart-beats were agreed.
const SOCKET_OPTIONS = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }

/** Connections that the kernel keeps until they are accepted; it may have a lower limit of its own. */
const BACKLOG = 4_096

export async function listenTcp(options: TcpOptions, services: TcpServices): Promise<TcpListener> {
  const { port = 61_613, host = '127.0.0.1', tls } = options
  const serve = (socket: Socket): void => {
    const admitted = services.admission.enter(socket, () => {
      const connection = new TcpConnection(socket, services)
      connection.serve(services.accept(connection))
    })
    if (admitted) return
    services.rejected(socket.remoteAddress ?? '', 503, BUSY)
    socket.destroy()
  }
  const server: Server =
    tls === undefined
      ? createServer(SOCKET_OPTIONS, serve)
      : createTlsServer({ handshakeTimeout: services.limits.connectMs, ...tls, ...SOCKET_OPTIONS }, serve)
  // A handshake that fails is the client's affair: its connection is closed already.
  server.on('tlsClientError', () => {})
  server.listen({ port, host, backlog: BACKLOG })
  await once(server, 'listening')
  // A connection that could not be accepted, for want of file descriptors, say: the others go on.
  server.on('error', () => {})
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() }
}

class TcpConnection implements Connection, NewcomerHost {
  readonly wire = bareWire
  readonly request = undefined
  readonly remoteAddress: string
  readonly certificate: PeerCertificate | undefined
  readonly #socket: Socket
  readonly #services: TcpServices
  #congested = false
  #reason: DisconnectReason | undefined
  #deadline: Timer | undefined
  #handler: ConnectionHandler | undefined
  #newcomer: Newcomer | undefined

  constructor(socket: Socket, services: TcpServices) {
    this.#socket = socket
    this.#services = services
    this.remoteAddress = socket.remoteAddress ?? ''
    this.certificate = provenCertificate(socket)
  }

  serve(handler: ConnectionHandler): void {
    const socket = this.#socket
    const { admission } = this.#services
    this.#handler = handler
    this.#newcomer = new Newcomer(this, admission)
    socket.on('data', (bytes: Buffer) => {
      if (this.#newcomer === undefined) this.read(bytes)
      else this.#newcomer.brings(bytes)
    })
    socket.on('drain', () => {
      if (!this.#congested) return
      this.#congested = false
      handler.drained()
    })
    const ended = (): void => (handler.finished === undefined ? void socket.end() : handler.finished())
    socket.on('end', () => admission.goOn(ended))
    // `close` follows, and says all that there is to do.
    socket.on('error', () => admission.passes())
    const closed = (): void => {
      // A connection that was paused may have read what nobody has looked at.
      if (this.#reason === undefined && socket.readableLength > 0) this.read(socket.read() as Buffer)
      this.#deadline?.cancel()
      handler.closed(this.#reason ?? DISCONNECTS.lost)
    }
    socket.on('close', () => admission.goOn(closed))
    // Its end was told before anybody listened.
    if (socket.readableEnded) admission.goOn(ended)
  }

  settle(): void {
    this.#newcomer?.connected()
  }

  noLongerNew(): void {
    this.#newcomer = undefined
  }

  read(bytes: Buffer): void {
    this.#handler!.received(bytes)
  }

  write(bytes: Uint8Array): boolean {
    if (this.#reason !== undefined || !this.#socket.writable) return true
    if (wrote(this.#socket, bytes)) return true
    this.#congested = true
    return false
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    // What is left of one that is gone is read when that takes its turn.
    if (!this.#socket.destroyed) this.#socket.resume()
  }

  close(reason: DisconnectReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    if (saidAll(this.#socket)) return void this.#socket.destroy()
    // Reading goes on until the peer has closed too: bytes left unread would turn the goodbye into a reset.
    this.#socket.resume()
    this.#socket.end()
    this.#deadline = this.#services.clock.after(this.#services.limits.closeMs, () => this.#socket.destroy())
  }

  destroy(): void {
    this.#reason ??= DISCONNECTS.lost
    this.#socket.destroy()
  }
}

function provenCertificate(socket: Socket): PeerCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  const certificate = socket.getPeerCertificate()
  return Object.keys(certificate).length === 0 ? undefined : certificate
}
