import type { ClientCommand, Frame } from '@stomping-ground/codec'
import type { Authenticate } from '../authentication.js'
import type { Awaitable } from '../awaitable.js'
import type { Broker, BrokerLink } from '../broker/broker.js'
import type { Clock } from '../clock.js'
import type { Delivery } from '../delivery.js'
import type { Limits } from '../limits.js'
import type { Message } from '../message.js'
import type { Events } from '../observe/events.js'
import type { Metrics } from '../observe/metrics.js'
import type { StompSession, StompUser } from '../stomp-session.js'
import type { SubscriptionPlan } from '../subscription-plan.js'
import type { Addresses } from './addresses.js'
import type { RateLimiter } from './rate-limiter.js'
import type { ReadingTurns } from './reading-turns.js'
import type { SessionIndex } from './session-index.js'
import type { HeartbeatSettings } from './heartbeat.js'
import type { OutboxTick } from './outbox-tick.js'
import type { SilenceWatch } from './silence-watch.js'
import type { SlowConsumers } from './slow-consumers.js'
import type { SlowReports } from './slow-reports.js'

/** What every session of a server uses; handed in by `server.ts`. */
export interface SessionServices<User extends StompUser> {
  readonly clock: Clock
  readonly limits: Limits
  readonly heartbeat: HeartbeatSettings
  readonly serverName: string
  readonly tick: OutboxTick
  readonly turns: ReadingTurns
  readonly addresses: Addresses
  /** Left out where nothing is limited. */
  readonly rates: RateLimiter | undefined
  readonly silence: SilenceWatch
  readonly slowConsumers: SlowConsumers
  readonly slowReports: SlowReports
  readonly broker: Broker
  readonly events: Events<User>
  readonly metrics: Metrics
  /** All sessions that have not ended, connected or not. */
  readonly sessions: SessionIndex<User>
  /**
   * Does what takes its turn among all that come and go.
   *
   * @returns nothing where it is done already; otherwise a promise, which fails with what `run` throws
   */
  inTurn(run: () => void): Promise<void> | undefined
  /** Sees each frame of a connected session, and gives what is carried out: where the application wants to. */
  readonly inbound:
    | ((session: StompSession<User>, frame: Frame<ClientCommand>) => Awaitable<Frame<ClientCommand>>)
    | undefined
  /** Sees each delivery, and gives what goes out: where the application wants to. It never throws. */
  readonly outbound:
    | ((session: StompSession<User>, delivery: Delivery, subscriptionId: string) => Delivery | undefined)
    | undefined
  readonly authenticate: Authenticate<User>
  /** A SEND to it renews the session's credentials. */
  readonly renewalDestination: string
  /** Brings a SEND to its handler or to the broker. Done means handled, where `confirm` says that anybody waits for it. */
  route(session: StompSession<User>, message: Message, link: BrokerLink, confirm: boolean): Awaitable<unknown>
  /** Whether a destination is handled by code. */
  isApplication(destination: string): boolean
  /** What the handler of a SEND answers; nothing where it has nothing to say. */
  request(
    session: StompSession<User>,
    message: Message,
  ): Awaitable<{ readonly body: Uint8Array; readonly contentType: string } | undefined>
  /**
   * The message as the broker takes it.
   *
   * @throws StompError when this session may not send to this destination, or not in a transaction
   */
  permitTransaction(session: StompSession<User>, message: Message): Awaitable<Message>
  /**
   * What a SUBSCRIBE comes to. Does nothing else: it is asked again when permissions are decided again.
   *
   * @throws StompError when this session may not subscribe to this destination
   */
  planSubscription(session: StompSession<User>, destination: string): Awaitable<SubscriptionPlan>
}
