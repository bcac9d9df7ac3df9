import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'

/** What becomes of requests for a WebSocket: most proxies that know none refuse them, some never answer. */
export type Upgrades = 'passed' | 'refused' | 'swallowed'

/** Files that are not the chat's, by their paths. */
export type Files = ReadonlyMap<string, string | URL>

/** A server in front of the chat, as offices and sites have them. */
export class FrontProxy {
  upgrades: Upgrades
  /** Whether it collects each answer of the chat, and hands it on when it has ended. */
  collects = false
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #target: URL
  readonly #files: Files

  private constructor(target: string, upgrades: Upgrades, files: Files) {
    this.#target = new URL(target)
    this.#files = files
    this.upgrades = upgrades
    this.#server = createServer((incoming, outgoing) => {
      const file = this.#files.get(new URL(incoming.url!, target).pathname)
      if (file === undefined) this.#pass(incoming, outgoing)
      else void serve(file, outgoing)
    })
    this.#server.on('upgrade', (incoming, socket: Socket, head: Buffer) => {
      if (this.upgrades === 'refused') socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
      if (this.upgrades === 'passed') this.#tunnel(incoming, socket, head)
    })
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async started(target: string, upgrades: Upgrades, files: Files = new Map()): Promise<FrontProxy> {
    const proxy = new FrontProxy(target, upgrades, files)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Cuts every connection that goes through it. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url: path, headers } = incoming
    const { hostname: host, port } = this.#target
    const passed = request({ host, port, method, path, headers }, (answer) => {
      answer.on('error', () => outgoing.destroy())
      outgoing.writeHead(answer.statusCode!, answer.headers)
      if (this.collects) {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => outgoing.end(Buffer.concat(parts)))
      } else {
        outgoing.flushHeaders()
        answer.pipe(outgoing)
      }
    })
    passed.on('error', () => outgoing.destroy())
    outgoing.on('close', () => passed.destroy())
    incoming.pipe(passed)
  }

  #tunnel({ method, url, rawHeaders }: IncomingMessage, socket: Socket, head: Buffer): void {
    const far = connect(Number(this.#target.port), this.#target.hostname)
    const lines = rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`))
    far.write(`${method} ${url} HTTP/1.1\r\n${lines.join('')}\r\n`)
    far.write(head)
    far.on('error', () => socket.destroy())
    far.on('close', () => socket.destroy())
    socket.on('close', () => far.destroy())
    far.pipe(socket)
    socket.pipe(far)
  }
}

async function serve(file: string | URL, outgoing: ServerResponse): Promise<void> {
  const type = String(file).endsWith('.html') ? 'text/html' : 'text/javascript'
  outgoing.setHeader('content-type', `${type}; charset=utf-8`).end(await readFile(file))
}
