import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '../clock.js'
import type { Admission } from './admission.js'
import type { Accept } from './connection.js'
import { deflateWire } from './deflate-wire.js'
import type { CompressionSettings } from './deflate-wire.js'
import type { AddressOf } from './forwarded.js'
import { isHixie, upgradeHixie } from './hixie.js'
import { answerUpgrade } from './upgrade.js'
import { WebSocketConnection } from './websocket-connection.js'
import { handshake, subprotocol } from './websocket-handshake.js'
import { websocketWire } from './websocket-wire.js'

export interface WebSocketTransportOptions {
  readonly accept: Accept
  readonly clock: Clock
  /** A longer WebSocket message is refused with close code 1009, unread. Has to leave room above the frame limit. */
  readonly messageBytes: number
  readonly addressOf: AddressOf
  /** From the goodbye of either side until the connection is cut. */
  readonly closeMs: number
  readonly admission: Admission
  /** Offers permessage-deflate. Left out: not. */
  readonly compression?: CompressionSettings | undefined
}

/** WebSocket (RFC 6455), with compression (RFC 7692) where both sides want it. */
export class WebSocketTransport {
  readonly #options: WebSocketTransportOptions
  readonly #plain = { wire: websocketWire, compression: false }
  readonly #compressed: { readonly wire: typeof websocketWire; readonly compression: true } | undefined

  constructor(options: WebSocketTransportOptions) {
    const { compression } = options
    this.#options = options
    if (compression !== undefined) this.#compressed = { wire: deflateWire(compression), compression: true }
  }

  /** Completes the handshake; a request that is no valid one is answered with 400, 405 or 426. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (isHixie(request)) return upgradeHixie(request, socket, head, subprotocol(request), this.#options)
    const shaken = handshake(request, this.#compressed !== undefined)
    if ('status' in shaken) {
      return answerUpgrade(socket, shaken.status, { ...TEXT, ...shaken.headers }, `${shaken.why}\n`)
    }
    // It may have gone while it waited for its turn; what it had sent before is carried out all the same.
    if (!socket.writable || (!socket.readable && head.length === 0)) return void socket.destroy()
    if (socket instanceof Socket) {
      socket.setTimeout(0)
      socket.setNoDelay()
    }
    socket.write(shaken.answer, 'latin1')
    const agreed = shaken.compression ? this.#compressed! : this.#plain
    const connection = new WebSocketConnection(socket, request, agreed, this.#options)
    connection.serve(this.#options.accept(connection))
    if (head.length > 0) connection.arrived(head)
    // Its end was told before anybody listened.
    if (!socket.readable) connection.ended()
  }
}

const TEXT = { 'Content-Type': 'text/plain; charset=utf-8' }
