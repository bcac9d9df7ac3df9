import type { ConnectionOptions } from 'node:tls'
import type { Clock } from '../../clock.js'
import { systemClock } from '../../clock.js'
import { USER_PREFIX } from '../../contract.js'
import { userTopicPatterns } from '../../message.js'
import { PathPattern } from '../../path-pattern.js'
import { isTopic } from '../destinations.js'
import { DIALECTS } from './names.js'
import type { DialectName } from './names.js'

export interface RelayOptions {
  /**
   * Where the broker is: `stomp://user:passcode@host:61613/virtual-host`, `stomps://` for TLS. Several hosts with commas
   * between, or several URLs: the next one is tried when one cannot be reached. Without a port 61613, without a user
   * `guest`, without a virtual host `/`.
   */
  readonly url: string | readonly string[]
  /**
   * Topics that stay here: what is sent to them goes to those who are subscribed here and never to the broker, which need
   * not be there. Patterns as of rules: `/topic/rooms/{roomId}/members`; `/user/queue/x` are the sessions of users on this
   * node. A subscription by a wildcard that they do not cover whole has both. Default: none.
   */
  readonly local?: readonly string[]
  /** Who the connections of sessions, for queues and transactions, log in as. Default: the user of the URL. */
  readonly clientLogin?: string
  readonly clientPasscode?: string
  /** The intervals of heart-beats with the broker. Default 10,000 each way, as in Spring. */
  readonly heartbeatSendMs?: number
  readonly heartbeatReceiveMs?: number
  /** How long connecting, logging in included, may take. Default 10,000. */
  readonly connectMs?: number
  /** The first and the longest wait before connecting again; each is drawn at random below twice the last. 250 and 10,000. */
  readonly reconnectMs?: number
  readonly reconnectMostMs?: number
  /**
   * What becomes of what is sent while the broker is away: `wait` for it within the two bounds below, `refuse` at once
   * with `broker-unavailable`. Default `wait`.
   */
  readonly whenUnavailable?: 'wait' | 'refuse'
  /** How long a frame waits for the broker, and for its answer. Default 5,000. */
  readonly waitMs?: number
  /** How many frames wait together. Default 10,000. */
  readonly waiting?: number
  /** Bytes that wait for a broker that reads slowly, before sessions that send are paused. Default 1 MiB. */
  readonly sendBytes?: number
  /** The largest frame that the broker may send. Default 64 MiB. */
  readonly frameBytes?: number
  /** Deliveries of one queue subscription that wait unacked, and the most a `prefetch-count` can name. Default 1,000. */
  readonly prefetch?: number
  /** How the broker calls destinations. Default: what the name in its CONNECTED says. */
  readonly dialect?: DialectName
  /** For `stomps://`: `ca`, `cert`, `key`, as in Node's `tls.connect`. */
  readonly tls?: ConnectionOptions
  /** For tests. */
  readonly clock?: Clock
}

export interface UpstreamAddress {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly virtualHost: string
  readonly login: string
  readonly passcode: string
}

/** The options with their defaults. */
export interface RelaySettings {
  readonly addresses: readonly UpstreamAddress[]
  readonly local: readonly PathPattern[]
  readonly clientLogin: string | undefined
  readonly clientPasscode: string | undefined
  readonly heartbeatSendMs: number
  readonly heartbeatReceiveMs: number
  readonly connectMs: number
  readonly reconnectMs: number
  readonly reconnectMostMs: number
  readonly wait: boolean
  readonly waitMs: number
  readonly waiting: number
  readonly sendBytes: number
  readonly frameBytes: number
  readonly prefetch: number
  readonly dialect: DialectName | undefined
  readonly tls: ConnectionOptions
  readonly clock: Clock
}

const NUMBERS = {
  heartbeatSendMs: 10_000,
  heartbeatReceiveMs: 10_000,
  connectMs: 10_000,
  reconnectMs: 250,
  reconnectMostMs: 10_000,
  waitMs: 5_000,
  waiting: 10_000,
  sendBytes: 1_048_576,
  frameBytes: 67_108_864,
  prefetch: 1_000,
} as const

