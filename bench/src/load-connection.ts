import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { StompFrameCounter, WebSocketFrameCounter } from './frame-counter.js'
import type { FrameCounter } from './frame-counter.js'

export type Transport = 'websocket' | 'tcp'

/** A connection of the load: bare sockets, so that the load costs as little as it can. */
export class LoadConnection {
  readonly socket: Socket
  readonly #transport: Transport

  private constructor(socket: Socket, transport: Transport) {
    this.socket = socket
    this.#transport = transport
  }

  /** Opens it and upgrades it where that is needed. */
  static async open(transport: Transport, port: number, path: string): Promise<LoadConnection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    const connection = new LoadConnection(socket, transport)
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.once('connect', resolve)
    })
    if (transport === 'websocket') {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      )
      await connection.until('\r\n\r\n')
    }
    return connection
  }

  /** Waits for a text in what arrives, and drops all that came until then. */
  until(text: string): Promise<void> {
    return new Promise((resolve) => {
      let seen = ''
      const look = (chunk: Buffer): void => {
        if (!(seen += chunk.toString('latin1')).includes(text)) return
        this.socket.off('data', look)
        resolve()
      }
      this.socket.on('data', look)
    })
  }

  /** Connects at STOMP's level. */
  async login(): Promise<void> {
    this.send('CONNECT\naccept-version:1.2\nhost:bench\nheart-beat:0,0\n\n\0')
    await this.until('CONNECTED')
  }

  /** Subscribes, and waits for the receipt. */
  async subscribe(id: string, destination: string, headers = ''): Promise<void> {
    this.send(`SUBSCRIBE\nid:${id}\ndestination:${destination}\nreceipt:ready\n${headers}\n\0`)
    await this.until('RECEIPT')
  }

  /** Sends one frame or several. */
  send(...frames: string[]): void {
    this.socket.write(Buffer.concat(frames.map((frame) => this.#encode(frame))))
  }

  counter(): FrameCounter {
    return this.#transport === 'tcp' ? new StompFrameCounter() : new WebSocketFrameCounter()
  }

  #encode(frame: string): Buffer {
    const payload = Buffer.from(frame)
    if (this.#transport === 'tcp') return payload
    // A client's WebSocket frame, masked with a key of zeros: the payload stays as it is.
    const { length } = payload
    const header =
      length < 126 ? Buffer.of(0x81, 0x80 | length) : Buffer.of(0x81, 0x80 | 126, length >> 8, length & 255)
    return Buffer.concat([header, Buffer.alloc(4), payload])
  }
}
