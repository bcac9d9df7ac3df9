import { StompHeaders } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import { next, recover } from '../awaitable.js'
import type { SubscribeRequest } from '../broker/broker.js'
import { DISCONNECTS, StompError } from '../errors.js'
import type { StompUser } from '../stomp-session.js'
import type { Snapshot } from '../subscription-plan.js'
import { ownDelivery } from './own-messages.js'
import type { Session } from './session.js'

/** The steps of a SUBSCRIBE that a handler answers. */
interface Steps {
  readonly destinations: readonly string[]
  readonly answer: () => Awaitable<Snapshot>
  /** Subscribes to the flow that follows. */
  readonly subscribe: (live: SubscribeRequest) => Awaitable<void>
  /** Takes back what there is of it. @throws the error */
  readonly withdraw: (error: unknown) => Awaitable<never>
  /** Decides again, where what was decided may have changed. @throws StompError */
  readonly permitted: () => Awaitable<void>
  /** The subscription is there: sends its receipt. */
  readonly active: () => void
}

const NO_HEADERS = new StompHeaders([])

/**
 * Answers a SUBSCRIBE once, and lets the live flow of a broker destination follow.
 *
 *     subscribe to the flow, and hold back what comes ──> make the snapshot ──> RECEIPT, snapshot, what was held ──> flow
 *
 * So nothing that is published after the SUBSCRIBE is missed. What fails leaves nothing subscribed.
 */
export function answered<User extends StompUser>(
  session: Session<User>,
  request: SubscribeRequest,
  { destinations, answer, subscribe, withdraw, permitted, active }: Steps,
): Awaitable<void> {
  const { id, ack } = request
  const { outbox, services } = session
  if (ack !== 'auto') {
    throw new StompError('header-invalid', `ack cannot be ${ack} where a handler answers: auto.`)
  }
  // The client's headers are the handler's: a replay (`x-stream-offset`) would stand between snapshot and flow.
  const live: SubscribeRequest = { ...request, headers: NO_HEADERS }
  const send = ({ message, isIn }: Snapshot): void => {
    if (session.state !== 'connected') return outbox.forgetHeld(id)
    if (outbox.overflowed(id)) throw new StompError('snapshot-too-slow')
    active()
    const first = message === undefined ? undefined : ownDelivery(message)
    if (!outbox.release(id, isIn, first)) session.lost(DISCONNECTS.slow)
  }
  if (destinations.length > 0) outbox.hold(id, services.limits.heldBytes)
  return recover(
    () => next(subscribe(live), () => next(answer(), (snapshot) => next(permitted(), () => send(snapshot)))),
    withdraw,
  )
}
