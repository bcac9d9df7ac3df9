import { FrameDecoder, StompHeaders, encodeFrame, utf8Encode } from '@stomping-ground/codec'
import type { ClientCommand, Frame } from '@stomping-ground/codec'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** A STOMP connection over TCP that hands frames over as they come, and says when it is gone. */
export class RawClient {
  readonly gone: Promise<void>
  readonly #socket: Socket
  readonly #decoder = new FrameDecoder({ frameBytes: 1e8, headerCount: 1e3, headerBytes: 1e6 }, 'server')

  private constructor(socket: Socket, received: (frame: Frame) => void) {
    this.#socket = socket
    this.#decoder.version = '1.2'
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()))
    socket.on('data', (bytes) => {
      this.#decoder.push(bytes)
      for (let frame = this.#decoder.read(); frame !== undefined; frame = this.#decoder.read())
        received(frame)
    })
    socket.on('error', () => socket.destroy())
  }

  /** Resolves with a client that is connected, or with nothing where there is no server. */
  static async open(port: number, received: (frame: Frame) => void): Promise<RawClient | undefined> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const opened = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    if (!opened) return undefined
    let connected = (): void => {}
    const answered = new Promise<void>((resolve) => (connected = resolve))
    const client = new RawClient(socket, (frame) =>
      frame.command === 'CONNECTED' ? connected() : received(frame),
    )
    client.send('CONNECT', { 'accept-version': '1.2', host: 'test' })
    await Promise.race([answered, client.gone])
    return socket.destroyed ? undefined : client
  }

  send(command: ClientCommand, headers: Readonly<Record<string, string>>, body = ''): void {
    if (this.#socket.destroyed) return
    const frame = { command, headers: StompHeaders.from(headers), body: utf8Encode(body) }
    this.#socket.write(encodeFrame(frame, '1.2'))
  }

  cut(): void {
    this.#socket.destroy()
  }
}
