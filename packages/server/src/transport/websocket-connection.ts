import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '../clock.js'
import { DISCONNECTS } from '../errors.js'
import type { DisconnectReason } from '../errors.js'
import type { Wire } from '../wire.js'
import type { Admission } from './admission.js'
import { saidAll, wrote } from './connection.js'
import type { Connection, ConnectionHandler } from './connection.js'
import type { AddressOf } from './forwarded.js'
import { Newcomer } from './newcomer.js'
import type { NewcomerHost } from './newcomer.js'
import { NO_STATUS, WebSocketError, WebSocketReader } from './websocket-reader.js'
import type { MessageHost, ReaderSettings } from './websocket-reader.js'

/** What all WebSockets of a transport have in common. */
export interface WebSocketSettings extends ReaderSettings {
  readonly clock: Clock
  readonly addressOf: AddressOf
  /** From the goodbye of either side until the connection is cut. */
  readonly closeMs: number
  /** When new ones are read, and those that leave are seen off. */
  readonly admission: Admission
}

const NO_BYTES = new Uint8Array(0)
const PING = Uint8Array.of(0x89, 0)
const PONG = 0x8a
const CLOSE = 0x88

const CONNECTION = Symbol('connection')

/** A socket that knows its connection, so that a few functions serve as listeners for all of them. */
type ServedSocket = Duplex & { [CONNECTION]?: WebSocketConnection }

function onData(this: ServedSocket, bytes: Buffer): void {
  this[CONNECTION]!.arrived(bytes)
}

function onDrain(this: ServedSocket): void {
  this[CONNECTION]!.drained()
}

function onEnd(this: ServedSocket): void {
  this[CONNECTION]!.ended()
}

function onError(this: ServedSocket): void {
  this[CONNECTION]!.failed()
}

function onClose(this: ServedSocket): void {
  this[CONNECTION]!.closed()
}

/**
 * One WebSocket after its handshake (RFC 6455). They are many and most of them idle: an open one is this object and its
 * reader, and nothing else besides its socket.
 *
 *     open ──our close frame──> closing ──the client's──> leaving ──the socket is gone──> closed
 *       └──the client's close frame, its end, or what RFC 6455 forbids───^
 */
export class WebSocketConnection implements Connection, MessageHost, NewcomerHost {
  readonly wire: Wire
  readonly remoteAddress: string
  request: IncomingMessage | undefined
  readonly #socket: ServedSocket
  readonly #settings: WebSocketSettings
  readonly #reader: WebSocketReader
  #handler: ConnectionHandler | undefined
  /** Why it ends, once that is known. */
  #reason: DisconnectReason | undefined
  /** A close frame was sent: nothing may follow it. */
  #said = false
  #congested = false
  /** The newest ping that could not be answered while the client does not read. */
  #ping: Buffer | undefined
  #deadline: Timer | undefined
  #newcomer: Newcomer | undefined

  constructor(
    socket: Duplex,
    request: IncomingMessage,
    agreed: { readonly wire: Wire; readonly compression: boolean },
    settings: WebSocketSettings,
  ) {
    this.wire = agreed.wire
    this.remoteAddress = settings.addressOf(request)
    this.request = request
    this.#socket = socket
    this.#settings = settings
    this.#reader = new WebSocketReader(this, settings, agreed.compression)
    this.#newcomer = new Newcomer(this, settings.admission)
  }

  serve(handler: ConnectionHandler): void {
    this.#handler = handler
    const socket = this.#socket
    socket[CONNECTION] = this
    socket.on('drain', onDrain)
    socket.on('end', onEnd)
    socket.on('error', onError)
    socket.on('close', onClose)
    socket.on('data', onData)
  }

  // What the session does.

  settle(): void {
    this.request = undefined
    this.#newcomer?.connected()
  }

  noLongerNew(): void {
    this.#newcomer = undefined
  }

  write(bytes: Uint8Array): boolean {
    // One that is gone may have to wait until it leaves: others still write to it.
    if (this.#said || !this.#socket.writable || wrote(this.#socket, bytes)) return true
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

  probe(): void {
    if (!this.#said) this.#socket.write(PING)
  }

  close(reason: DisconnectReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#say(reason.closeCode, reason.text)
    this.#cutLater()
    // A paused connection would never read the client's close frame.
    this.#socket.resume()
  }

  destroy(): void {
    this.#reason ??= DISCONNECTS.lost
    this.#reader.stop()
    this.#socket.destroy()
  }

  // What its reader brings.

  message(bytes: Buffer): void {
    // RFC 6455 section 1.4: what comes after a goodbye is not looked at, but for the goodbye of the other side
    if (!this.#said) this.#handler!.received(bytes)
  }

  ping(payload: Buffer): void {
    if (this.#said) return
    // RFC 6455 section 5.5.3: the newest one may be answered alone. Answers must not pile up before who does not read.
    if (this.#socket.writableNeedDrain) this.#ping = payload
    else this.#answer(payload)
    this.#handler!.received(NO_BYTES)
  }

  pong(): void {
    if (!this.#said) this.#handler!.received(NO_BYTES)
  }

  goodbye(status: number): void {
    this.#reason ??= DISCONNECTS.lost
    this.#settings.admission.goOn(() => {
      this.#say(status)
      this.#leave()
    })
  }

  // What its socket tells.

  arrived(bytes: Buffer): void {
    if (this.#newcomer === undefined) this.read(bytes)
    else this.#newcomer.brings(bytes)
  }

  ended(): void {
    this.#settings.admission.goOn(() => this.#leave())
  }

  failed(): void {
    this.#socket.destroy()
    this.#settings.admission.passes()
  }

  closed(): void {
    this.#settings.admission.goOn(() => this.#gone())
  }

  read(bytes: Buffer): void {
    try {
      this.#reader.push(bytes)
    } catch (error) {
      if (!(error instanceof WebSocketError)) throw error
      this.#reason ??= DISCONNECTS.transport
      this.#reader.stop()
      this.#say(error.status)
      this.#leave()
    }
  }

  drained(): void {
    const ping = this.#ping
    this.#ping = undefined
    if (ping !== undefined && !this.#said) this.#answer(ping)
    if (!this.#congested) return
    this.#congested = false
    this.#handler!.drained()
  }

  /** Nothing more will come, or is wanted: what was written goes out, and then the connection ends. */
  #leave(): void {
    this.#said = true
    if (saidAll(this.#socket)) return void this.#socket.destroy()
    this.#socket.end()
    this.#cutLater()
    this.#socket.resume()
  }

  #gone(): void {
    // A connection that was paused may have read what nobody has looked at.
    if (this.#reason === undefined && this.#socket.readableLength > 0)
      this.read(this.#socket.read() as Buffer)
    this.#reader.stop()
    this.#deadline?.cancel()
    this.#handler!.closed(this.#reason ?? DISCONNECTS.lost)
  }

  #answer(ping: Buffer): void {
    this.#socket.write(Buffer.concat([Uint8Array.of(PONG, ping.length), ping]))
  }

  #say(status: number, why = ''): void {
    if (this.#said) return
    this.#said = true
    const payload =
      status === NO_STATUS
        ? NO_BYTES
        : Buffer.concat([Uint8Array.of(status >> 8, status & 0xff), Buffer.from(why)])
    this.#socket.write(Buffer.concat([Uint8Array.of(CLOSE, payload.length), payload]))
  }

  #cutLater(): void {
    const { clock, closeMs } = this.#settings
    this.#deadline ??= clock.after(closeMs, () => this.#socket.destroy())
  }
}
