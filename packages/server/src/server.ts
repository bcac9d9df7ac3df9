import { createRequire } from 'node:module'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { RENEWAL } from './authentication.js'
import type { ConnectRequest } from './authentication.js'
import { embeddedBroker } from './broker/embedded/embedded.js'
import { HistoryBroker } from './broker/history/history.js'
import type { History, HistorySurroundings } from './broker/history/history.js'
import { systemClock } from './clock.js'
import type { Clock } from './clock.js'
import type { Cluster } from './cluster/cluster.js'
import { clusterOf } from './cluster/cuts.js'
import { Membership } from './cluster/membership.js'
import { clusterSettings } from './cluster/settings.js'
import { DISCONNECTS, StompError } from './errors.js'
import { checkedLimits } from './limits.js'
import type { Limits } from './limits.js'
import { ErrorMap } from './messaging/error-map.js'
import { aroundOf, inboundOf, outboundOf } from './messaging/interceptors.js'
import { contentOf, messagingOver } from './messaging/messaging.js'
import type { Messaging } from './messaging/messaging.js'
import { Router } from './messaging/route.js'
import { Events } from './observe/events.js'
import { Metrics, count } from './observe/metrics.js'
import { checkOptions } from './options.js'
import type { StompServerOptions } from './options.js'
import { checkedRates } from './rates.js'
import { Addresses } from './session/addresses.js'
import { checkedServerName } from './session/connect.js'
import { checkedHeartbeat } from './session/heartbeat.js'
import { OutboxTick } from './session/outbox-tick.js'
import type { SessionServices } from './session/services.js'
import { RateLimiter } from './session/rate-limiter.js'
import { ReadingTurns } from './session/reading-turns.js'
import { SilenceWatch } from './session/silence-watch.js'
import { SessionIndex } from './session/session-index.js'
import { SlowConsumers } from './session/slow-consumers.js'
import { SlowReports } from './session/slow-reports.js'
import { Session } from './session/session.js'
import { closeGradually } from './session/shutdown.js'
import type { Sessions } from './sessions.js'
import type { StompSession, StompUser } from './stomp-session.js'
import { Admission } from './transport/admission.js'
import type { Accept } from './transport/connection.js'
import type { CompressionOptions } from './transport/deflate-wire.js'
import { Endpoint } from './transport/endpoint.js'
import { forwardedAddress } from './transport/forwarded.js'
import type { AddressOf } from './transport/forwarded.js'
import { mount } from './transport/http-mount.js'
import type { WebServer } from './transport/http-mount.js'
import type { PeerNodes } from './transport/sockjs/peers.js'
import type { SockJsOptions } from './transport/sockjs/settings.js'
import { listenTcp } from './transport/tcp.js'
import type { TcpListener, TcpOptions } from './transport/tcp.js'
import { BUSY, checkedOrigins, originAllowed, originOf, refuseUpgrade } from './transport/upgrade.js'
import { WebSocketTransport } from './transport/websocket.js'

export interface AttachOptions {
  /** Where clients connect: WebSockets at this path and at `/websocket` below it, SockJS below it. */
  readonly path: string
  /** Serves SockJS too, with these options. Default: WebSockets alone. */
  readonly sockjs?: boolean | SockJsOptions
  /**
   * Offers permessage-deflate to WebSockets, those of SockJS excepted: a broadcast is compressed once. Default: not.
   */
  readonly compression?: boolean | CompressionOptions
}

/** A STOMP server: sessions in front, a broker behind, handlers between. */
export class StompServer<User extends StompUser = StompUser> {
  readonly messaging: Messaging
  readonly events = new Events<User>()
  readonly metrics = new Metrics()
  readonly sessions: Sessions<User>
  readonly #sessions = new SessionIndex<User>()
  readonly limits: Limits
  /** There where the option `history` is given. */
  readonly history: History | undefined
  /** The servers that share the broker, and what they have in common. */
  readonly cluster: Cluster<User>
  readonly #membership: Membership
  readonly #origins: readonly string[]
  readonly #addressOf: AddressOf
  readonly #services: SessionServices<User>
  readonly #websockets: WebSocketTransport
  readonly #admission: Admission
  readonly #detach: (() => void)[] = []
  readonly #listeners: (() => void)[] = []
  #draining: Promise<void> | undefined

