import type { IncomingMessage } from 'node:http'
import type { Clock } from '../../clock.js'
import { DISCONNECTS } from '../../errors.js'
import type { DisconnectReason } from '../../errors.js'
import type { Accept, Connection, ConnectionHandler } from '../connection.js'
import { hixieWire } from '../hixie.js'
import type { Wire } from '../../wire.js'
import { FORMS, closeFrame, hixieMessage, plainFrame, textMessage } from './frames.js'
import type { Container } from './frames.js'
import { IdleWatch } from './heartbeat.js'
import { WIRES } from './wires.js'

export interface SockJsWebSocketSettings {
  readonly clock: Clock
  readonly heartbeatMs: number
}

/** Makes of connections that are WebSockets ones that speak SockJS over them. */
export function overWebSocket(accept: Accept, settings: SockJsWebSocketSettings): Accept {
  return (socket) => {
    const connection = new SockJsWebSocket(socket, settings)
    connection.serve(accept)
    return connection
  }
}

/** How one kind of WebSocket carries the frames of SockJS. */
function framing(wire: Wire, container: Container) {
  const frame = (content: string): Uint8Array => plainFrame(FORMS.websocket, container, content)
  return { wire, frame, open: frame('o'), heartbeat: frame('h') }
}

const RFC_6455 = framing(WIRES.websocket, textMessage)
const HIXIE = framing(WIRES.hixie, hixieMessage)

/**
 * sockjs-protocol "WebSocket protocols": the frames of SockJS in the messages of a WebSocket. A session lives as long as
 * its WebSocket, so nothing of it is kept elsewhere, and its id in the URL means nothing.
 */
class SockJsWebSocket implements Connection, ConnectionHandler {
  readonly wire: Wire
  readonly remoteAddress: string
  readonly #socket: Connection
  readonly #framing: typeof RFC_6455
  readonly #heartbeat: IdleWatch
  #handler: ConnectionHandler | undefined
  #closing = false

  constructor(socket: Connection, { clock, heartbeatMs }: SockJsWebSocketSettings) {
    this.#socket = socket
    this.#framing = socket.wire === hixieWire ? HIXIE : RFC_6455
    this.wire = this.#framing.wire
    this.remoteAddress = socket.remoteAddress
    this.#heartbeat = new IdleWatch(clock, heartbeatMs, () => void socket.write(this.#framing.heartbeat))
  }

  get request(): IncomingMessage | undefined {
    return this.#socket.request
  }

  settle(): void {
    this.#socket.settle?.()
  }

  serve(accept: Accept): void {
    this.#socket.write(this.#framing.open)
    this.#heartbeat.start()
    this.#handler = accept(this)
  }

  write(bytes: Uint8Array): boolean {
    this.#heartbeat.wrote()
    return this.#socket.write(bytes)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  probe(): void {
    this.#socket.probe?.()
  }

  stopHeartbeat(): void {
    this.#heartbeat.disable()
  }

  close(reason: DisconnectReason): void {
    if (this.#closing) return
    this.#end()
    this.#socket.write(this.#framing.frame(closeFrame(reason.closeCode, reason.text)))
    this.#socket.close(reason)
  }

  destroy(): void {
    this.#end()
    this.#socket.destroy()
  }

  received(bytes: Uint8Array): void {
    if (this.#closing) return
    // A ping, a pong, or an empty message, which is none.
    if (bytes.length === 0) return this.#handler!.received(bytes)
    const messages = messagesIn(bytes)
    if (messages === undefined) {
      // sockjs-protocol "WebSocket protocols", test_broken_json: without a close frame
      this.#end()
      return this.#socket.close(DISCONNECTS.transport)
    }
    for (const message of messages) if (!this.#closing) this.#handler!.received(Buffer.from(message))
  }

  drained(): void {
    this.#handler!.drained()
  }

  closed(reason: DisconnectReason): void {
    this.#end()
    this.#handler!.closed(reason)
  }

  #end(): void {
    this.#closing = true
    this.#heartbeat.disable()
  }
}

/** What a message holds: one string, or an array of strings. */
function messagesIn(bytes: Uint8Array): readonly string[] | undefined {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
  } catch {
    return undefined
  }
  if (typeof value === 'string') return [value]
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined
}
