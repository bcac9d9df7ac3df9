import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { systemClock } from '../clock.js'
import type { Clock } from '../clock.js'
import { DEFAULT_LIMITS } from '../limits.js'
import { Admission } from './admission.js'
import type { Accept } from './connection.js'
import { checkedCompression } from './deflate-wire.js'
import type { CompressionOptions } from './deflate-wire.js'
import { forwardedAddress } from './forwarded.js'
import type { AddressOf } from './forwarded.js'
import { Peers } from './sockjs/peers.js'
import type { PeerNodes } from './sockjs/peers.js'
import { checkedSockJs } from './sockjs/settings.js'
import type { SockJsOptions, SockJsSettings } from './sockjs/settings.js'
import { SockJsService } from './sockjs/service.js'
import { overWebSocket } from './sockjs/websocket.js'
import { BUSY, originAllowed, originOf, pathOf, refuseMethod, refuseUpgrade } from './upgrade.js'
import { WebSocketTransport } from './websocket.js'

export interface EndpointOptions {
  /** Where connections are made: WebSockets at this path and at `/websocket` below it, SockJS below it. */
  readonly path: string
  /** Serves SockJS too. Default: WebSockets alone. */
  readonly sockjs?: boolean | SockJsOptions | undefined
  readonly accept: Accept
  /** Offers permessage-deflate to WebSockets, those of SockJS excepted. Default: not. */
  readonly compression?: boolean | CompressionOptions | undefined
  /** Origins whose pages may connect, besides those of the server's own; `*` for all. Default: none. */
  readonly origins?: readonly string[]
  /** Tells the address that a request came from. Default: the one that its socket tells. */
  readonly addressOf?: AddressOf
  /** The largest message of a WebSocket, and the largest body of a request. Default: four times the frame limit. */
  readonly messageBytes?: number
  /** From the close that this side began until the connection is cut. Default: `limits.closeMs`. */
  readonly closeMs?: number
  /** A SockJS session is congested while no request receives: `disconnectDelayMs` has to be shorter than this. */
  readonly longestGapMs?: number
  /** The other processes behind the same balancer, so that SockJS needs no sticky sessions. Default: none. */
  readonly peers?: PeerNodes | undefined
  readonly clock?: Clock
  /** Which new connections are served when. Default: one of this endpoint's own, with the default limits. */
  readonly admission?: Admission
  /** Whether new connections are refused. */
  readonly draining?: () => boolean
  /** Hears of requests that were refused for their origin, while draining, or because too many wait. */
  readonly rejected?: (request: IncomingMessage, status: number, message: string) => void
}

/** One path of an HTTP server at which connections are made, by whatever transport the client takes. */
export class Endpoint {
  readonly #base: string
  readonly #options: EndpointOptions
  readonly #admission: Admission
  readonly #settings: SockJsSettings | undefined
  readonly #websockets: WebSocketTransport
  readonly #sockjs: SockJsService | undefined
  readonly #peers: Peers | undefined
  readonly #sockjsWebSockets: WebSocketTransport | undefined

