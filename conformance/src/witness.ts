import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { FrameDecoder, StompHeaders, encodeFrame, utf8Decode, utf8Encode } from '@stomping-ground/codec'
import type { ClientCommand, Frame } from '@stomping-ground/codec'

export interface Received {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const LIMITS = { frameBytes: 16_777_216, headerCount: 1_000, headerBytes: 1_048_576 }
const LAST = 'the last one'

/** A client of the test's own: on the other end from the client that is tested. */
export class Witness {
  readonly #socket: Socket
  readonly #decoder = new FrameDecoder(LIMITS, 'server')
  readonly #frames: Frame[] = []
  #receipts = 0

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.#decoder.push(bytes)
      for (let frame = this.#decoder.read(); frame !== undefined; frame = this.#decoder.read()) {
        this.#frames.push(frame)
      }
      socket.emit('frames')
    })
    socket.on('close', () => socket.emit('frames'))
  }

  static async connect(port: number): Promise<Witness> {
    const witness = new Witness(connect({ port, host: '127.0.0.1', noDelay: true }))
    witness.#write('CONNECT', { 'accept-version': '1.2', host: 'localhost' })
    await witness.#take('CONNECTED')
    return witness
  }

  /** Resolves when the broker has taken the message. */
  async send(
    destination: string,
    body: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.#confirmed('SEND', { ...headers, destination }, utf8Encode(body))
  }

  /** Resolves when the subscription is active. */
  async subscribe(destination: string): Promise<void> {
    await this.#confirmed('SUBSCRIBE', { destination, id: destination })
  }

  async next(): Promise<Received> {
    const { headers, body } = await this.#take('MESSAGE')
    return { headers: headers.toObject(), body: utf8Decode(body) }
  }

  /** Empties a queue that it is not subscribed to yet, and gives what was in it. */
  async drain(queue: string): Promise<Received[]> {
    await this.subscribe(queue)
    await this.send(queue, LAST)
    const found: Received[] = []
    for (let one = await this.next(); one.body !== LAST; one = await this.next()) found.push(one)
    return found
  }

  close(): void {
    this.#socket.destroy()
  }

  async #confirmed(
    command: ClientCommand,
    headers: Readonly<Record<string, string>>,
    body?: Uint8Array,
  ): Promise<void> {
    const receipt = `receipt-${this.#receipts++}`
    this.#write(command, { ...headers, receipt }, body)
    await this.#take('RECEIPT', receipt)
  }

  #write(command: ClientCommand, headers: Readonly<Record<string, string>>, body?: Uint8Array): void {
    const frame = { command, headers: new StompHeaders(Object.entries(headers).flat()) }
    this.#socket.write(encodeFrame(body === undefined ? frame : { ...frame, body }, '1.2'))
  }

  async #take(command: string, receipt?: string): Promise<Frame> {
    for (;;) {
      const index = this.#frames.findIndex(
        (frame) =>
          frame.command === command &&
          (receipt ?? frame.headers.get('receipt-id')) === frame.headers.get('receipt-id'),
      )
      if (index >= 0) return this.#frames.splice(index, 1)[0]!
      const error = this.#frames.find((frame) => frame.command === 'ERROR')
      if (error !== undefined) throw new Error(`The witness was refused: ${error.headers.get('message')}`)
      if (this.#socket.destroyed) throw new Error('The witness lost its connection')
      await once(this.#socket, 'frames')
    }
  }
}
