import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Admission } from '../admission.js'
import { BUSY, pageAllowed } from '../upgrade.js'
import { NO_CACHE, corsHeaders, preflightHeaders, sessionCookie } from './headers.js'
import type { SockJsSettings } from './settings.js'
import { IframePage, PLAIN_TEXT, answer, greet, inform } from './pages.js'
import { PayloadError, readBody } from './payload.js'
import type { Peers } from './peers.js'
import type { Receiver } from './receiver.js'
import { ROUTES } from './routes.js'
import type { ReceivingRoute, Route, SendingRoute } from './routes.js'
import { SockJsSession } from './session.js'
import type { SessionSettings } from './session.js'

export interface SockJsServices extends Pick<SessionSettings, 'accept' | 'addressOf' | 'clock' | 'closeMs'> {
  readonly origins: readonly string[]
  /** The largest body of a request that sends. */
  readonly messageBytes: number
  readonly admission: Admission
  /** The other processes that may have a session. Left out: none, or the balancer sees to it. */
  readonly peers: Peers | undefined
  /** Whether new sessions are refused. */
  draining(): boolean
  rejected(request: IncomingMessage, status: number, message: string): void
}

/** One request to the endpoint. */
interface Asked {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The process that its cookie names is gone, or closing. */
  orphan?: boolean
}

/** sockjs-protocol "Session URLs": what balancers go by, and the session. Neither is empty or holds a dot. */
const SESSION_PATH = /^\/[^/.]+\/([^/.]+)\/([a-z_]+)$/
const IFRAME_PATH = /^\/iframe[0-9-.a-z_]*\.html$/

/** All of SockJS under one base URL, but for WebSockets: which answer which request gets. */
export class SockJsService {
  readonly #settings: SockJsSettings
  readonly #services: SockJsServices
  readonly #sessionSettings: SessionSettings
  readonly #iframe: IframePage
  readonly #sessions = new Map<string, SockJsSession>()

