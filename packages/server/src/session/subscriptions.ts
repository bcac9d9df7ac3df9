import type { Awaitable } from '../awaitable.js'
import { next } from '../awaitable.js'
import { DISCONNECTS, StompError } from '../errors.js'
import type { DisconnectReason } from '../errors.js'
import type { StompUser } from '../stomp-session.js'
import type { Session } from './session.js'

/** A SUBSCRIBE on its way: what was decided about it may have changed meanwhile. */
export interface SubscribeAttempt {
  readonly destination: string
  stale: boolean
}

/** How a client hears that a subscription was cut. */
export interface Cut {
  readonly refusal: StompError
  /** `none`: not at all, and what it still says of the subscription is taken without complaint. */
  readonly notice: 'error' | 'none'
}

/** The subscription is live. */
export function began<User extends StompUser>(
  session: Session<User>,
  subscriptionId: string,
  destination: string,
): void {
  session.subscriptions.add(subscriptionId, destination)
  session.cutSubscriptions?.delete(subscriptionId)
  session.services.metrics.openSubscriptions++
}

/** @returns false where there was no such subscription any more */
export function ended<User extends StompUser>(
  session: Session<User>,
  subscriptionId: string,
  reason: DisconnectReason | undefined,
): boolean {
  const destination = session.subscriptions.get(subscriptionId)
  if (destination === undefined) return false
  session.subscriptions.delete(subscriptionId)
  session.forgetWaiting(subscriptionId)
  session.outbox.forgetHeld(subscriptionId)
  session.services.metrics.openSubscriptions--
  session.services.events.emit('unsubscribed', { session, subscriptionId, destination, reason })
  return true
}

/**
 * Takes a subscription from a session. STOMP has no UNSUBSCRIBE of the server's: an ERROR tells of it, which closes the
 * session unless the client asked to go on after errors.
 *
 * @returns whether there was such a subscription; nothing comes by it once this is done
 */
export function cut<User extends StompUser>(
  session: Session<User>,
  subscriptionId: string,
  { refusal, notice }: Cut,
): Awaitable<boolean> {
  if (session.state !== 'connected' || !session.subscriptions.has(subscriptionId)) return false
  return next(session.link.unsubscribe(subscriptionId), () => {
    const destination = session.subscriptions.get(subscriptionId)
    if (!ended(session, subscriptionId, DISCONNECTS.revoked)) return true
    remember(session, subscriptionId)
    if (notice === 'error') session.revoked(refusal, subscriptionId, destination!)
    return true
  })
}

/**
 * The client may have sent UNSUBSCRIBE, ACK or NACK before it heard. As many ids as there can be subscriptions are
 * remembered, the latest ones.
 */
function remember<User extends StompUser>(session: Session<User>, subscriptionId: string): void {
  const ids = (session.cutSubscriptions ??= new Set())
  ids.add(subscriptionId)
  if (ids.size > session.services.limits.subscriptionsPerSession) ids.delete(ids.values().next().value!)
}

/**
 * Decides again whether a session may have a subscription, and takes it away where it may not. A rule that throws
 * allows nothing.
 *
 * @returns whether it was taken
 */
export function recheck<User extends StompUser>(
  session: Session<User>,
  subscriptionId: string,
  destination: string,
): Awaitable<boolean> {
  const refused = (error: unknown): Awaitable<boolean> => {
    if (session.subscriptions.get(subscriptionId) !== destination) return false
    if (!(error instanceof StompError)) {
      session.services.events.emit('failed', { session, error, during: `permission for ${destination}` })
    }
    return cut(session, subscriptionId, { refusal: new StompError('permission-revoked'), notice: 'error' })
  }
  try {
    const decided = session.services.planSubscription(session, destination)
    return decided instanceof Promise ? decided.then(() => false, refused) : false
  } catch (error) {
    return refused(error)
  }
}
