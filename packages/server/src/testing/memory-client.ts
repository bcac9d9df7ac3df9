import { FrameDecoder, StompHeaders, encodeFrame, utf8Decode, utf8Encode } from '@stomping-ground/codec'
import type { ClientCommand, Frame, StompVersion } from '@stomping-ground/codec'
import { DISCONNECTS } from '../errors.js'
import type { DisconnectReason } from '../errors.js'
import { bareWire } from '../transport/bare-wire.js'
import type { Accept, Connection, ConnectionHandler } from '../transport/connection.js'
import { turn } from './manual-clock.js'

/** A client and its connection in memory: speaks STOMP to a server with no socket between. */
export class MemoryClient implements Connection {
  readonly wire = bareWire
  readonly remoteAddress = '192.0.2.1'
  readonly request = undefined
  /** Everything the server wrote, one entry for each write. */
  readonly written: Uint8Array[] = []
  /** What the client does with writes: false plays a connection that does not take more. */
  writable = true
  paused = false
  probes = 0
  /** Why the server closed, once it has. */
  closeReason: DisconnectReason | undefined
  readonly #handler: ConnectionHandler
  readonly #decoder = new FrameDecoder(
    { frameBytes: 2 ** 30, headerCount: 1e6, headerBytes: 2 ** 30 },
    'server',
  )
  #frames: Frame[] = []
  #gone = false

  constructor(accept: Accept) {
    this.#handler = accept(this)
  }

  /** Connects with the newest version, or with the headers given, and waits for the answer. */
  static async connected(accept: Accept, headers: Record<string, string> = {}): Promise<MemoryClient> {
    const client = new MemoryClient(accept)
    client.send('CONNECT', { 'accept-version': '1.2', host: 'test', ...headers })
    const answer = await client.next()
    if (answer?.command !== 'CONNECTED') throw new Error(`The server answered ${text(answer)}`)
    return client
  }

  /** The version in which it encodes and decodes; follows CONNECTED. */
  get version(): StompVersion {
    return this.#decoder.version
  }

  send(command: ClientCommand, headers: Record<string, string> = {}, body = ''): void {
    this.receive(
      encodeFrame({ command, headers: StompHeaders.from(headers), body: utf8Encode(body) }, this.version),
    )
  }

  /** Bytes on their way to the server. */
  receive(bytes: Uint8Array | string): void {
    this.#handler.received(typeof bytes === 'string' ? utf8Encode(bytes) : bytes)
  }

  /** The next frame from the server after this tick's writes, or `undefined` where there is none. */
  async next(): Promise<Frame | undefined> {
    await turn()
    return this.#frames.shift()
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
    this.#handler.closed(this.closeReason ?? DISCONNECTS.lost)
  }

  drain(): void {
    this.writable = true
    this.#handler.drained()
  }

  write(bytes: Uint8Array): boolean {
    this.written.push(bytes)
    this.#decoder.push(bytes)
    for (let frame = this.#decoder.read(); frame !== undefined; frame = this.#decoder.read()) {
      if (frame.command === 'CONNECTED') this.#decoder.version = frame.headers.get('version') as StompVersion
      this.#frames.push(frame)
    }
    return this.writable
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  probe(): void {
    this.probes++
  }

  close(reason: DisconnectReason): void {
    if (this.closeReason !== undefined) return
    this.closeReason = reason
    queueMicrotask(() => this.cut())
  }

  destroy(): void {
    this.closeReason ??= DISCONNECTS.lost
    this.cut()
  }
}

/** A frame as one line, with these of its headers. */
function text(frame: Frame | undefined, names: readonly string[] = []): string {
  if (frame === undefined) return 'nothing'
  const headers = names.map((name) => [name, frame.headers.get(name)] as const)
  const shown = headers.filter(([, value]) => value !== undefined).map(([name, value]) => ` ${name}=${value}`)
  const body = frame.body.length === 0 ? '' : ` | ${utf8Decode(frame.body)}`
  return frame.command + shown.join('') + body
}