  /** @throws TypeError or RangeError naming what is wrong in the options */
  constructor(options: EndpointOptions) {
    const { path, sockjs = false, accept, origins = [] } = options
    if (!path.startsWith('/')) {
      throw new TypeError(`The path has to begin with a slash, not ${JSON.stringify(path)}`)
    }
    const messageBytes = options.messageBytes ?? DEFAULT_LIMITS.frameBytes * 4
    const closeMs = options.closeMs ?? DEFAULT_LIMITS.closeMs
    const clock = options.clock ?? systemClock
    const addressOf = options.addressOf ?? forwardedAddress(undefined)
    this.#admission = options.admission ?? new Admission({ clock, ...DEFAULT_LIMITS })
    this.#base = path.replace(/\/+$/, '')
    this.#options = options
    this.#websockets = new WebSocketTransport({
      accept,
      addressOf,
      clock,
      messageBytes,
      closeMs,
      admission: this.#admission,
      compression: checkedCompression(options.compression ?? false),
    })
    if (sockjs === false) return
    const settings = checkedSockJs(sockjs, options.longestGapMs)
    this.#settings = settings
    this.#peers = options.peers && new Peers(options.peers, addressOf)
    this.#sockjs = new SockJsService(settings, {
      accept,
      addressOf: this.#peers?.addressOf ?? addressOf,
      clock,
      closeMs,
      messageBytes,
      origins,
      admission: this.#admission,
      peers: this.#peers,
      draining: options.draining ?? (() => false),
      rejected: options.rejected ?? (() => {}),
    })
    this.#sockjsWebSockets = new WebSocketTransport({
      accept: overWebSocket(accept, { clock, heartbeatMs: settings.heartbeatMs }),
      addressOf,
      clock,
      messageBytes,
      closeMs,
      admission: this.#admission,
    })
  }

  /** SockJS sessions over HTTP that are there, or still answer with their close frame. */
  get sockJsSessions(): number {
    return this.#sockjs?.size ?? 0
  }

  handleConnection(socket: Socket): void {
    this.#admission.strangers.came(socket)
  }

  handleAsked(socket: Socket, upgraded: boolean): void {
    this.#admission.strangers.asked(socket, upgraded)
    this.#admission.passes()
  }

  /**
   * Answers a request for this path or one below it.
   *
   * @param request a body that was read already is expected as `request.body`
   * @returns false where the request is another's
   */
  handleRequest(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#sockjs === undefined) return false
    const path = this.#below(request)
    if (path === undefined) return false
    this.#sockjs.handle(request, response, path)
    return true
  }

  /**
   * Makes a connection of a request for a WebSocket at this path or below it, or refuses it.
   *
   * @returns false where the request is another's
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const path = this.#below(request)?.replace(/\/+$/, '')
    if (path === undefined) return false
    const transport = this.#transportAt(path)
    if (transport === undefined) {
      if (this.#sockjs === undefined) return false
      refuseUpgrade(socket, 404, 'There is nothing here.')
    } else if (request.method !== 'GET') refuseMethod(socket, 'GET')
    else if (this.#options.draining?.() === true) {
      this.#reject(request, socket, 503, 'The server is closing.')
    } else if (!originAllowed(request, this.#options.origins ?? [])) {
      this.#reject(request, socket, 403, `Pages from ${originOf(request.headers)} may not connect.`)
    } else if (!this.#admission.enter(socket, () => transport.upgrade(request, socket, head))) {
      this.#reject(request, socket, 503, BUSY)
    }
    return true
  }

  upgrades(request: IncomingMessage): boolean {
    const path = this.#below(request)?.replace(/\/+$/, '')
    return path !== undefined && this.#transportAt(path) !== undefined
  }

  /** Lets go of the SockJS sessions that are still there, without a word. */
  close(): void {
    this.#peers?.close()
    this.#sockjs?.close()
  }

  #transportAt(path: string): WebSocketTransport | undefined {
    if (this.#settings?.websocket === false) return undefined
    if (path === '' || path === '/websocket') return this.#websockets
    return /^\/[^/.]+\/[^/.]+\/websocket$/.test(path) ? this.#sockjsWebSockets : undefined
  }

  /** What follows the base in the path of a request. Express takes off what a router is mounted at. */
  #below(request: IncomingMessage): string | undefined {
    const { originalUrl } = request as { originalUrl?: string }
    return below(this.#base, pathOf(request.url)) ?? below(this.#base, pathOf(originalUrl))
  }

  #reject(request: IncomingMessage, socket: Duplex, status: number, message: string): void {
    refuseUpgrade(socket, status, message)
    this.#options.rejected?.(request, status, message)
  }
}

function below(base: string, path: string): string | undefined {
  return path === base || path.startsWith(`${base}/`) ? path.slice(base.length) : undefined
}
