import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, WebSocketServer } from 'ws'
import type { PerMessageDeflateOptions, RawData, Server } from 'ws'
import type { Clock, Timer } from '../clock.js'
import { DISCONNECTS } from '../errors.js'
import type { DisconnectReason } from '../errors.js'
import { wrote } from './connection.js'
import type { Wire } from '../wire.js'
import type { Accept, Connection, ConnectionHandler } from './connection.js'
import { deflateWire } from './deflate-wire.js'
import type { CompressionSettings } from './deflate-wire.js'
import type { AddressOf } from './forwarded.js'
import { isHixie, upgradeHixie } from './hixie.js'
import { websocketWire } from './websocket-wire.js'

// The newest first: what a client that offers several gets.
const SUBPROTOCOLS = ['v12.stomp', 'v11.stomp', 'v10.stomp']

export interface WebSocketTransportOptions {
  readonly accept: Accept
  readonly clock: Clock
  /** A larger WebSocket message is refused with close code 1009, unread. Has to leave room above the frame limit. */
  readonly messageBytes: number
  readonly addressOf: AddressOf
  /** From the close that this side began until the connection is cut. */
  readonly closeMs: number
  /** Offers permessage-deflate. Left out: not. */
  readonly compression?: CompressionSettings | undefined
}

/** WebSocket (RFC 6455) by `ws`: it does the handshake, reading, pings and closing. Frames are written beside it. */
export class WebSocketTransport {
  readonly #options: WebSocketTransportOptions
  readonly #server: Server<typeof ServedWebSocket>
  /** Makes the handshakes of clients that may have compression, and what they are written in. */
  readonly #compressing: { readonly server: Server<typeof ServedWebSocket>; readonly wire: Wire } | undefined

  constructor(options: WebSocketTransportOptions) {
    const { compression } = options
    this.#options = options
    this.#server = handshakes(options, false)
    if (compression === undefined) return
    this.#compressing = {
      server: handshakes(options, { serverNoContextTakeover: true, clientNoContextTakeover: true }),
      wire: deflateWire(compression),
    }
  }

  /** Completes the handshake; a request that is no valid one is answered with 400 or 426. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (isHixie(request)) {
      const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim())
      const protocol = SUBPROTOCOLS.find((name) => offered?.includes(name))
      return upgradeHixie(request, socket, head, protocol, this.#options)
    }
    const compressing = takesFullWindow(request) ? this.#compressing : undefined
    const server = compressing?.server ?? this.#server
    server.handleUpgrade(request, socket, head, (websocket) => {
      const wire = websocket.extensions === '' ? websocketWire : compressing!.wire
      const connection = new WebSocketConnection(websocket, socket, request, wire, this.#options)
      connection.serve(this.#options.accept(connection))
    })
  }
}

function handshakes(
  { messageBytes }: WebSocketTransportOptions,
  perMessageDeflate: false | PerMessageDeflateOptions,
): Server<typeof ServedWebSocket> {
  return new WebSocketServer({
    noServer: true,
    WebSocket: ServedWebSocket,
    clientTracking: false,
    perMessageDeflate,
    maxPayload: messageBytes,
    handleProtocols: (offered) => SUBPROTOCOLS.find((name) => offered.has(name)) ?? false,
  })
}

/** RFC 7692 section 7.1.2.1: a client may ask for messages of a smaller window than those have that all share. */
function takesFullWindow({ headers }: IncomingMessage): boolean {
  return headers['sec-websocket-extensions']?.includes('server_max_window_bits') !== true
}

const NO_BYTES = new Uint8Array(0)

/** A WebSocket that knows its connection, so that a few functions serve as listeners for all of them. */
class ServedWebSocket extends WebSocket {
  connection: WebSocketConnection | undefined = undefined
}

function onMessage(this: WebSocket, data: RawData): void {
  connectionOf(this).received(data as Buffer)
}

function onSignOfLife(this: WebSocket): void {
  connectionOf(this).received(NO_BYTES)
}

function onError(this: WebSocket, error: Error): void {
  connectionOf(this).failed(error)
}

function onClose(this: WebSocket): void {
  connectionOf(this).closed()
}

function connectionOf(websocket: WebSocket): WebSocketConnection {
  return (websocket as ServedWebSocket).connection!
}

class WebSocketConnection implements Connection {
  readonly wire: Wire
  readonly remoteAddress: string
  request: IncomingMessage | undefined
  readonly #websocket: ServedWebSocket
  readonly #socket: Duplex
  readonly #clock: Clock
  readonly #closeMs: number
  #handler: ConnectionHandler | undefined
  #reason: DisconnectReason | undefined
  #deadline: Timer | undefined

  constructor(
    websocket: ServedWebSocket,
    socket: Duplex,
    request: IncomingMessage,
    wire: Wire,
    options: WebSocketTransportOptions,
  ) {
    this.wire = wire
    this.#websocket = websocket
    this.#socket = socket
    this.#clock = options.clock
    this.#closeMs = options.closeMs
    this.request = request
    this.remoteAddress = options.addressOf(request)
  }

  serve(handler: ConnectionHandler): void {
    this.#handler = handler
    const websocket = this.#websocket
    websocket.connection = this
    websocket.on('message', onMessage)
    websocket.on('pong', onSignOfLife)
    websocket.on('ping', onSignOfLife)
    websocket.on('error', onError)
    websocket.on('close', onClose)
  }

  received(bytes: Uint8Array): void {
    this.#handler!.received(bytes)
  }

  failed(error: NodeJS.ErrnoException): void {
    // The peer broke the protocol of the transport, or the socket failed: `close` follows either way.
    if (error.code?.startsWith('WS_ERR_') === true) this.#reason ??= DISCONNECTS.transport
  }

  closed(): void {
    this.#deadline?.cancel()
    this.#handler!.closed(this.#reason ?? DISCONNECTS.lost)
  }

  forgetRequest(): void {
    this.request = undefined
  }

  write(bytes: Uint8Array): boolean {
    if (this.#websocket.readyState !== this.#websocket.OPEN) return true
    if (wrote(this.#socket, bytes)) return true
    this.#socket.once('drain', () => this.#handler!.drained())
    return false
  }

  pause(): void {
    this.#websocket.pause()
  }

  resume(): void {
    this.#websocket.resume()
  }

  probe(): void {
    if (this.#websocket.readyState === this.#websocket.OPEN) this.#websocket.ping()
  }

  close(reason: DisconnectReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    // A paused connection would never read the peer's close frame.
    this.#websocket.resume()
    this.#websocket.close(reason.closeCode, reason.text)
    this.#deadline = this.#clock.after(this.#closeMs, () => this.#websocket.terminate())
  }

  destroy(): void {
    this.#reason ??= DISCONNECTS.lost
    this.#websocket.terminate()
  }
}
