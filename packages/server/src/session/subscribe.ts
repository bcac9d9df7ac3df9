import type { Frame } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import { next, recover } from '../awaitable.js'
import { ACK_MODES } from '../broker/broker.js'
import type { AckMode, SubscribeRequest, SubscriptionActive } from '../broker/broker.js'
import { UNNAMED } from '../delivery.js'
import { DISCONNECTS, StompError } from '../errors.js'
import { isWildcard } from '../path-pattern.js'
import type { StompUser } from '../stomp-session.js'
import type { SubscriptionPlan } from '../subscription-plan.js'
import { answered } from './answered.js'
import { required } from './frame-headers.js'
import type { Session } from './session.js'
import { sharedDestination, sharedId } from './shared-names.js'
import { began, ended, recheck } from './subscriptions.js'
import type { SubscribeAttempt } from './subscriptions.js'

export function subscribe<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  const request = requested(session, frame)
  const { id, destination } = request
  const attempt = { destination, stale: false }
  session.attempt = attempt
  const active: SubscriptionActive = (receiptHeaders) => {
    began(session, id, destination)
    session.acknowledge(frame, receiptHeaders)
    session.services.events.emit('subscribed', { session, subscriptionId: id, destination })
  }
  return next(permitted(session, attempt), ({ destinations, answer }) => {
    if (session.state !== 'connected') return
    if (answer !== undefined) {
      return answered(session, request, {
        destinations,
        answer: () => answer(request.headers),
        subscribe: (live) => subscribeToAll(session, live, destinations, () => {}),
        withdraw: (error) => withdraw(session, id, error),
        permitted: () => (attempt.stale ? next(permitted(session, attempt), () => {}) : undefined),
        active: () => active(),
      })
    }
    return next(subscribeToParts(session, request, destinations, active), () => {
      if (session.attempt === attempt) session.attempt = undefined
      // Revoked while the broker took its time.
      if (attempt.stale) return next(recheck(session, id, destination), () => {})
    })
  })
}

/** @throws StompError unless the subscription is allowed now, whatever was revoked while that was decided */
function permitted<User extends StompUser>(
  session: Session<User>,
  attempt: SubscribeAttempt,
): Awaitable<SubscriptionPlan> {
  attempt.stale = false
  return next(session.services.planSubscription(session, attempt.destination), (plan) =>
    attempt.stale ? permitted(session, attempt) : plan,
  )
}

export function unsubscribe<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  const id = subscriptionId(session, frame, frame.headers.get('destination'))
  if (!session.subscriptions.has(id)) {
    // Cut by the server meanwhile.
    if (session.cutSubscriptions?.delete(id) === true) return session.acknowledge(frame)
    throw new StompError('subscription-unknown')
  }
  return next(session.link.unsubscribe(id), () => {
    session.acknowledge(frame)
    ended(session, id, undefined)
  })
}

/** What a SUBSCRIBE asks for, by the client's name for it. */
function requested<User extends StompUser>(session: Session<User>, frame: Frame): SubscribeRequest {
  const { headers } = frame
  const destination = sharedDestination(required(frame, 'destination'))
  const id = sharedId(subscriptionId(session, frame, destination))
  const ack = headers.get('ack') ?? 'auto'
  // A selector that is not applied would let everything through.
  if (headers.has('selector')) throw new StompError('selector-unsupported')
  if (!isAckMode(ack))
    throw new StompError('header-invalid', `ack cannot be ${ack}: ${ACK_MODES.join(', ')}.`)
  if (isWildcard(destination) && /\*\*./.test(destination)) {
    throw new StompError('destination-invalid', '** has to be the last segment of a destination.')
  }
  if (session.subscriptions.has(id)) throw new StompError('subscription-repeated')
  if (session.subscriptions.size >= session.services.limits.subscriptionsPerSession) {
    throw new StompError('too-many-subscriptions')
  }
  return { id, destination, ack, headers }
}

/**
 * Subscribes to all of these, which are one subscription to the client. Where the broker takes its time, one of them may
 * bring messages before the others are there: they wait for the receipt.
 */
function subscribeToParts<User extends StompUser>(
  session: Session<User>,
  request: SubscribeRequest,
  destinations: readonly string[],
  active: SubscriptionActive,
): Awaitable<void> {
  if (destinations.length === 1) return subscribeToAll(session, request, destinations, active)
  const { id } = request
  const { outbox, services } = session
  outbox.hold(id, services.limits.heldBytes)
  const allActive: SubscriptionActive = (receiptHeaders) => {
    if (outbox.overflowed(id)) return
    active(receiptHeaders)
    if (!outbox.release(id, undefined, undefined)) session.lost(DISCONNECTS.slow)
  }
  return recover(
    () =>
      next(subscribeToAll(session, request, destinations, allActive), () => {
        if (outbox.overflowed(id)) throw new StompError('snapshot-too-slow')
      }),
    (error) => withdraw(session, id, error),
  )
}

/** Subscribes one after another; `active` is called when the last is, with the receipt headers of all. */
function subscribeToAll<User extends StompUser>(
  session: Session<User>,
  request: SubscribeRequest,
  destinations: readonly string[],
  active: SubscriptionActive,
): Awaitable<void> {
  const [destination, ...others] = destinations
  // It may have ended between one and the next.
  if (destination === undefined || session.state !== 'connected') return
  if (others.length === 0) return session.link.subscribe({ ...request, destination }, active)
  let told: readonly string[] = []
  const oneActive: SubscriptionActive = (receiptHeaders = []) => {
    told = receiptHeaders
  }
  return next(session.link.subscribe({ ...request, destination }, oneActive), () =>
    subscribeToAll(session, request, others, (receiptHeaders = []) => active([...told, ...receiptHeaders])),
  )
}

/** A SUBSCRIBE has failed: takes back what there is of it, and of what it brought nothing goes out. */
function withdraw<User extends StompUser>(
  session: Session<User>,
  subscriptionId: string,
  error: unknown,
): Awaitable<never> {
  const failed = (): never => {
    session.outbox.forgetHeld(subscriptionId)
    throw error
  }
  // What the broker says of it is less than why.
  return next(
    recover(
      () => session.link.unsubscribe(subscriptionId),
      () => {},
    ),
    failed,
  )
}

/** STOMP 1.1, 1.2 "SUBSCRIBE": the id is required. In 1.0 a subscription may be known by its destination alone. */
function subscriptionId<User extends StompUser>(
  session: Session<User>,
  frame: Frame,
  destination: string | undefined,
): string {
  const id = frame.headers.get('id')
  if (id !== undefined) {
    if (id === '' || id.startsWith(UNNAMED)) throw new StompError('header-invalid', 'The id cannot be empty.')
    return id
  }
  if (session.version !== '1.0' || destination === undefined) return required(frame, 'id')
  return UNNAMED + destination
}

function isAckMode(value: string): value is AckMode {
  return (ACK_MODES as readonly string[]).includes(value)
}
