import { createHmac, timingSafeEqual } from 'node:crypto'
import { Agent, request as send } from 'node:http'
import type {
  ClientRequest,
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  ServerResponse,
} from 'node:http'
import type { AddressOf } from '../forwarded.js'

/** The other processes that serve the same endpoint. */
export interface PeerNodes {
  /** What this process is called. */
  readonly self: string
  /** By what they know each other's requests. */
  readonly secret: string
  /** Where a process that is there takes requests; `undefined` where none of this name is. */
  addressOf(name: string): string | undefined
  /** Calls back with the name of each that is gone. @returns a function that ends this */
  onGone(listener: (name: string) => void): () => void
  /** A request has been passed on. */
  passed(): void
}

/** A process that cannot be reached within this time is as good as gone. */
const CONNECT_MS = 2_000

const FROM = 'x-sockjs-node'
const CLIENT = 'x-sockjs-client'
const PROOF = 'x-sockjs-proof'
/** In the answer of a process that opens no sessions any more: the session may be opened by whoever asked. */
const NOT_HERE = 'x-sockjs-not-here'

/** Headers that speak of one connection (RFC 9110 section 7.6.1), and what Node does by itself. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  FROM,
  CLIENT,
  PROOF,
  NOT_HERE,
])

/**
 * Passes requests on to the process that has their session. The cookie JSESSIONID names it: who opened the browser's first
 * session. A request is passed on once: it says so, and by a proof that only the other processes can have made, who asks.
 */
export class Peers {
  readonly #nodes: PeerNodes
  readonly #addressOf: AddressOf
  readonly #agent = new Agent({ keepAlive: true, maxFreeSockets: 64 })
  /** What is on its way, by the name of the process. */
  readonly #passed = new Map<string, Set<ClientRequest>>()
  readonly #stopWatching: () => void