  /** @throws TypeError or RangeError naming what is wrong in the options */
  constructor(options: StompServerOptions<User> = {}) {
    checkOptions(options)
    const clock = options.clock ?? systemClock
    const inner = options.broker ?? embeddedBroker({ clock })
    const history =
      options.history && new HistoryBroker(inner, options.history, this.#historySurroundings(clock))
    const broker = history ?? inner
    this.history = history
    this.sessions = this.#sessions
    this.#membership = new Membership(inner, clusterSettings(options.cluster ?? {}), clock, {
      joined: (node) => this.events.emit('nodeJoined', { node }),
      left: (node, goodbye) => this.events.emit('nodeLeft', { node, goodbye }),
      failed: (error, during) => this.events.emit('failed', { session: undefined, error, during }),
      counts: this.metrics,
    })
    this.cluster = clusterOf(this.#membership, this.#sessions, (error) =>
      this.events.emit('failed', { session: undefined, error, during: 'a cut for another node' }),
    )
    this.#origins = checkedOrigins(options.origins ?? [])
    this.#addressOf = forwardedAddress(options.trustProxy)
    this.limits = checkedLimits(options.limits ?? {})
    const tick = new OutboxTick(clock, this.metrics)
    this.#admission = new Admission({
      clock,
      ...this.limits,
      counts: this.metrics,
      flush: () => tick.flush(),
    })
    this.messaging = messagingOver(broker)
    const { interceptors = [] } = options
    const failed = (session: StompSession<User>, error: unknown, during: string): void =>
      this.events.emit('failed', { session, error, during })
    const applicationPrefix = options.applicationPrefix ?? '/app'
    const router = new Router<User>({
      applicationPrefix,
      maps: options.messages ?? [],
      permissions: options.permissions ?? {},
      messaging: this.messaging,
      errors: new ErrorMap(options.onError ?? []),
      clock,
      handlerMs: this.limits.handlerMs,
      failed,
      around: aroundOf(interceptors),
    })
    this.#services = {
      clock,
      broker,
      limits: this.limits,
      heartbeat: checkedHeartbeat(options.heartbeat ?? {}),
      serverName: checkedServerName(options.serverName ?? `stomping-ground/${VERSION}`),
      tick,
      turns: new ReadingTurns(clock),
      addresses: new Addresses(this.limits),
      rates: options.rates && new RateLimiter(checkedRates(options.rates), clock),
      silence: new SilenceWatch(clock, this.limits.probeMs),
      slowConsumers: new SlowConsumers(options.slowConsumers ?? [], {
        bytes: this.limits.outboxBytes,
        ms: this.limits.outboxStandstillMs,
      }),
      slowReports: new SlowReports(clock),
      events: this.events,
      metrics: this.metrics,
      sessions: this.#sessions,
      inTurn: (run) => this.#admission.inTurn(run),
      authenticate: options.authenticate ?? (nameFromLogin as (request: ConnectRequest) => User),
      renewalDestination: applicationPrefix + RENEWAL,
      route: (session, message, link, confirm) => router.route(session, message, link, confirm),
      inbound: inboundOf(interceptors),
      outbound: outboundOf(interceptors, (session, error, destination) =>
        failed(session, error, `MESSAGE ${destination}`),
      ),
      isApplication: (destination) => router.isApplication(destination),
      request: (session, message) => router.request(session, message),
      permitTransaction: (session, message) => router.permitTransaction(session, message),
      planSubscription: (session, destination) => router.planSubscription(session, destination),
    }
    broker.observe({
      dropped: (destination, reason) => {
        count(this.metrics.drops, reason)
        this.events.emit('dropped', { destination, reason })
      },
      availability: (available, cause) => {
        this.metrics.brokerAvailable = available ? 1 : 0
        this.events.emit('brokerAvailability', { available, cause })
        this.#membership.availability(available)
      },
    })
    this.#websockets = new WebSocketTransport({
      accept: this.accept,
      clock,
      messageBytes: this.#messageBytes,
      closeMs: this.limits.closeMs,
      admission: this.#admission,
      addressOf: this.#addressOf,
    })
  }

  /**
   * Serves WebSockets, and SockJS, at a path of an HTTP server. Requests for it do not reach the server's listeners; all
   * others do, and those that nobody listens for are answered with 404.
   *
   * @throws TypeError or RangeError naming what is wrong in the options, or that this is no server of Node
   */
  attach(server: WebServer, options: AttachOptions): void {
    this.#detach.push(mount(server, this.endpoint(options)))
  }

  /**
   * The same for frameworks with routing of their own: hands requests over where they belong to the path.
   *
   * @throws TypeError or RangeError naming what is wrong in the options
   */
  endpoint({ path, sockjs = false, compression = false }: AttachOptions): Endpoint {
    const endpoint = new Endpoint({
      path,
      sockjs,
      compression,
      accept: this.accept,
      origins: this.#origins,
      addressOf: this.#addressOf,
      messageBytes: this.#messageBytes,
      closeMs: this.limits.closeMs,
      // A connection without a request that receives is congested: that alone is not reading too slowly.
      longestGapMs: this.limits.outboxStallMs,
      clock: this.#services.clock,
      admission: this.#admission,
      peers: sockjs === false ? undefined : this.#peers(),
      draining: () => this.#draining !== undefined,
      rejected: (request, status, message) => this.#rejected(this.#addressOf(request), status, message),
    })
    this.#detach.push(() => endpoint.close())
    return endpoint
  }

  /** Makes a session of one request for a WebSocket, whatever its path: for frameworks with routing of their own. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#draining !== undefined) return this.#reject(request, socket, 503, 'The server is closing.')
    if (!originAllowed(request, this.#origins)) {
      return this.#reject(request, socket, 403, `Pages from ${originOf(request.headers)} may not connect.`)
    }
    const admitted = this.#admission.enter(socket, () => this.#websockets.upgrade(request, socket, head))
    if (!admitted) this.#reject(request, socket, 503, BUSY)
  }

  /**
   * Serves STOMP over TCP, or over TLS, and accepts connections when the promise resolves.
   *
   * @throws Error as `net.Server` does, when the port is in use, say
   */
  async listenTcp(options: TcpOptions = {}): Promise<TcpListener> {
    const { clock, limits } = this.#services
    const listener = await listenTcp(options, {
      accept: this.accept,
      admission: this.#admission,
      rejected: (remoteAddress, status, message) => this.#rejected(remoteAddress, status, message),
      clock,
      limits,
    })
    this.#listeners.push(() => listener.close())
    return listener
  }

  /** Room for the session to read a frame that is too large, and to say so in an ERROR. */
  get #messageBytes(): number {
    return this.limits.frameBytes * 4
  }

  /** Makes a session on any connection: for transports of your own. While the server closes it is refused at once. */
  readonly accept: Accept = (connection) => {
    const session = new Session(connection, this.#services)
    if (this.#draining !== undefined) {
      session.refuse(new StompError('server-draining'), undefined, DISCONNECTS.shutdown)
    }
    return session
  }

  /**
   * Starts the broker and the history's store, and says hello to the other nodes. The embedded broker and the store in memory
   * need no starting.
   *
   * @throws Error that says what is wrong with the store, and what to do about it
   */
  async start(): Promise<void> {
    await this.#services.broker.start()
    await this.#membership.start()
  }

  /**
   * Closes the server without hurry: no new sessions, the present ones are closed with 1012 in batches spread over the
   * first half of the time, each after its outbox is flushed; whatever is still there at the end is cut. Idempotent: the
   * first call of this or of `close` counts.
   */
  drain({ withinMs }: { readonly withinMs: number }): Promise<void> {
    this.#draining ??= this.#close(withinMs / 2, withinMs)
    return this.#draining
  }

  /** Closes all sessions with 1012 at once, and waits for them at most `limits.closeMs`. Idempotent. */
  close(): Promise<void> {
    this.#draining ??= this.#close(0, this.limits.closeMs)
    return this.#draining
  }

  async #close(spreadMs: number, deadlineMs: number): Promise<void> {
    for (const stop of this.#listeners.splice(0)) stop()
    await closeGradually(this.#sessions, {
      clock: this.#services.clock,
      reason: DISCONNECTS.shutdown,
      spreadMs,
      deadlineMs,
    })
    // Only now: a client that polls hears of the close by its next request.
    for (const detach of this.#detach.splice(0)) detach()
    this.#membership.stop()
    await this.#services.broker.stop()
  }

  #historySurroundings(clock: Clock): HistorySurroundings {
    const { metrics, events } = this
    return {
      clock,
      encode: contentOf,
      observer: {
        available(available, error) {
          metrics.historyAvailable = available
          events.emit('history', { available, error })
        },
        appended(count, repeated) {
          metrics.historyMessages += count
          metrics.historyRepeated += repeated
        },
        replayed: (count) => void (metrics.historyReplayed += count),
        trimFailed: (error) =>
          events.emit('failed', { session: undefined, error, during: 'trimming the history' }),
      },
    }
  }

  /** Who else may have a session of SockJS, where nodes can reach each other. */
  #peers(): PeerNodes | undefined {
    const { secret } = this.#membership.settings
    if (secret === undefined) return undefined
    return {
      self: this.cluster.name,
      secret,
      addressOf: (name) => this.#membership.find(name)?.address,
      onGone: (listener) => this.events.on('nodeLeft', ({ node }) => listener(node.name)),
      passed: () => void this.metrics.sockJsPassed++,
    }
  }

  #reject(request: IncomingMessage, socket: Duplex, status: number, message: string): void {
    refuseUpgrade(socket, status, message)
    this.#rejected(this.#addressOf(request), status, message)
  }

  #rejected(remoteAddress: string, status: number, message: string): void {
    count(this.metrics.rejections, String(status))
    this.events.emit('rejected', { remoteAddress, status, message })
  }
}

/** Makes a server; it has no listener until it is attached to one. */
export function createStompServer<User extends StompUser = StompUser>(
  options: StompServerOptions<User> = {},
): StompServer<User> {
  return new StompServer(options)
}

export const { version: VERSION } = createRequire(import.meta.url)('../package.json') as { version: string }

function nameFromLogin({ login }: ConnectRequest): StompUser {
  return { name: login ?? '' }
}
