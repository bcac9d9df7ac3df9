import { systemClock } from './clock.js'
import { withFallback } from './fallback.js'
import type { FallbackMemory } from './fallback.js'
import type { Headers, OpenLink } from './link.js'
import type { ClientOptions, SocketFactory } from './options.js'
import { page } from './page-events.js'
import { stompLinks, SUBPROTOCOLS } from './stomp-link.js'

export type Settings = ReturnType<typeof settingsOf>

/**
 * The options with their defaults.
 *
 * @throws TypeError or RangeError naming what is wrong
 */
export function settingsOf(options: ClientOptions) {
  const { clock = systemClock, fallback } = options
  const settings = {
    open: options.webSocketFactory ?? webSockets(options),
    connectTimeoutMs: options.connectTimeoutMs ?? 5_000,
    fallback: fallback && {
      open: fallback.webSocketFactory,
      connectTimeoutMs: fallback.connectTimeoutMs ?? 15_000,
      memory: fallback.memory ?? inThisClient(),
    },
    applicationPrefix: options.applicationPrefix ?? '/app',
    connectHeaders: options.connectHeaders ?? {},
    token: options.token,
    heartbeat: { outgoingMs: 10_000, incomingMs: 10_000, ...options.heartbeat },
    backoff: { baseMs: 1_000, capMs: 30_000, ...options.backoff },
    mayReconnect: options.mayReconnect,
    outgoing: { messages: 1_000, bytes: 1_048_576, attempts: 4, ...options.outgoing },
    subscriptions: options.subscriptions ?? 1_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    onSession: options.onSession,
    onError: options.onError ?? thrown,
    clock,
    surroundings: options.surroundings ?? page,
    random: options.random ?? Math.random,
  }
  const { outgoing, backoff, heartbeat } = settings
  refuseUnless('from 1 up', (value) => value >= 1, {
    connectTimeoutMs: settings.connectTimeoutMs,
    'fallback.connectTimeoutMs': settings.fallback?.connectTimeoutMs ?? 1,
    'backoff.baseMs': backoff.baseMs,
    'backoff.capMs': backoff.capMs,
    'outgoing.messages': outgoing.messages,
    'outgoing.bytes': outgoing.bytes,
    'outgoing.attempts': outgoing.attempts,
    subscriptions: settings.subscriptions,
    requestTimeoutMs: settings.requestTimeoutMs,
  })
  refuseUnless('from 0 up', (value) => value >= 0, {
    'heartbeat.outgoingMs': heartbeat.outgoingMs,
    'heartbeat.incomingMs': heartbeat.incomingMs,
  })
  return settings
}

/** How sessions are had. */
export function openLinks(settings: Settings, connectHeaders: () => Promise<Headers>): OpenLink {
  const { open, connectTimeoutMs, fallback, heartbeat, clock, onError: report } = settings
  const shared = { connectHeaders, heartbeat, clock, report }
  const primary = stompLinks({ ...shared, via: 'primary', open, connectTimeoutMs })
  if (fallback === undefined) return primary
  return withFallback({
    primary,
    fallback: stompLinks({ ...shared, ...fallback, via: 'fallback' }),
    memory: fallback.memory,
    clock,
  })
}

function webSockets({ url, WebSocket }: ClientOptions): SocketFactory {
  if (url === undefined) throw new TypeError('A client needs a url or a webSocketFactory')
  const { location, WebSocket: ownWebSocket } = globalThis as Partial<typeof globalThis>
  const target = new URL(url, location?.href)
  target.protocol = target.protocol.replace(/^http/, 'ws')
  if (target.protocol !== 'ws:' && target.protocol !== 'wss:')
    throw new TypeError(`${url} is no address of a WebSocket`)
  const Socket = WebSocket ?? ownWebSocket
  if (Socket === undefined) {
    throw new TypeError(
      'There is no global WebSocket here: pass the one of the package ws as the option WebSocket',
    )
  }
  return () => new Socket(target.href, [...SUBPROTOCOLS])
}

function inThisClient(): FallbackMemory {
  let until = 0
  return { read: () => until, write: (untilMs) => void (until = untilMs) }
}

/** As if nobody had caught it. */
function thrown(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

function refuseUnless(
  range: string,
  valid: (value: number) => boolean,
  values: Readonly<Record<string, number>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    if (!Number.isSafeInteger(value) || !valid(value)) {
      throw new RangeError(`${name} has to be a whole number ${range}, not ${value}`)
    }
  }
}
