import { Server as HttpServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2SecureServer, Http2Server } from 'node:http2'
import { Server as HttpsServer } from 'node:https'
import { Server as NetServer } from 'node:net'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { refuseUpgrade } from './upgrade.js'

/** Servers that emit `request` and, where they speak HTTP/1.1, `upgrade`. */
export type WebServer = HttpServer | Http2Server | Http2SecureServer

/** What is mounted: each method answers what is its own, and returns false for the rest. */
export interface Mountable {
  /** A connection that will ask for something over HTTP/1.1. */
  handleConnection?(socket: Socket): void
  /** A connection has asked for something, whoever answers; an upgraded one is read by whoever takes it. */
  handleAsked?(socket: Socket, upgraded: boolean): void
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
  /** Whether there would have been an answer, had the request asked for a WebSocket. */
  upgrades?(request: IncomingMessage): boolean
}

const mounts = new WeakMap<WebServer, Mount>()

/**
 * Mounts something on a server: what is its own never reaches the server's listeners, all else does, those included that
 * are added later. Requests that nobody else listens for are answered with 404, or 426 where a WebSocket would be there.
 *
 * @returns takes it off again
 * @throws TypeError when it is no server of Node: apps of frameworks have `on` too, and nothing would ever come
 */
export function mount(server: WebServer, mounted: Mountable): () => void {
  if (!(server instanceof NetServer)) {
    throw new TypeError(
      'The HTTP server is needed, not the app of a framework: createServer(app), or app.server in Fastify',
    )
  }
  let mount = mounts.get(server)
  if (mount === undefined) mounts.set(server, (mount = new Mount(server)))
  return mount.add(mounted)
}

/**
 * Stands in front of a server's listeners. A listener cannot keep an event from the others, and to take theirs away, as
 * other libraries do, misses those that come later; so the server's `emit` is what is put aside while anything is mounted.
 */
class Mount {
  readonly #server: WebServer
  readonly #mounted = new Set<Mountable>()
  #takeOff: (() => void) | undefined

  constructor(server: WebServer) {
    this.#server = server
  }

  add(mounted: Mountable): () => void {
    this.#mounted.add(mounted)
    this.#takeOff ??= this.#install()
    return () => {
      if (!this.#mounted.delete(mounted) || this.#mounted.size > 0) return
      this.#takeOff?.()
      this.#takeOff = undefined
    }
  }

  #install(): () => void {
    const server = this.#server as HttpServer
    const emit = Reflect.get(server, 'emit') as (event: string, ...args: unknown[]) => boolean
    const own = Object.hasOwn(server, 'emit')
    const connected = connectionEvent(server)
    const inFront = (event: string, ...args: unknown[]): boolean => {
      const taken = this.#takes(event, args) || Reflect.apply(emit, server, [event, ...args])
      if (event === connected) for (const one of this.#mounted) one.handleConnection?.(args[0] as Socket)
      return taken
    }
    server.emit = inFront
    // Without a listener Node would not even emit: an upgrade would be a request, and HTTP/2 had no requests.
    const notFound = (request: IncomingMessage, response: ServerResponse): void => {
      if (server.listenerCount('request') > 1) return
      if ([...this.#mounted].some((one) => one.upgrades?.(request))) {
        // RFC 9110 section 15.5.22; HTTP/2 has no Upgrade.
        const upgrade = request.httpVersionMajor === 1 ? { Upgrade: 'websocket', Connection: 'Upgrade' } : {}
        response.writeHead(426, { 'Content-Type': 'text/plain; charset=UTF-8', ...upgrade })
        response.end('This is for WebSockets: connect to it by a STOMP client.\n')
        return
      }
      response.writeHead(404, { 'Content-Type': 'text/plain; charset=UTF-8' })
      response.end('There is nothing here.\n')
    }
    const noUpgrade = (_: IncomingMessage, socket: Duplex): void => {
      if (server.listenerCount('upgrade') === 1) refuseUpgrade(socket, 404, 'There is nothing here.')
    }
    server.on('request', notFound).on('upgrade', noUpgrade)
    return () => {
      server.off('request', notFound).off('upgrade', noUpgrade)
      // Where somebody else has put themselves in front meanwhile, it stays behind them and takes nothing.
      if (server.emit !== inFront) return
      if (own) server.emit = emit
      else Reflect.deleteProperty(server, 'emit')
    }
  }

  #takes(event: string, args: unknown[]): boolean {
    if (event === 'request' || event === 'upgrade') {
      const { socket } = args[0] as IncomingMessage
      for (const one of this.#mounted) one.handleAsked?.(socket, event === 'upgrade')
    }
    if (event === 'request') {
      const [request, response] = args as [IncomingMessage, ServerResponse]
      for (const one of this.#mounted) if (one.handleRequest(request, response)) return true
    } else if (event === 'upgrade') {
      const [request, socket, head] = args as [IncomingMessage, Duplex, Buffer]
      for (const one of this.#mounted) if (one.handleUpgrade(request, socket, head)) return true
    }
    return false
  }
}

/** What a server emits with each connection over which it is about to read HTTP/1.1. */
function connectionEvent(server: WebServer): string | undefined {
  if (server instanceof HttpsServer) return 'secureConnection'
  return server instanceof HttpServer ? 'connection' : undefined
}
