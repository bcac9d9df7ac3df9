import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** One frame ends where its JSON string does: STOMP's NUL is written as an escape. */
const FRAME_END = Buffer.from('\\u0000')

/** Ends a response of chunks. */
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n')

/** A SockJS session over xhr-streaming: one response that streams, another socket to send on. */
export class XhrConnection {
  readonly #port: number
  readonly #base: string
  readonly #onFrames: (frames: number) => void
  #tail = Buffer.alloc(0)

  private constructor(port: number, path: string, id: number, onFrames: (frames: number) => void) {
    this.#port = port
    this.#base = `${path}/000/bench${id}`
    this.#onFrames = onFrames
  }

  /** Opens a session, connects it at STOMP's level and subscribes it. Frames are counted from then on. */
  static async subscribed(
    options: { port: number; path: string; id: number; destination: string },
    onFrames: (frames: number) => void,
  ): Promise<XhrConnection> {
    let answered = (): void => {}
    let counted = false
    const connection = new XhrConnection(options.port, options.path, options.id, (frames) => {
      if (counted) onFrames(frames)
      else answered()
    })
    const answer = (): Promise<void> => new Promise((resolve) => (answered = resolve))
    await connection.#stream()
    const connected = answer()
    await connection.send('CONNECT\naccept-version:1.2\nhost:bench\nheart-beat:0,0\n\n\0')
    await connected
    const subscribed = answer()
    await connection.send(`SUBSCRIBE\nid:sub-0\ndestination:${options.destination}\nreceipt:ready\n\n\0`)
    await subscribed
    counted = true
    return connection
  }

  /** Sends one frame, on a connection of its own. */
  async send(frame: string): Promise<void> {
    const body = JSON.stringify([frame])
    const socket = await this.#request('xhr_send', body, 'close')
    await new Promise((resolve) => socket.resume().once('close', resolve))
  }

  /** Opens the response that streams; when the server ends it after its byte limit, asks for the next on the same socket. */
  async #stream(): Promise<void> {
    const socket = await this.#request('xhr_streaming', '', 'keep-alive')
    socket.on('data', (chunk) => {
      const frames = this.#count(chunk)
      if (frames > 0) this.#onFrames(frames)
      if (chunk.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK))
        socket.write(this.#head('xhr_streaming', '', 'keep-alive'))
    })
    await new Promise((resolve) => socket.once('data', resolve))
  }

  async #request(kind: string, body: string, connection: string): Promise<Socket> {
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true })
    await new Promise<void>((resolve, reject) => socket.once('error', reject).once('connect', resolve))
    socket.write(this.#head(kind, body, connection))
    return socket
  }

  #head(kind: string, body: string, connection: string): string {
    return (
      `POST ${this.#base}/${kind} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: ${connection}\r\n` +
      `Content-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    )
  }

  #count(chunk: Buffer): number {
    const bytes = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk])
    let frames = 0
    let end = 0
    for (let at = bytes.indexOf(FRAME_END); at !== -1; at = bytes.indexOf(FRAME_END, end)) {
      frames++
      end = at + FRAME_END.length
    }
    this.#tail = Buffer.from(bytes.subarray(Math.max(end, bytes.length - FRAME_END.length + 1)))
    return frames
  }
}
