import type { AddressOf } from '../forwarded.js'
import type { IncomingMessage } from 'node:http'
import type { Clock, Timer } from '../../clock.js'
import { DISCONNECTS } from '../../errors.js'
import type { DisconnectReason } from '../../errors.js'
import type { Wire } from '../../wire.js'
import type { Accept, Connection, ConnectionHandler } from '../connection.js'
import { closeFrame } from './frames.js'
import { IdleWatch } from './heartbeat.js'
import { Inbound } from './inbound.js'
import type { Receiver, ReceiverHost } from './receiver.js'

/** What the sessions of one endpoint have in common. */
export interface SessionSettings {
  readonly accept: Accept
  readonly addressOf: AddressOf
  readonly clock: Clock
  readonly heartbeatMs: number
  readonly disconnectDelayMs: number
  readonly cacheBytes: number
  /** What may wait while the handler has paused the connection. */
  readonly inboundBytes: number
  readonly closeMs: number
  /** The session is over, and nothing remembers it. */
  forget(session: SockJsSession): void
}

/**
 * A session over HTTP: one request at a time receives, others send.
 *
 *     open ──close()──> closing ──close frame sent──> closed ──disconnectDelayMs──> forgotten
 *      │                   │
 *      └───────────────────┴──a response was cut, or no request received for disconnectDelayMs──> forgotten
 *
 * A closed session answers every request that would receive with its close frame.
 *
 * While no request receives, the connection is congested: what is written before the handler has heard of it waits in
 * `#pending`, all else in the handler's own queue, until the next request comes.
 */
export class SockJsSession implements Connection, ReceiverHost {
  readonly id: string
  readonly wire: Wire
  request: IncomingMessage | undefined
  readonly remoteAddress: string
  readonly #settings: SessionSettings
  readonly #heartbeat: IdleWatch
  #state: 'open' | 'closing' | 'closed' | 'forgotten' = 'open'
  #handler: ConnectionHandler | undefined
  #receiver: Receiver | undefined
  /** A receiver that has ended, while its last bytes are sent. */
  #leaving: Receiver | undefined
  #pending: Uint8Array[] = []
  #pendingBytes = 0
  /** What has come while the handler has paused the connection. */
  #inbound: Inbound | undefined
  #reason: DisconnectReason | undefined
  /** The receiver that carried the close frame first. */
  #goodbye: Receiver | undefined
  /** Runs while no request receives. */
  #gap: Timer | undefined
  #deadline: Timer | undefined

  constructor(id: string, wire: Wire, request: IncomingMessage, settings: SessionSettings) {
    this.id = id
    this.wire = wire
    this.request = request
    this.remoteAddress = settings.addressOf(request)
    this.#settings = settings
    this.#heartbeat = new IdleWatch(settings.clock, settings.heartbeatMs, () => this.#receiver?.frame('h'))
  }

