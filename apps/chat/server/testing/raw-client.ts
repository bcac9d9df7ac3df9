import { WebSocket } from 'ws'

export interface RawFrame {
  readonly command: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Messages of one destination, parsed; what the tests look at. */
export type Json = Readonly<Record<string, unknown>>

interface Waiting {
  readonly wanted: (frame: RawFrame) => boolean
  readonly resolve: (frame: RawFrame) => void
  readonly reject: (error: Error) => void
}

/**
 * A page as it was before this server: a raw WebSocket, and frames written by hand. Frames that nobody has asked for yet
 * wait in their order.
 */
export class RawClient {
  /** Resolves with the close code when the connection has gone. */
  readonly closed: Promise<number>
  readonly #socket: WebSocket
  readonly #frames: RawFrame[] = []
  #waiting: Waiting[] = []
  #receipts = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => this.#received(data.toString()))
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => {
        resolve(code)
        for (const { reject } of this.#waiting) reject(new Error(`Closed with ${code} while waiting`))
      })
    })
  }

  /** @throws Error saying `Unexpected server response: 403` where the upgrade is refused */
  static async open(address: string, headers: Record<string, string> = {}): Promise<RawClient> {
    const socket = new WebSocket(`${address.replace('http', 'ws')}/websc/websocket`, { headers })
    const client = new RawClient(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    return client
  }

  /**
   * Opened, and connected as stomp.js 2.3.3 does it.
   *
   * @param headers of CONNECT
   * @param request headers of the HTTP request: a cookie
   */
  static async connected(
    address: string,
    headers: Readonly<Record<string, string>> = {},
    request: Record<string, string> = {},
  ): Promise<RawClient> {
    const client = await RawClient.open(address, request)
    const more = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
    client.send(`CONNECT\naccept-version:1.1,1.0\nheart-beat:10000,10000\n${more.join('')}\n`)
    await client.next('CONNECTED')
    return client
  }

  /** Sends a frame: its text up to the NUL. */
  send(frame: string): void {
    this.#socket.send(`${frame}\0`)
  }

  /** The first frame of a command that has not been taken yet. */
  next(command: string, wanted: (frame: RawFrame) => boolean = () => true): Promise<RawFrame> {
    return this.#take((frame) => frame.command === command && wanted(frame))
  }

  /** The first message of a destination that has not been taken yet. */
  async message(destination: string): Promise<Json> {
    const { body } = await this.next('MESSAGE', ({ headers }) => headers['destination'] === destination)
    return JSON.parse(body) as Json
  }

  /** The code of the next ERROR. */
  async refusal(): Promise<string | undefined> {
    return (await this.next('ERROR')).headers['code']
  }

  /** Messages of a destination that came and that nobody has taken. */
  left(destination: string): Json[] {
    return this.#frames
      .filter(({ headers }) => headers['destination'] === destination)
      .map(({ body }) => JSON.parse(body) as Json)
  }

  /** Done when the subscription is there. */
  async subscribe(destination: string, id = `sub-${this.#receipts}`): Promise<void> {
    await this.receipted(`SUBSCRIBE\nid:${id}\ndestination:${destination}\n`, '')
  }

  async unsubscribe(id: string): Promise<void> {
    await this.receipted(`UNSUBSCRIBE\nid:${id}\n`, '')
  }

  /** Done when the server has dealt with the request, and everything that it sent before has come. */
  async say(request: Json): Promise<void> {
    await this.receipted('SEND\ndestination:/app/chat/message\n', JSON.stringify(request))
  }

  /** Done when it is kept. */
  async write(to: string, message: string, id = `m-${this.#receipts}`): Promise<void> {
    await this.receipted('SEND\ndestination:/app/chat/direct\n', JSON.stringify({ to, message, id }))
  }

  /** As an old page says it: nobody tells whether it arrived. */
  sayOnly(request: Json | string): void {
    const body = typeof request === 'string' ? request : JSON.stringify(request)
    this.send(`SEND\ndestination:/app/chat/message\n\n${body}`)
  }

  async receipted(head: string, body: string): Promise<void> {
    const receipt = `r-${this.#receipts++}`
    this.send(`${head}receipt:${receipt}\n\n${body}`)
    await this.next('RECEIPT', ({ headers }) => headers['receipt-id'] === receipt)
  }

  /** Reads nothing any more: not even a close is answered. */
  pause(): void {
    this.#socket.pause()
  }

  /** As when the cable is pulled: no DISCONNECT, no close frame. */
  cut(): void {
    this.#socket.terminate()
  }

  async close(): Promise<void> {
    this.#socket.close()
    await this.closed
  }

  #take(wanted: (frame: RawFrame) => boolean): Promise<RawFrame> {
    const index = this.#frames.findIndex(wanted)
    if (index !== -1) return Promise.resolve(this.#frames.splice(index, 1)[0]!)
    if (this.#socket.readyState > WebSocket.OPEN) return Promise.reject(new Error('The connection has gone'))
    return new Promise((resolve, reject) => this.#waiting.push({ wanted, resolve, reject }))
  }

  #received(text: string): void {
    const frame = parse(text)
    if (frame === undefined) return
    const waiting = this.#waiting.find(({ wanted }) => wanted(frame))
    if (waiting === undefined) {
      this.#frames.push(frame)
      return
    }
    this.#waiting = this.#waiting.filter((one) => one !== waiting)
    waiting.resolve(frame)
  }
}

function parse(text: string): RawFrame | undefined {
  if (text === '\n') return undefined
  const end = text.indexOf('\n\n')
  const [command = '', ...lines] = text.slice(0, end).split('\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )
  return { command, headers, body: text.slice(end + 2, text.lastIndexOf('\0')) }
}
