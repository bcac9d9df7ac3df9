import type { Authenticate } from './authentication.js'
import type { Broker } from './broker/broker.js'
import type { HistoryOptions } from './broker/history/history.js'
import type { Clock } from './clock.js'
import type { ClusterOptions } from './cluster/cluster.js'
import type { Limits } from './limits.js'
import type { ErrorMapping } from './messaging/error-map.js'
import type { Interceptor } from './messaging/interceptors.js'
import type { Mappings } from './messaging/message-map.js'
import type { Permissions } from './messaging/permissions.js'
import type { RateOptions } from './rates.js'
import type { HeartbeatSettings } from './session/heartbeat.js'
import type { SlowConsumerRule } from './session/slow-consumers.js'
import type { StompUser } from './stomp-session.js'
import type { TrustedProxies } from './transport/forwarded.js'

/** All of it is optional: `createStompServer()` is a server for topics that only the application sends to. */
export interface StompServerOptions<User extends StompUser = StompUser> {
  /**
   * Finds the user behind a CONNECT, or throws a StompError (code `authentication-failed`, say). Its result may say until
   * when that holds: `{ user, expiresAt }`. Left out: everyone gets in under the login they name, or under no name.
   */
  readonly authenticate?: Authenticate<User>
  readonly permissions?: Permissions<User>
  /** Their patterns may not take the same destinations. */
  readonly messages?: readonly Mappings<User>[]
  /** Code around frames, handler calls and deliveries: see `Interceptor`, and what it costs. */
  readonly interceptors?: readonly Interceptor<User>[]
  /** What is done about errors of handlers that no map's own `onError` takes. */
  readonly onError?: readonly ErrorMapping<User>[]
  /** Destinations below it go to `messages`. Default `/app`. */
  readonly applicationPrefix?: string
  /** Default: one in this process. */
  readonly broker?: Broker
  /** Which destinations keep their messages, and where. Default: none does. */
  readonly history?: HistoryOptions
  /**
   * About this server as one of those that share the broker. Without any of it they find each other too; with a broker of
   * this process alone it says nothing.
   */
  readonly cluster?: ClusterOptions
  readonly limits?: Partial<Limits>
  /**
   * What subscribers of topics lose who read too slowly; the first rule that matches counts. Default: nothing, they are
   * disconnected.
   */
  readonly slowConsumers?: readonly SlowConsumerRule[]
  readonly heartbeat?: Partial<HeartbeatSettings>
  /** How fast clients may send and connect. Default: as fast as they like; the bounds of `limits` hold in any case. */
  readonly rates?: RateOptions
  /**
   * The proxies in front whose `X-Forwarded-For` is believed: how many there are, or their addresses. Default: none, and the
   * remote address is the one that the socket tells.
   */
  readonly trustProxy?: TrustedProxies
  /**
   * Origins whose pages may connect, besides pages of the server's own origin: `https://chat.example.com`, or `*` for
   * all. Default: none.
   */
  readonly origins?: readonly string[]
  /** The name in CONNECTED's `server` header. */
  readonly serverName?: string
  /** For tests. */
  readonly clock?: Clock
}

/** What each is, for those whom no compiler tells: a list, or anything else. */
const OPTIONS: Readonly<Record<keyof StompServerOptions, 'list' | 'other'>> = {
  authenticate: 'other',
  permissions: 'other',
  messages: 'list',
  interceptors: 'list',
  onError: 'list',
  applicationPrefix: 'other',
  broker: 'other',
  history: 'other',
  cluster: 'other',
  limits: 'other',
  slowConsumers: 'list',
  heartbeat: 'other',
  rates: 'other',
  trustProxy: 'other',
  origins: 'list',
  serverName: 'other',
  clock: 'other',
}

/**
 * A name that is none would be passed over: of misspelt `permissions` nobody would hear.
 *
 * @throws TypeError
 */
export function checkOptions(options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name)) throw new TypeError(`${name} is no option of a server`)
    if (OPTIONS[name as keyof typeof OPTIONS] === 'list' && value !== undefined && !Array.isArray(value)) {
      throw new TypeError(`${name} has to be a list`)
    }
  }
}
