import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server } from 'node:http'
import { createConnection } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import type { ClientOptions } from 'ws'
import { createStompServer } from '../src/server.js'
import type { AttachOptions, StompServer } from '../src/server.js'
import type { StompServerOptions } from '../src/options.js'

export interface Site {
  readonly stomp: StompServer
  readonly http: Server
  readonly port: number
  /** A WebSocket that is open. */
  readonly open: (path?: string, protocols?: string | string[], options?: ClientOptions) => Promise<Page>
  /** How a request for a WebSocket is refused. */
  readonly refusal: (path?: string, options?: ClientOptions) => Promise<{ status: number; text: string }>
}

/**
 * A STOMP server at /stomp of an HTTP server on a free port. After the test all of it closes by itself: the HTTP server
 * does so only when no socket is left.
 */
export async function listen(
  options: StompServerOptions = {},
  path = '/stomp',
  attached: Omit<AttachOptions, 'path'> = {},
): Promise<Site> {
  const stomp = createStompServer(options)
  const http = createServer()
  stomp.attach(http, { path, ...attached })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo
  const pages: Page[] = []
  onTestFinished(async () => {
    for (const page of pages) page.websocket.close()
    const closed = once(http, 'close')
    http.close()
    await stomp.close()
    await closed
  })
  const url = (to: string): string => `ws://127.0.0.1:${port}${to}`
  return {
    stomp,
    http,
    port,
    async open(to = path, protocols = [], clientOptions = {}) {
      const page = new Page(new WebSocket(url(to), protocols, clientOptions))
      pages.push(page)
      await once(page.websocket, 'open')
      return page
    },
    async refusal(to = path, clientOptions = {}) {
      const websocket = new WebSocket(url(to), clientOptions)
      websocket.on('error', () => {})
      const [, response] = (await once(websocket, 'unexpected-response')) as [unknown, IncomingMessage]
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += chunk
      return { status: response.statusCode!, text }
    },
  }
}

/** What a page sees of its WebSocket. */
export class Page {
  readonly websocket: WebSocket
  readonly closed: Promise<{ code: number; reason: string }>
  readonly #arrived: { text: string; binary: boolean; bytes: number }[] = []
  #waiting: (() => void)[] = []

  constructor(websocket: WebSocket) {
    this.websocket = websocket
    this.closed = new Promise((resolve) => {
      websocket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
    websocket.on('message', (data: Buffer, binary) => {
      this.#arrived.push({ text: data.toString(), binary, bytes: data.length })
      for (const resume of this.#waiting.splice(0)) resume()
    })
    websocket.on('error', () => {})
  }

  send(data: string | Uint8Array): void {
    this.websocket.send(data)
  }

  /** The next message, whenever it comes. */
  async message(): Promise<{ text: string; binary: boolean; bytes: number }> {
    while (this.#arrived.length === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    return this.#arrived.shift()!
  }

  /** Sends a frame and gives the text of the message that follows. */
  async ask(frame: string | Uint8Array): Promise<string> {
    this.send(frame)
    return (await this.message()).text
  }

  /** Sends CONNECT and takes its answer. */
  async connect(...headers: string[]): Promise<this> {
    const lines = ['accept-version:1.2', 'host:x', ...headers].map((line) => `${line}\n`).join('')
    const answer = await this.ask(`CONNECT\n${lines}\n\0`)
    if (!answer.startsWith('CONNECTED\n')) throw new Error(`The server answered ${answer}`)
    return this
  }
}

/** A client's side of a WebSocket, by hand: octets. */
export interface RawPage {
  readonly socket: Socket
  /** The head of the answer. */
  readonly answer: string
  /** Sends a frame of fewer than 126 octets. */
  frame(opcode: number, payload: Uint8Array | string): void
  /** Reads what comes until there are so many octets of it. */
  read(bytes: number): Promise<Buffer>
}

const HANDSHAKE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  // RFC 6455 section 1.3
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** Asks for a WebSocket over a socket of its own; `behind` is sent in one piece with the request, and nothing after an `end`. */
export async function rawPage(
  port: number,
  headers: Readonly<Record<string, string>> = {},
  {
    method = 'GET',
    behind = Buffer.alloc(0),
    end = false,
  }: { method?: string; behind?: Uint8Array; end?: boolean } = {},
): Promise<RawPage> {
  const socket = createConnection({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {})
  const lines = Object.entries({ Host: `127.0.0.1:${port}`, ...HANDSHAKE, ...headers })
  const head = `${method} /stomp HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  socket.write(Buffer.concat([Buffer.from(head), behind]))
  if (end) socket.end()
  let received: Buffer = Buffer.alloc(0)
  const until = async (enough: () => boolean): Promise<void> => {
    while (!enough()) {
      const chunk = socket.read() as Buffer | null
      if (chunk !== null) received = Buffer.concat([received, chunk])
      else await once(socket, 'readable')
    }
  }
  const take = (bytes: number): Buffer => {
    const taken = received.subarray(0, bytes)
    received = received.subarray(bytes)
    return taken
  }
  await until(() => received.includes('\r\n\r\n'))
  const answer = take(received.indexOf('\r\n\r\n') + 4).toString()
  return {
    socket,
    answer,
    frame: (opcode, payload) => void socket.write(clientFrame(opcode, payload)),
    async read(bytes) {
      await until(() => received.length >= bytes)
      return take(bytes)
    },
  }
}

/** A frame of fewer than 126 octets as clients send it, with the mask 0. */
export function clientFrame(opcode: number, payload: Uint8Array | string): Buffer {
  const bytes = Buffer.from(payload as string)
  return Buffer.concat([Uint8Array.of(0x80 | opcode, 0x80 | bytes.length, 0, 0, 0, 0), bytes])
}