  constructor(settings: SockJsSettings, services: SockJsServices) {
    this.#settings = settings
    this.#services = services
    this.#iframe = new IframePage(settings.clientLibraryUrl, services.origins)
    this.#sessionSettings = {
      accept: services.accept,
      addressOf: services.addressOf,
      clock: services.clock,
      closeMs: services.closeMs,
      heartbeatMs: settings.heartbeatMs,
      disconnectDelayMs: settings.disconnectDelayMs,
      cacheBytes: settings.cacheBytes,
      inboundBytes: services.messageBytes,
      forget: ({ id }) => this.#sessions.delete(id),
    }
  }

  /** Sessions over HTTP that are there, or still answer with their close frame. */
  get size(): number {
    return this.#sessions.size
  }

  /** Answers a request. @param path what follows the base URL: nothing, or a slash and more */
  handle(request: IncomingMessage, response: ServerResponse, path: string): void {
    const asked = { request, response }
    if (path === '' || path === '/') return this.#page(asked, () => greet(response))
    if (path === '/info') return this.#info(asked)
    if (IFRAME_PATH.test(path)) {
      return this.#page(asked, () => this.#iframe.answer(request, response, this.#services.clock))
    }
    const [, sessionId, transport] = SESSION_PATH.exec(path) ?? []
    const route = ROUTES.get(transport ?? '')
    if (route !== undefined) this.#session(asked, sessionId!, route)
    else if (transport === 'websocket' && this.#settings.websocket) this.#withoutUpgrade(asked)
    else answer(response, 404, PLAIN_TEXT, 'There is nothing here.\n')
  }

  /** Lets go of all sessions without a word. */
  close(): void {
    for (const session of this.#sessions.values()) session.drop()
  }

  #page(asked: Asked, show: () => void): void {
    if (this.#methodIs(asked, ['GET', 'HEAD'])) show()
  }

  #info(asked: Asked): void {
    if (this.#preflight(asked, ['GET']) || !this.#methodIs(asked, ['GET', 'HEAD', 'OPTIONS'])) return
    if (!this.#pageIsAllowed(asked, false)) return
    const sessionCookie = this.#settings.sessionCookie || this.#services.peers !== undefined
    inform(asked.response, this.#cors(asked), { ...this.#settings, sessionCookie })
  }

  #session(asked: Asked, sessionId: string, route: Route): void {
    if (route.cors && this.#preflight(asked, [route.method])) return
    if (!this.#methodIs(asked, route.cors ? ['OPTIONS', route.method] : [route.method])) return
    if (!this.#pageIsAllowed(asked, route.script === true)) return
    const here = (): void => {
      const session = this.#sessions.get(sessionId)
      if (route.kind === 'receiving') this.#receive(asked, sessionId, session, route)
      else this.#send(asked, session, route)
    }
    const orphaned = (): void => {
      asked.orphan = true
      here()
    }
    const isHere = this.#sessions.has(sessionId)
    if (isHere || this.#services.peers?.pass(asked.request, asked.response, orphaned) !== true) here()
  }

  #receive(asked: Asked, id: string, session: SockJsSession | undefined, route: ReceivingRoute): void {
    const callback = route.callback ? this.#callback(asked) : ''
    if (callback === undefined) return
    // One session speaks one transport, as in Spring: what waits for it is encoded.
    if (session !== undefined && session.wire !== route.wire) return this.#noSession(asked, route)
    if (session === undefined && this.#services.draining()) {
      return this.#reject(asked, 503, 'The server is closing.', this.#services.peers?.notHere(asked.request))
    }
    if (session !== undefined) return session.receive(this.#receiver(asked, callback, route))
    const admitted = this.#services.admission.enter(asked.response, () => {
      // Another request may have opened it meanwhile.
      if (this.#sessions.has(id)) this.#receive(asked, id, this.#sessions.get(id), route)
      else this.#open(asked, id, callback, route)
    })
    if (!admitted) this.#reject(asked, 503, BUSY)
  }

  #open(asked: Asked, id: string, callback: string, route: ReceivingRoute): void {
    const opened = new SockJsSession(id, route.wire, asked.request, this.#sessionSettings)
    const receiver = this.#receiver(asked, callback, route)
    this.#sessions.set(id, opened)
    opened.open(receiver)
  }

  #receiver(asked: Asked, callback: string, route: ReceivingRoute): Receiver {
    const { request, response } = asked
    const headers = { ...this.#sessionHeaders(asked, route), ...route.headers }
    return route.receiver({ request, response, headers }, callback, {
      streamBytes: this.#settings.streamBytes,
      origins: this.#services.origins,
    })
  }

  #send(asked: Asked, session: SockJsSession | undefined, route: SendingRoute): void {
    if (session === undefined) return this.#noSession(asked, route)
    const { request, response } = asked
    const headers = this.#sessionHeaders(asked, route)
    const refuse = (status: number, message: string): void => {
      // A body that stays unread would have to be got out of the way of the next request.
      if (status === 413) response.shouldKeepAlive = false
      answer(response, status, { ...headers, ...PLAIN_TEXT }, message)
    }
    readBody(request, this.#services.messageBytes, (body) => {
      try {
        if (body instanceof PayloadError) throw body
        const messages = route.messages(body, request)
        session.send(messages, (room) => {
          if (room) route.taken(response, headers)
          else refuse(503, 'Too much waits to be handled.')
        })
      } catch (error) {
        if (!(error instanceof PayloadError)) throw error
        refuse(error.status, error.message)
      }
    })
  }

  /** sockjs-protocol "WebSocket protocols": what is no request for an upgrade gets no farther. */
  #withoutUpgrade(asked: Asked): void {
    if (!this.#methodIs(asked, ['GET'])) return
    answer(asked.response, 400, PLAIN_TEXT, 'Can "Upgrade" only to "WebSocket".\n')
  }

  /** The name of the function that an answer calls. */
  #callback({ request, response }: Asked): string | undefined {
    const { searchParams } = new URL(request.url ?? '/', 'http://host')
    const callback = searchParams.get('c') ?? searchParams.get('callback') ?? ''
    if (/^[a-zA-Z0-9-_.]{1,64}$/.test(callback)) return callback
    const message = callback === '' ? '"callback" parameter required' : 'invalid "callback" parameter'
    answer(response, 500, { ...NO_CACHE, ...PLAIN_TEXT }, message)
    return undefined
  }

  /** Answers a preflight of CORS. */
  #preflight(asked: Asked, methods: readonly string[]): boolean {
    if (asked.request.method !== 'OPTIONS') return false
    if (!this.#pageIsAllowed(asked, false)) return true
    const cors = this.#settings.cors
      ? {
          ...this.#cors(asked),
          ...preflightHeaders(['OPTIONS', ...methods].join(', '), this.#services.clock),
        }
      : {}
    asked.response.writeHead(204, { ...cors, ...this.#cookie(asked) }).end()
    return true
  }

  #methodIs({ request, response }: Asked, allowed: readonly string[]): boolean {
    if (allowed.includes(request.method!)) return true
    response.writeHead(405, { Allow: allowed.join(', '), 'Content-Length': 0 }).end()
    return false
  }

  #pageIsAllowed(asked: Asked, proof: boolean): boolean {
    const { request } = asked
    if (pageAllowed(request, this.#services.origins, proof)) return true
    const page = request.headers.origin ?? request.headers.referer ?? 'an unknown origin'
    this.#reject(asked, 403, `Pages from ${page} may not connect.`)
    return false
  }

  #noSession(asked: Asked, route: Route): void {
    const headers = { ...this.#sessionHeaders(asked, route), ...PLAIN_TEXT }
    answer(asked.response, 404, headers, 'There is no such session.\n')
  }

  #reject({ request, response }: Asked, status: number, message: string, more?: OutgoingHttpHeaders): void {
    this.#services.rejected(request, status, message)
    answer(response, status, { ...NO_CACHE, ...PLAIN_TEXT, ...more }, `${message}\n`)
  }

  #sessionHeaders(asked: Asked, { cors }: Route): OutgoingHttpHeaders {
    return { ...NO_CACHE, ...(cors ? this.#cors(asked) : {}), ...this.#cookie(asked) }
  }

  #cors({ request }: Asked): OutgoingHttpHeaders {
    return this.#settings.cors ? corsHeaders(request) : {}
  }

  #cookie({ request, orphan = false }: Asked): OutgoingHttpHeaders {
    const { peers } = this.#services
    if (peers !== undefined) return sessionCookie(request, orphan ? peers.self : peers.ownerFor(request))
    return this.#settings.sessionCookie ? sessionCookie(request) : {}
  }
}