  /** Begins with the first request that receives: sockjs-protocol "Protocol": it gets `o` before all else. */
  open(receiver: Receiver): void {
    this.#attach(receiver)
    receiver.frame('o')
    this.#handler = this.#settings.accept(this)
    if (this.#state === 'forgotten') this.#handler.closed(this.#reason!)
  }

  /** Another request that receives has come. */
  receive(receiver: Receiver): void {
    // sockjs-protocol "Protocol": two connections must not wait on one session
    if (this.#receiver !== undefined) return refuse(receiver, 2010, 'Another connection still open')
    this.#gap?.cancel()
    // Told while there is no receiver yet, so that all that the handler holds joins what waits, and leaves in one frame.
    if (this.#state === 'open') this.#handler!.received(SIGN_OF_LIFE)
    if (this.#state === 'open') this.#handler!.drained()
    if (this.#state === 'forgotten') return receiver.destroy()
    this.#attach(receiver)
    const room = this.#deliverPending(receiver)
    if (this.#receiver !== receiver) return
    if (this.#state !== 'open') this.#sayGoodbye(receiver)
    else if (room) this.#handler!.drained()
  }

  /**
   * A request has brought messages.
   *
   * @param taken called once the handler has them, or with false where too much waits for it already
   */
  send(messages: readonly string[], taken: (room: boolean) => void): void {
    if (this.#inbound !== undefined) return this.#inbound.push(messages, taken)
    for (const message of messages) this.#receive(message)
    taken(true)
  }

  // The port.

  write(batch: Uint8Array): boolean {
    if (this.#state !== 'open') return true
    const receiver = this.#receiver
    if (receiver === undefined) return this.#keep(batch)
    this.#heartbeat.wrote()
    return receiver.write(batch)
  }

  pause(): void {
    if (this.#state === 'open') this.#inbound ??= this.#newInbound()
    this.#inbound?.pause()
  }

  resume(): void {
    this.#inbound?.resume()
  }

  settle(): void {
    this.request = undefined
  }

  stopHeartbeat(): void {
    this.#heartbeat.disable()
  }

  close(reason: DisconnectReason): void {
    if (this.#state !== 'open') return
    this.#state = 'closing'
    this.#reason = reason
    this.#inbound?.discard()
    this.#inbound = undefined
    this.#deadline = this.#settings.clock.after(this.#settings.closeMs, () => this.destroy())
    if (this.#receiver !== undefined) this.#sayGoodbye(this.#receiver)
  }

  destroy(): void {
    const response = this.#receiver ?? this.#leaving
    this.drop()
    response?.destroy()
  }

  // The receivers call.

  drained(): void {
    if (this.#state === 'open') this.#handler?.drained()
  }

  ended(receiver: Receiver): void {
    if (this.#receiver !== receiver) return
    this.#receiver = undefined
    this.#leaving = receiver
    this.#heartbeat.stop()
  }

  left(receiver: Receiver, whole: boolean): void {
    this.ended(receiver)
    if (this.#leaving === receiver) this.#leaving = undefined
    if (this.#state === 'forgotten' || this.#receiver !== undefined) return
    if (receiver === this.#goodbye && this.#state === 'closing') this.#closed()
    // sockjs-protocol "HandlingClose": what the client got of a response that was cut is not known, so all is over.
    else if (!whole && this.#state !== 'closed') this.drop()
    else this.#expireLater()
  }

  /** Lets go of it without a word to the client. Idempotent. */
  drop(): void {
    if (this.#state === 'forgotten') return
    const told = this.#state === 'closed'
    this.#state = 'forgotten'
    this.#reason ??= DISCONNECTS.lost
    this.#gap?.cancel()
    this.#deadline?.cancel()
    this.#heartbeat.disable()
    this.#pending = []
    this.#inbound?.discard()
    this.#inbound = undefined
    this.#settings.forget(this)
    if (!told) this.#handler?.closed(this.#reason)
  }

  #receive(message: string): void {
    if (this.#state === 'open') this.#handler!.received(Buffer.from(message))
  }

  #newInbound(): Inbound {
    return new Inbound(this.#settings.inboundBytes, (message) => this.#receive(message))
  }

  #attach(receiver: Receiver): void {
    receiver.serve(this)
    this.#receiver = receiver
    this.#heartbeat.start()
  }

  #keep(batch: Uint8Array): false {
    if (this.#pendingBytes > this.#settings.cacheBytes) {
      this.#pending = []
      this.close(DISCONNECTS.slow)
    } else {
      this.#pending.push(batch)
      this.#pendingBytes += batch.length
    }
    return false
  }

  #deliverPending(receiver: Receiver): boolean {
    if (this.#pending.length === 0) return true
    const room = receiver.deliver(this.#pending)
    this.#pendingBytes = this.#pending.reduce((sum, batch) => sum + batch.length, 0)
    return room
  }

  #sayGoodbye(receiver: Receiver): void {
    const { closeCode, text } = this.#reason!
    this.#goodbye ??= receiver
    refuse(receiver, closeCode, text)
  }

  /** The client has been told. */
  #closed(): void {
    this.#state = 'closed'
    this.#deadline?.cancel()
    this.#pending = []
    this.#handler!.closed(this.#reason!)
    this.#expireLater()
  }

  #expireLater(): void {
    this.#gap?.cancel()
    this.#gap = this.#settings.clock.after(this.#settings.disconnectDelayMs, () => this.drop())
  }
}

const SIGN_OF_LIFE = new Uint8Array(0)

function refuse(receiver: Receiver, code: number, reason: string): void {
  receiver.frame(closeFrame(code, reason))
  receiver.end()
}
