import { FrameDecoder } from '@stomping-ground/codec'
import type { Frame } from '@stomping-ground/codec'
import { DISCONNECTS } from '../src/errors.js'
import type { DisconnectReason } from '../src/errors.js'
import { bareWire } from '../src/transport/bare-wire.js'
import type { Accept, Connection, ConnectionHandler } from '../src/transport/connection.js'
import type { Knowledge } from './conversation.js'

const LIMITS = { frameBytes: 2 ** 24, headerCount: 1_000, headerBytes: 2 ** 20 }
/** Deliveries that it remembers, to ack them. */
const REMEMBERED = 50

/** A client's end in memory, which fails when the server writes what a server must not. */
export class FuzzConnection implements Connection, Knowledge {
  readonly wire = bareWire
  readonly request = undefined
  readonly remoteAddress: string
  connected = false
  version: Knowledge['version'] = '1.0'
  readonly deliveries: Knowledge['deliveries'] = []
  readonly addresses: string[] = []
  readonly subscriptions = new Set<string>()
  readonly transactions = new Set<string>()
  /** Plays a socket that is congested while false. */
  writable = true
  /** The server has written to a congested connection: only the last write before its goodbye may be so. */
  impatient = false
  /** How many frames of each command have come. */
  readonly counts: Record<string, number> = {}
  readonly #handler: ConnectionHandler
  readonly #harm: (error: unknown) => void
  readonly #decoder = new FrameDecoder(LIMITS, 'server')
  /** The messages that each subscription has got for the first time. */
  readonly #fresh = new Set<string>()
  #unread: Uint8Array[] = []
  #paused = false
  #keeps = false
  #refused = false
  #closing: DisconnectReason | undefined
  #gone = false
  #congested = false

  /** @param harm told of each thing that the server must not do */
  constructor(accept: Accept, remoteAddress: string, harm: (error: unknown) => void) {
    this.remoteAddress = remoteAddress
    this.#harm = harm
    // Until CONNECTED, a frame is read as it stands: in no version would that fail.
    this.#decoder.version = '1.0'
    this.#handler = accept(this)
  }

  get gone(): boolean {
    return this.#gone
  }

  /** The server has said goodbye: bytes may still arrive, and then the connection goes. */
  get closing(): boolean {
    return this.#closing !== undefined
  }

  /** Notes what the client asks for, as far as it decides what the server may answer. */
  send(bytes: Uint8Array, keeps: boolean): void {
    this.#keeps ||= keeps
    if (this.#gone) return
    if (this.#paused) this.#unread.push(bytes)
    else this.#handler.received(bytes)
  }

  cut(): void {
    if (this.#gone) return
    this.#gone = true
    this.#unread = []
    this.#handler.closed(this.#closing ?? DISCONNECTS.lost)
  }

  finish(): void {
    if (!this.#gone) this.#handler.finished?.()
  }

  drain(): void {
    this.writable = true
    if (this.#gone || !this.#congested) return
    this.#congested = false
    this.#handler.drained()
  }

  write(bytes: Uint8Array): boolean {
    if (this.#gone || this.closing) return true
    if (this.#congested) this.impatient = true
    try {
      this.#decoder.push(bytes)
      for (let frame = this.#decoder.read(); frame !== undefined; frame = this.#decoder.read()) {
        this.#check(frame)
      }
    } catch (error) {
      // Not to be thrown into the server, which is the one that did wrong.
      this.#harm(error)
    }
    this.#congested = !this.writable
    return this.writable
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    while (!this.#paused && !this.#gone && this.#unread.length > 0)
      this.#handler.received(this.#unread.shift()!)
  }

  close(reason: DisconnectReason): void {
    this.#closing ??= reason
    this.resume()
  }

  destroy(): void {
    this.cut()
  }

  #check({ command, headers, body }: Frame): void {
    this.counts[command] = (this.counts[command] ?? 0) + 1
    if (this.#refused && !this.#keeps) throw new Error(`${command} after ERROR`)
    if (!this.connected && command !== 'CONNECTED' && command !== 'ERROR') {
      throw new Error(`${command} before CONNECTED`)
    }
    if (command === 'CONNECTED') {
      if (this.connected) throw new Error('CONNECTED twice')
      this.connected = true
      this.version = this.#decoder.version = headers.get('version') as Knowledge['version']
    } else if (command === 'ERROR') {
      this.#refused = true
    } else if (command === 'RECEIPT') {
      if (!headers.has('receipt-id') || body.length > 0)
        throw new Error('A RECEIPT without its id, or with a body')
    } else {
      this.#checkMessage(headers)
    }
  }

  #checkMessage(headers: Frame['headers']): void {
    const messageId = headers.get('message-id')
    const subscription = headers.get('subscription') ?? ''
    const ack = headers.get('ack') ?? ''
    if (messageId === undefined || !headers.has('destination'))
      throw new Error('A MESSAGE without id or destination')
    if (this.version !== '1.0' && !headers.has('subscription'))
      throw new Error('A MESSAGE of no subscription')
    const delivery = `${messageId}@${subscription}`
    // What history keeps comes again when it is subscribed to again.
    if (!headers.has('redelivered') && !headers.has('x-stream-offset')) {
      if (this.#fresh.has(delivery)) throw new Error('A MESSAGE twice, and not redelivered')
      this.#fresh.add(delivery)
    }
    this.deliveries.push({ messageId, subscription, ack })
    if (this.deliveries.length > REMEMBERED) this.deliveries.shift()
    const replyTo = headers.get('reply-to')
    if (replyTo?.startsWith('/reply-queue/') === true && this.addresses.length < 5)
      this.addresses.push(replyTo)
  }
}
