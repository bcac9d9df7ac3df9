import { FrameDecoder, StompHeaders, encodeFrame, utf8Decode, utf8Encode } from '@stomping-ground/codec'
import type { ClientCommand, Frame, StompVersion } from '@stomping-ground/codec'
import type { IncomingMessage } from 'node:http'
import { DISCONNECTS } from '../errors.js'
import type { DisconnectReason } from '../errors.js'
import { bareWire } from '../transport/bare-wire.js'
import type { Accept, Connection, ConnectionHandler } from '../transport/connection.js'
import { turn } from './manual-clock.js'

export interface MemoryClientOptions {
  /** Default 192.0.2.1, an address that is nobody's (RFC 5737). */
  readonly remoteAddress?: string
  readonly request?: IncomingMessage
}

/** What a client sends as a frame: `content-length` is added where there is a body. */
type Headers = Readonly<Record<string, string>>

/** A client and its connection in memory: speaks STOMP to a server with no socket between. */
export class MemoryClient implements Connection {
  readonly wire = bareWire
  readonly remoteAddress: string
  readonly request: IncomingMessage | undefined
  /** Everything the server wrote, one entry for each write. */
  readonly written: Uint8Array[] = []
  /** What the client does with writes: false plays a connection that does not take more. */
  writable = true
  paused = false
  probes = 0
  /** Why the server closed, once it has. */
  closeReason: DisconnectReason | undefined
  /** Settled once the connection is gone: why. */
  readonly closed: Promise<DisconnectReason>
  #settleClosed!: (reason: DisconnectReason) => void
  readonly #handler: ConnectionHandler
  readonly #decoder = new FrameDecoder(
    { frameBytes: 2 ** 30, headerCount: 1e6, headerBytes: 2 ** 30 },
    'server',
  )
  readonly #frames: Frame[] = []
  readonly #waiting: ((frame: Frame) => void)[] = []
  /** What was sent while the server does not read. */
  #unread: Uint8Array[] = []
  #receipts = 0
  #gone = false

  constructor(accept: Accept, options: MemoryClientOptions = {}) {
    this.remoteAddress = options.remoteAddress ?? '192.0.2.1'
    this.request = options.request
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve))
    this.#handler = accept(this)
  }

  /** Connects with the newest version, or with the headers given, and waits for the answer. */
  static async connected(
    accept: Accept,
    headers: Headers = {},
    options: MemoryClientOptions = {},
  ): Promise<MemoryClient> {
    const client = new MemoryClient(accept, options)
    client.send('CONNECT', { 'accept-version': '1.2', host: 'test', ...headers })
    const answer = await client.arrival()
    if (answer.command !== 'CONNECTED') throw new Error(`The server answered ${text(answer)}`)
    return client
  }

  /** The version in which it encodes and decodes; follows CONNECTED. */
  get version(): StompVersion {
    return this.#decoder.version
  }

  /** Whether the connection is gone. */
  get gone(): boolean {
    return this.#gone
  }

  send(command: ClientCommand, headers: Headers = {}, body: Uint8Array | string = ''): void {
    const bytes = typeof body === 'string' ? utf8Encode(body) : body
    this.receive(encodeFrame({ command, headers: StompHeaders.from(headers), body: bytes }, this.version))
  }

  /** Sends a frame with a receipt of its own, and gives the next frame that comes: RECEIPT, unless it is refused. */
  async ask(command: ClientCommand, headers: Headers = {}, body: Uint8Array | string = ''): Promise<Frame> {
    this.send(command, { receipt: `receipt-${this.#receipts++}`, ...headers }, body)
    return this.arrival()
  }

  /** Bytes on their way to the server. While it has paused the connection they wait, as in a socket. */
  receive(bytes: Uint8Array | string): void {
    const octets = typeof bytes === 'string' ? utf8Encode(bytes) : bytes
    if (this.paused) this.#unread.push(octets)
    else this.#handler.received(octets)
  }

  /** Answers a probe: a sign of life that is no bytes of the session's. */
  answerProbe(): void {
    this.receive(new Uint8Array(0))
  }

  /** The next frame from the server after this tick's writes, or `undefined` where there is none. */
  async next(): Promise<Frame | undefined> {
    await turn()
    return this.#frames.shift()
  }

  /** The next frame from the server, whenever it comes. */
  arrival(): Promise<Frame> {
    const frame = this.#frames.shift()
    return frame === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(frame)
  }

  /** All frames that have arrived, each as one line of text: `MESSAGE subscription=1 ... | body`. */
  async frames(...names: string[]): Promise<string[]> {
    await turn()
    return this.#frames.splice(0).map((frame) => text(frame, names))
  }

  /** The connection goes away, as when a cable is cut. */
  cut(): void {
    if (this.#gone) return
    this.#gone = true
    this.#unread = []
    const reason = this.closeReason ?? DISCONNECTS.lost
    this.#handler.closed(reason)
    this.#settleClosed(reason)
  }

  drain(): void {
    this.writable = true
    this.#handler.drained()
  }

  write(bytes: Uint8Array): boolean {
    if (this.closeReason !== undefined || this.#gone) return true
    this.written.push(bytes)
    this.#decoder.push(bytes)
    for (let frame = this.#decoder.read(); frame !== undefined; frame = this.#decoder.read()) {
      if (frame.command === 'CONNECTED') this.#decoder.version = frame.headers.get('version') as StompVersion
      const waiting = this.#waiting.shift()
      if (waiting === undefined) this.#frames.push(frame)
      else waiting(frame)
    }
    return this.writable
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
    while (!this.paused && this.#unread.length > 0) this.#handler.received(this.#unread.shift()!)
  }

  probe(): void {
    this.probes++
  }

  close(reason: DisconnectReason): void {
    if (this.closeReason !== undefined || this.#gone) return
    this.closeReason = reason
    queueMicrotask(() => this.cut())
  }

  destroy(): void {
    this.closeReason ??= DISCONNECTS.lost
    this.cut()
  }
}

/** A frame as one line, with these of its headers. */
function text(frame: Frame, names: readonly string[] = []): string {
  const headers = names.map((name) => [name, frame.headers.get(name)] as const)
  const shown = headers.filter(([, value]) => value !== undefined).map(([name, value]) => ` ${name}=${value}`)
  const body = frame.body.length === 0 ? '' : ` | ${utf8Decode(frame.body)}`
  return frame.command + shown.join('') + body
}
