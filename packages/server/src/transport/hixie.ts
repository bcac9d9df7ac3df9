import type { AddressOf } from './forwarded.js'
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '../clock.js'
import { DISCONNECTS } from '../errors.js'
import type { DisconnectReason } from '../errors.js'
import type { Wire } from '../wire.js'
import { concatenate } from './bare-wire.js'
import { wrote } from './connection.js'
import type { Accept, Connection, ConnectionHandler } from './connection.js'
import { HixieReader } from './hixie-reader.js'
import { refuseUpgrade } from './upgrade.js'

/**
 * WebSockets as they were before RFC 6455: draft-ietf-hybi-thewebsocketprotocol-00, known as hixie-76. Safari 5 and its
 * contemporaries speak it, and SockJS's protocol tests ask for it. Text alone, between an octet 0 and an octet 255.
 *
 *     request headers ──> response headers ──8 octets──> challenge answered ──FF 00──> closed
 */
export const hixieWire: Wire = {
  textOnly: true,
  element(head, tail) {
    const headBytes = Buffer.byteLength(head)
    const bytes = Buffer.allocUnsafe(headBytes + tail.length + 2)
    bytes[0] = 0
    bytes.write(head, 1)
    bytes.set(tail, 1 + headBytes)
    bytes[bytes.length - 1] = 0xff
    return bytes
  },
  batch: concatenate,
  heartbeat: Uint8Array.of(0, 10, 0xff),
}

const CLOSING = Uint8Array.of(0xff, 0)
const NONCE_BYTES = 8

export interface HixieOptions {
  readonly addressOf: AddressOf
  readonly accept: Accept
  readonly clock: Clock
  readonly messageBytes: number
  readonly closeMs: number
}

/** Whether a request asks for a WebSocket in this old way. */
export function isHixie({ headers }: IncomingMessage): boolean {
  return headers['sec-websocket-key1'] !== undefined && headers['sec-websocket-key2'] !== undefined
}

/** Completes the handshake, or refuses it with 400. The headers go first: HAProxy keeps the nonce back until then. */
export function upgradeHixie(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  protocol: string | undefined,
  options: HixieOptions,
): void {
  const { headers } = request
  const keys = [keyNumber(headers['sec-websocket-key1']), keyNumber(headers['sec-websocket-key2'])]
  if (keys.includes(undefined)) return refuseUpgrade(socket, 400, 'The keys of the handshake are no keys.')
  const scheme = 'encrypted' in request.socket ? 'wss' : 'ws'
  const lines = [
    'HTTP/1.1 101 WebSocket Protocol Handshake',
    'Upgrade: WebSocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Origin: ${headers.origin ?? 'null'}`,
    `Sec-WebSocket-Location: ${scheme}://${headers.host ?? ''}${request.url ?? ''}`,
    ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  const connection = new HixieConnection(socket, request, options)
  connection.open(head, (nonce) => challengeAnswer(keys as number[], nonce))
}

/** The digits of a key, as one number, divided by how many spaces it has; `undefined` where that is no whole number. */
function keyNumber(key: string | string[] | undefined): number | undefined {
  const text = String(key)
  const spaces = text.split(' ').length - 1
  const number = Number(text.replace(/\D/g, '')) / spaces
  return Number.isInteger(number) && number <= 0xffff_ffff ? number : undefined
}

function challengeAnswer(keys: readonly number[], nonce: Uint8Array): Uint8Array {
  const challenge = Buffer.alloc(8 + NONCE_BYTES)
  keys.forEach((key, i) => challenge.writeUInt32BE(key, i * 4))
  challenge.set(nonce, 8)
  return createHash('md5').update(challenge).digest()
}

class HixieConnection implements Connection {
  readonly wire = hixieWire
  readonly remoteAddress: string
  request: IncomingMessage | undefined
  readonly #socket: Duplex
  readonly #options: HixieOptions
  readonly #reader: HixieReader
  #handler: ConnectionHandler | undefined
  #reason: DisconnectReason | undefined
  #deadline: Timer | undefined

  constructor(socket: Duplex, request: IncomingMessage, options: HixieOptions) {
    this.#socket = socket
    this.#options = options
    this.#reader = new HixieReader(options.messageBytes)
    this.request = request
    this.remoteAddress = options.addressOf(request)
    // Until the challenge is answered.
    this.#deadline = options.clock.after(options.closeMs, () => socket.destroy())
  }

  /** Waits for the nonce, answers it, and serves messages from then on. */
  open(head: Buffer, answer: (nonce: Uint8Array) => Uint8Array): void {
    const socket = this.#socket
    let received = head
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.end())
    socket.on('close', () => this.#closed())
    socket.on('drain', () => this.#handler?.drained())
    socket.on('data', (bytes: Buffer) => {
      if (this.#handler !== undefined) return this.#read(bytes)
      received = Buffer.concat([received, bytes])
      begin()
    })
    const begin = (): void => {
      if (received.length < NONCE_BYTES) return
      this.#deadline?.cancel()
      socket.write(answer(received.subarray(0, NONCE_BYTES)))
      this.#handler = this.#options.accept(this)
      this.#read(received.subarray(NONCE_BYTES))
    }
    begin()
  }

  settle(): void {
    this.request = undefined
  }

  write(bytes: Uint8Array): boolean {
    return this.#reason !== undefined || wrote(this.#socket, bytes)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(reason: DisconnectReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#socket.resume()
    this.#socket.end(CLOSING)
    this.#deadline = this.#options.clock.after(this.#options.closeMs, () => this.#socket.destroy())
  }

  destroy(): void {
    this.#reason ??= DISCONNECTS.lost
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    if (this.#reason !== undefined) return
    const outcome = this.#reader.push(bytes, (message) => this.#handler!.received(message))
    if (outcome === 'closing') this.close(DISCONNECTS.lost)
    else if (outcome === 'broken') {
      this.#reason ??= DISCONNECTS.transport
      this.#socket.destroy()
    }
  }

  #closed(): void {
    this.#deadline?.cancel()
    this.#handler?.closed(this.#reason ?? DISCONNECTS.lost)
  }
}