/** @throws TypeError or RangeError naming what is wrong */
export function relaySettings(options: RelayOptions): RelaySettings {
  const urls = typeof options.url === 'string' ? [options.url] : options.url
  if (urls.length === 0) throw new TypeError('The relay needs the url of a broker')
  const { dialect, whenUnavailable = 'wait' } = options
  if (dialect !== undefined && !(dialect in DIALECTS)) {
    throw new TypeError(`dialect has to be one of ${Object.keys(DIALECTS).join(', ')}, not ${dialect}`)
  }
  if (whenUnavailable !== 'wait' && whenUnavailable !== 'refuse') {
    throw new TypeError(`whenUnavailable has to be wait or refuse, not ${String(whenUnavailable)}`)
  }
  return {
    ...(Object.fromEntries(
      Object.entries(NUMBERS).map(([name, byDefault]) => [name, bound(name, options, byDefault)]),
    ) as { [Name in keyof typeof NUMBERS]: number }),
    addresses: urls.flatMap(parseAddresses),
    local: (options.local ?? []).flatMap(localPatterns),
    clientLogin: options.clientLogin,
    clientPasscode: options.clientPasscode,
    wait: whenUnavailable === 'wait',
    dialect,
    tls: options.tls ?? {},
    clock: options.clock ?? systemClock,
  }
}

function bound(name: string, options: RelayOptions, byDefault: number): number {
  const value = (options as unknown as Readonly<Record<string, number | undefined>>)[name] ?? byDefault
  const least = name.startsWith('heartbeat') ? 0 : 1
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new RangeError(`${name} has to be a whole number of at least ${least}, not ${value}`)
}

function localPatterns(source: string): PathPattern[] {
  if (isTopic(source)) return [new PathPattern(source)]
  if (source.startsWith(`${USER_PREFIX}/`))
    return userTopicPatterns(source).map((topic) => new PathPattern(topic))
  throw new TypeError(`local has to list topics and user destinations, not ${JSON.stringify(source)}`)
}

const FORM = 'The url of the broker has to be of the form stomp://user:passcode@host:61613/virtual-host'

/**
 * Hosts share all the rest. The passcode is in the URL: an error must not show it.
 *
 *     url = ("stomp" | "stomps") "://" [user [":" passcode] "@"] host [":" port] *("," host [":" port]) ["/" virtual-host]
 */
function parseAddresses(text: string): UpstreamAddress[] {
  const [, scheme, user = '', hosts, rest] = /^(\w+:\/\/)([^/?#]*@)?([^@/?#]*)(.*)$/s.exec(text) ?? []
  if (scheme === undefined || hosts === undefined || rest === undefined) throw new TypeError(FORM)
  // `stomp://one,http://two` would be a host `http` otherwise.
  if (/:(,|$)/.test(hosts)) throw new TypeError(FORM)
  return hosts.split(',').map((host) => parseAddress(scheme + user + host + rest))
}

function parseAddress(text: string): UpstreamAddress {
  if (!URL.canParse(text)) throw new TypeError(FORM)
  const url = new URL(text)
  if (url.protocol !== 'stomp:' && url.protocol !== 'stomps:') {
    throw new TypeError(
      `The url of the broker has to begin with stomp:// or stomps://, not ${url.protocol}//`,
    )
  }
  if (url.hostname === '') throw new TypeError('The url of the broker has to name a host')
  if (url.search !== '' || url.hash !== '') throw new TypeError(FORM)
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 61_613 : Number(url.port),
    tls: url.protocol === 'stomps:',
    virtualHost: url.pathname.length > 1 ? decoded(url.pathname.slice(1)) : '/',
    login: url.username === '' ? 'guest' : decoded(url.username),
    passcode: url.username === '' ? 'guest' : decoded(url.password),
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new TypeError('The url of the broker has to write a % as %25')
  }
}
