import { FrameDecoder, StompHeaders, encodeFrame, utf8Decode } from '@stomping-ground/codec'
import type { ClientCommand, Frame, StompVersion } from '@stomping-ground/codec'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'

type Headers = Readonly<Record<string, string>>

/** A STOMP client on a real socket, or on one that TLS has opened. It is cut when the test ends. */
export class TcpClient {
  readonly socket: Socket
  /** Resolves when the socket is gone, with the error code if there was one. */
  readonly closed: Promise<string | undefined>
  readonly #decoder = new FrameDecoder(
    { frameBytes: 2 ** 30, headerCount: 1e4, headerBytes: 2 ** 20 },
    'server',
  )
  readonly #frames: Frame[] = []
  #wanted: ((frame: Frame | undefined) => void)[] = []
  #ended = false

  constructor(socket: Socket) {
    this.socket = socket
    let code: string | undefined
    socket.on('error', (error: NodeJS.ErrnoException) => (code = error.code))
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#end()
        resolve(code)
      })
    })
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    socket.on('end', () => this.#end())
    onTestFinished(() => void socket.destroy())
  }

  static async open(port: number): Promise<TcpClient> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
    await once(socket, 'connect')
    return new TcpClient(socket)
  }

  static async connected(port: number, headers: Headers = {}): Promise<TcpClient> {
    const client = await TcpClient.open(port)
    await client.connect(headers)
    return client
  }

  async connect(headers: Headers = {}): Promise<Frame> {
    this.send('CONNECT', { 'accept-version': '1.2', host: 'test', ...headers })
    const frame = await this.next()
    if (frame?.command !== 'CONNECTED') throw new Error(`The server answered ${frame?.command}`)
    this.#decoder.version = frame.headers.get('version') as StompVersion
    return frame
  }

  bytes(command: ClientCommand, headers: Headers = {}, body = ''): Uint8Array {
    return encodeFrame(
      { command, headers: StompHeaders.from(headers), body: Buffer.from(body) },
      this.#decoder.version,
    )
  }

  send(command: ClientCommand, headers: Headers = {}, body = ''): void {
    this.socket.write(this.bytes(command, headers, body))
  }

  /** The next frame; `undefined` when the server has ended its side and there is none. */
  next(): Promise<Frame | undefined> {
    const frame = this.#frames.shift()
    if (frame !== undefined || this.#ended) return Promise.resolve(frame)
    return new Promise((resolve) => this.#wanted.push(resolve))
  }

  /** So many frames as text, as `MemoryClient` shows them; fewer where the server has ended its side. */
  async texts(count: number, ...names: string[]): Promise<string[]> {
    const texts: string[] = []
    while (texts.length < count) {
      const frame = await this.next()
      if (frame === undefined) break
      const headers = names.flatMap((name) =>
        frame.headers.has(name) ? [` ${name}=${frame.headers.get(name)}`] : [],
      )
      texts.push(
        frame.command + headers.join('') + (frame.body.length > 0 ? ` | ${utf8Decode(frame.body)}` : ''),
      )
    }
    return texts
  }

  #receive(bytes: Buffer): void {
    this.#decoder.push(bytes)
    for (let frame = this.#decoder.read(); frame !== undefined; frame = this.#decoder.read()) {
      const wanted = this.#wanted.shift()
      if (wanted === undefined) this.#frames.push(frame)
      else wanted(frame)
    }
  }

  #end(): void {
    this.#ended = true
    for (const wanted of this.#wanted.splice(0)) wanted(undefined)
  }
}
