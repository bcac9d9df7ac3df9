import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export type Wiring = 'WebSocket' | 'TCP'

const HANDSHAKE =
  'GET /stomp HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'

/**
 * A reader of prices on a real socket, who can stop reading and take as little as it wants. The messages' bodies are
 * `serial padding` in ASCII, so that frames end at each NUL, whatever the transport puts between them.
 */
export class PriceReader {
  readonly socket: Socket
  /** The newest serial of each symbol. */
  readonly newest = new Map<string, number>()
  messages = 0
  bytes = 0
  /** Serials that came after a later one of the same symbol. */
  disorder = 0
  closed = false
  #rest = ''
  #frames: string[] = []
  #changed = (): void => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => this.#receive(bytes))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
      this.#changed()
    })
    onTestFinished(() => void socket.destroy())
  }

  /** One that has subscribed, and reads. */
  static async open(wiring: Wiring, port: number, destination: string): Promise<PriceReader> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    if (wiring === 'WebSocket') {
      socket.write(HANDSHAKE)
      await once(socket, 'data')
    }
    const reader = new PriceReader(socket)
    const send = (frame: string): void => {
      socket.write(wiring === 'WebSocket' ? masked(frame) : frame)
    }
    send('CONNECT\naccept-version:1.2\nhost:x\n\n\0')
    await reader.until(() => reader.#frames.some((frame) => frame.includes('CONNECTED')))
    send(`SUBSCRIBE\nid:0\ndestination:${destination}\nreceipt:subscribed\n\n\0`)
    await reader.until(() => reader.#frames.some((frame) => frame.includes('receipt-id:subscribed')))
    return reader
  }

  /** Resolves as soon as this holds: it is looked at whenever something has come. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.closed) throw new Error('The connection is closed')
      await new Promise<void>((resolve) => (this.#changed = resolve))
    }
  }

  async gone(): Promise<void> {
    while (!this.closed) await new Promise<void>((resolve) => (this.#changed = resolve))
  }

  #receive(bytes: Buffer): void {
    this.bytes += bytes.length
    const frames = (this.#rest + bytes.toString('latin1')).split('\0')
    this.#rest = frames.pop()!
    for (const frame of frames) {
      const [, symbol] = /\nsymbol:(\w+)\n/.exec(frame) ?? []
      if (symbol === undefined) this.#frames.push(frame)
      else this.#price(symbol, Number.parseInt(frame.slice(frame.indexOf('\n\n') + 2), 10))
    }
    this.#changed()
  }

  #price(symbol: string, serial: number): void {
    this.messages++
    if (serial <= (this.newest.get(symbol) ?? -1)) this.disorder++
    this.newest.set(symbol, serial)
  }
}

/** A client's WebSocket frame (RFC 6455 section 5.2), masked with zeros. */
function masked(text: string): Buffer {
  if (text.length > 125) throw new Error('too long for the short form')
  return Buffer.concat([Buffer.of(0x81, 0x80 | text.length, 0, 0, 0, 0), Buffer.from(text)])
}