  /** @param addressOf tells the address of a client that has asked this process itself */
  constructor(nodes: PeerNodes, addressOf: AddressOf) {
    this.#nodes = nodes
    this.#addressOf = addressOf
    this.#stopWatching = nodes.onGone((name) => {
      for (const one of this.#passed.get(name) ?? []) one.destroy(new Error(`${name} is gone`))
    })
  }

  /** The address of the client, whoever it has asked. */
  readonly addressOf: AddressOf = (request) =>
    this.isPassed(request) ? String(request.headers[CLIENT]) : this.#addressOf(request)

  /** Whether another process has passed this request on. */
  isPassed(request: IncomingMessage): boolean {
    const { [FROM]: from, [CLIENT]: client, [PROOF]: proof } = request.headers
    if (typeof from !== 'string' || typeof client !== 'string' || typeof proof !== 'string') return false
    const given = Buffer.from(proof)
    const expected = Buffer.from(this.#proof(this.#nodes.self, request, from, client))
    return given.length === expected.length && timingSafeEqual(given, expected)
  }

  get self(): string {
    return this.#nodes.self
  }

  /** The value of the cookie: the process that the browser's sessions are at; this one where that is not there any more. */
  ownerFor(request: IncomingMessage): string {
    const named = ownerOf(request)
    return named !== undefined && this.#nodes.addressOf(named) !== undefined ? named : this.#nodes.self
  }

  /** Tells the process that has passed a request on that no session is opened here. */
  notHere(request: IncomingMessage): OutgoingHttpHeaders {
    return this.isPassed(request) ? { [NOT_HERE]: '1' } : {}
  }

  /**
   * Passes a request on, where its cookie names another process that is there.
   *
   * @param failed called in place of an answer, when nothing of one has come: the process is gone, or closing
   * @returns false where it has to be answered here
   */
  pass(request: IncomingMessage, response: ServerResponse, failed: () => void): boolean {
    const owner = ownerOf(request)
    if (owner === undefined || owner === this.#nodes.self) return false
    const address = this.#nodes.addressOf(owner)
    // One hop, whoever says that it was: an address may be another process's by now.
    if (address === undefined || request.headers[FROM] !== undefined) return false
    this.#nodes.passed()
    const passing = this.#ask(owner, address, request)
    this.#until(owner, passing)
    let isOver = false
    // Whoever asked is gone: so is the answer.
    response.on('close', () => passing.destroy())
    passing.on('response', (answer) => {
      if (answer.headers[NOT_HERE] !== undefined) {
        isOver = true
        answer.resume()
        return failed()
      }
      answer.on('error', () => response.destroy())
      response.writeHead(answer.statusCode!, forTheNext(answer.headers))
      response.flushHeaders()
      answer.pipe(response)
    })
    passing.on('error', () => {
      if (isOver) return
      if (response.headersSent) response.destroy()
      else if (!response.destroyed) failed()
    })
    return true
  }

  close(): void {
    this.#stopWatching()
    for (const some of this.#passed.values()) for (const one of some) one.destroy()
    this.#agent.destroy()
  }

  #ask(owner: string, address: string, request: IncomingMessage): ClientRequest {
    const { hostname, port } = new URL(address)
    const client = this.#addressOf(request)
    const from = this.#nodes.self
    const body = bodyOf(request)
    const headers: OutgoingHttpHeaders = {
      ...forTheNext(request.headers),
      host: request.headers.host ?? String(request.headers[':authority'] ?? ''),
      [FROM]: from,
      [CLIENT]: client,
      [PROOF]: this.#proof(owner, request, from, client),
    }
    if (body !== undefined) {
      Object.assign(headers, {
        'content-length': Buffer.byteLength(body),
        'content-type': 'text/plain; charset=utf-8',
      })
    }
    const passing = send({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? 80 : Number(port),
      method: request.method,
      path: pathOf(request),
      headers,
      agent: this.#agent,
      setHost: false,
    })
    givesUpConnecting(passing)
    if (body === undefined) request.pipe(passing)
    else passing.end(body)
    return passing
  }

  #until(owner: string, passing: ClientRequest): void {
    const some = this.#passed.get(owner) ?? new Set()
    this.#passed.set(owner, some)
    some.add(passing)
    passing.on('close', () => {
      some.delete(passing)
      if (some.size === 0 && this.#passed.get(owner) === some) this.#passed.delete(owner)
    })
  }

  #proof(owner: string, request: IncomingMessage, from: string, client: string): string {
    const what = [owner, from, client, request.method, pathOf(request)].join('\n')
    return createHmac('sha256', this.#nodes.secret).update(what).digest('base64url')
  }
}

/** The process that the cookie names, or `undefined`. */
function ownerOf({ headers }: IncomingMessage): string | undefined {
  return /(?:^|;\s*)JSESSIONID=([A-Za-z0-9_-]{1,64})(?=;|\s*$)/.exec(headers.cookie ?? '')?.[1]
}

function forTheNext(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name) && !name.startsWith(':')),
  )
}

/** Express takes off what a router is mounted at. */
function pathOf(request: IncomingMessage): string {
  return (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/'
}

/** What a body parser in front has read, as `xhr_send` brings it. */
function bodyOf(request: IncomingMessage): string | Uint8Array | undefined {
  if (!request.readableEnded) return undefined
  const { body } = request as { body?: unknown }
  const held = typeof body === 'object' && body !== null && 'd' in body ? body.d : body
  if (typeof held === 'string' || held instanceof Uint8Array) return held
  return held === undefined ? '' : JSON.stringify(held)
}

function givesUpConnecting(passing: ClientRequest): void {
  passing.on('socket', (socket) => {
    if (!socket.connecting) return
    const timer = setTimeout(() => passing.destroy(new Error('It cannot be reached')), CONNECT_MS)
    socket.once('connect', () => clearTimeout(timer))
    socket.once('close', () => clearTimeout(timer))
  })
}
