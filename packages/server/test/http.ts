import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly version?: '1.0' | '1.1'
}

export interface Head {
  readonly status: number
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

export interface Answer extends Head {
  readonly body: string
}

/** A connection of an HTTP client that shows what comes as it comes: each chunk of a response by itself. */
export class HttpClient {
  readonly socket: Socket
  #buffer = Buffer.alloc(0)
  #unseen: Buffer[] = []
  #bytes = 0
  #ended = false
  #changed = (): void => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes: Buffer) => {
      this.#unseen.push(bytes)
      this.#bytes += bytes.length
      this.#changed()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      this.#changed()
    })
  }

  static async open(port: number): Promise<HttpClient> {
    const socket = connect(port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    return new HttpClient(socket)
  }

  /** Sends a request, and gives the head of its response. */
  async request(method: string, path: string, asked: Asked = {}): Promise<Head> {
    this.send(method, path, asked)
    return this.head()
  }

  send(method: string, path: string, { headers = {}, body, version = '1.1' }: Asked = {}): void {
    const sized = (body !== undefined || method === 'POST') && !('Transfer-Encoding' in headers)
    const lines = {
      Host: 'sockjs.test',
      ...(sized ? { 'Content-Length': String(Buffer.byteLength(body ?? '')) } : {}),
      ...headers,
    }
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
    this.socket.write(`${method} ${path} HTTP/${version}\r\n${head.join('')}\r\n`)
    if (body !== undefined) this.socket.write(body)
  }

  async head(): Promise<Head> {
    const text = await this.#until((buffer) => taken(buffer, buffer.indexOf('\r\n\r\n'), 4))
    const [first, ...lines] = text.split('\r\n')
    const headers = lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
    })
    return { status: Number(first!.split(' ')[1]), headers: Object.fromEntries(headers) }
  }

  /** The next chunk of a chunked response; empty at its end. */
  async chunk(): Promise<string> {
    const size = Number.parseInt(await this.#until((buffer) => taken(buffer, buffer.indexOf('\r\n'), 2)), 16)
    return (await this.read(size + 2)).slice(0, -2)
  }

  /** So many bytes. */
  read(bytes: number): Promise<string> {
    return this.#until(
      (buffer) => (buffer.length < bytes ? undefined : { text: part(buffer, bytes), bytes }),
      bytes,
    )
  }

  /** All that comes until the server closes. */
  async rest(): Promise<string> {
    await this.closed()
    return this.read(this.#bytes)
  }

  /** Resolves when the connection is closed. */
  async closed(): Promise<void> {
    while (!this.#ended) await this.#change()
  }

  destroy(): void {
    this.socket.destroy()
  }

  async #until(take: (buffer: Buffer) => Taken | undefined, atLeast = 0): Promise<string> {
    for (;;) {
      while (this.#bytes < atLeast && !this.#ended) await this.#change()
      this.#buffer = Buffer.concat([this.#buffer, ...this.#unseen.splice(0)])
      const found = take(this.#buffer)
      if (found !== undefined) {
        this.#buffer = this.#buffer.subarray(found.bytes)
        this.#bytes = this.#buffer.length
        return found.text
      }
      if (this.#ended) throw new Error(`The connection ended after ${JSON.stringify(String(this.#buffer))}`)
      await this.#change()
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#changed = resolve))
  }
}

interface Taken {
  readonly text: string
  readonly bytes: number
}

const part = (buffer: Buffer, bytes: number): string => buffer.subarray(0, bytes).toString()

function taken(buffer: Buffer, at: number, delimiter: number): Taken | undefined {
  return at === -1 ? undefined : { text: part(buffer, at), bytes: at + delimiter }
}

/** One request on a connection of its own, and the whole answer. */
export async function ask(port: number, method: string, path: string, asked: Asked = {}): Promise<Answer> {
  const client = await HttpClient.open(port)
  const head = await client.request(method, path, asked)
  let body = ''
  if (head.headers['transfer-encoding'] === 'chunked') {
    for (let chunk = await client.chunk(); chunk !== ''; chunk = await client.chunk()) body += chunk
  } else body = await client.read(Number(head.headers['content-length'] ?? 0))
  client.destroy()
  return { ...head, body }
}
