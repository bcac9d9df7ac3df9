import type { ClientCommand, Frame } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import { next } from '../awaitable.js'
import { ACK_MODES } from '../broker/broker.js'
import type { AckMode } from '../broker/broker.js'
import { UNNAMED } from '../delivery.js'
import { DISCONNECTS, StompError } from '../errors.js'
import type { ServerErrorCode } from '../errors.js'
import { isWildcard } from '../path-pattern.js'
import type { StompUser } from '../stomp-session.js'
import { connect } from './connect.js'
import { publishedMessage, required } from './frame-headers.js'
import type { Session, SessionState } from './session.js'

interface Row {
  /** The one state in which this frame is taken. */
  readonly takenIn: SessionState
  /** What the client is told in every other state. */
  readonly refusal: ServerErrorCode
  /** Carries the frame out, and sends its receipt at the moment that this is done. */
  readonly run: <User extends StompUser>(session: Session<User>, frame: Frame) => Awaitable<void>
}

const whenConnected = (run: Row['run']): Row => ({ takenIn: 'connected', refusal: 'connect-expected', run })
const whenConnecting = (run: Row['run']): Row => ({ takenIn: 'connecting', refusal: 'connect-repeated', run })
const unsupported: Row['run'] = (_, frame) => {
  throw new StompError('command-unsupported', `${frame.command} is not supported here.`)
}

/** What each client frame does. */
export const FRAME_TABLE: Readonly<Record<ClientCommand, Row>> = {
  CONNECT: whenConnecting(connect),
  // STOMP 1.1, 1.2 "CONNECT or STOMP Frame": servers MUST handle STOMP as CONNECT
  STOMP: whenConnecting(connect),
  SEND: whenConnected(send),
  SUBSCRIBE: whenConnected(subscribe),
  UNSUBSCRIBE: whenConnected(unsubscribe),
  ACK: whenConnected(unsupported),
  NACK: whenConnected(unsupported),
  BEGIN: whenConnected(unsupported),
  COMMIT: whenConnected(unsupported),
  ABORT: whenConnected(unsupported),
  DISCONNECT: whenConnected(disconnect),
}

function send<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  const message = publishedMessage(frame)
  return next(session.services.route(session, message, session.link), () => session.acknowledge(frame))
}

function subscribe<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  const { headers } = frame
  const destination = required(frame, 'destination')
  const id = subscriptionId(session, frame, destination)
  const ack = headers.get('ack') ?? 'auto'
  // A selector that is not applied would let everything through.
  if (headers.has('selector')) throw new StompError('selector-unsupported')
  if (!isAckMode(ack))
    throw new StompError('header-invalid', `ack cannot be ${ack}: ${ACK_MODES.join(', ')}.`)
  if (ack !== 'auto') throw new StompError('ack-unsupported', `ack:${ack} is not supported here.`)
  if (isWildcard(destination) && /\*\*./.test(destination)) {
    throw new StompError('destination-invalid', '** has to be the last segment of a destination.')
  }
  if (session.subscriptions.has(id)) throw new StompError('subscription-repeated')
  if (session.subscriptions.size >= session.services.limits.subscriptionsPerSession) {
    throw new StompError('too-many-subscriptions')
  }
  return next(session.services.permitSubscribe(session, destination), () => {
    if (session.state !== 'connected') return
    return session.link.subscribe({ id, destination, ack, headers }, () => {
      session.subscriptions.set(id, destination)
      session.services.metrics.openSubscriptions++
      session.acknowledge(frame)
      session.services.events.emit('subscribed', { session, subscriptionId: id, destination })
    })
  })
}

function unsubscribe<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  const id = subscriptionId(session, frame, frame.headers.get('destination'))
  const destination = session.subscriptions.get(id)
  if (destination === undefined) throw new StompError('subscription-unknown')
  return next(session.link.unsubscribe(id), () => {
    if (!session.subscriptions.delete(id)) return
    session.services.metrics.openSubscriptions--
    session.acknowledge(frame)
    session.services.events.emit('unsubscribed', { session, subscriptionId: id, destination })
  })
}

function disconnect<User extends StompUser>(session: Session<User>, frame: Frame): void {
  session.acknowledge(frame)
  session.close(DISCONNECTS.client)
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
