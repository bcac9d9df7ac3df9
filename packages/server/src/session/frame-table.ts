import type { ClientCommand, Frame } from '@stomping-ground/codec'
import type { Awaitable } from '../awaitable.js'
import { next } from '../awaitable.js'
import type { Acknowledgement } from '../broker/broker.js'
import { DISCONNECTS, StompError } from '../errors.js'
import type { ServerErrorCode } from '../errors.js'
import type { StompUser } from '../stomp-session.js'
import { connect } from './connect.js'
import { acknowledged, publishedMessage, required } from './frame-headers.js'
import { isRequest, request } from './request.js'
import { renew } from './renew.js'
import type { Session, SessionState } from './session.js'
import { subscribe, unsubscribe } from './subscribe.js'

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

/** What each client frame does. */
export const FRAME_TABLE: Readonly<Record<ClientCommand, Row>> = {
  CONNECT: whenConnecting(connect),
  // STOMP 1.1, 1.2 "CONNECT or STOMP Frame": servers MUST handle STOMP as CONNECT
  STOMP: whenConnecting(connect),
  SEND: whenConnected(send),
  SUBSCRIBE: whenConnected(subscribe),
  UNSUBSCRIBE: whenConnected(unsubscribe),
  ACK: whenConnected(ack),
  NACK: whenConnected(nack),
  BEGIN: whenConnected(begin),
  COMMIT: whenConnected(commit),
  ABORT: whenConnected(abort),
  DISCONNECT: whenConnected(disconnect),
}

function send<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  const message = publishedMessage(frame)
  const transaction = frame.headers.get('transaction')
  const done = (): void => session.acknowledge(frame)
  if (transaction === undefined) {
    if (message.destination === session.services.renewalDestination) return renew(session, frame)
    if (isRequest(session, message)) return request(session, frame, message)
    const confirm = frame.headers.has('receipt')
    return next(session.services.route(session, message, session.link, confirm), done)
  }
  return next(session.services.permitTransaction(session, message), (permitted) => {
    session.transactions.add(transaction, { kind: 'send', message: permitted })
    done()
  })
}

function ack<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  return settle(session, frame, 'ack')
}

function nack<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  // STOMP 1.0 has no NACK.
  if (session.version === '1.0') throw new StompError('command-unsupported', 'STOMP 1.0 has no NACK.')
  return settle(session, frame, 'nack')
}

function settle<User extends StompUser>(
  session: Session<User>,
  frame: Frame,
  kind: 'ack' | 'nack',
): Awaitable<void> {
  const acknowledgement = acknowledged(frame, session.version)
  const transaction = frame.headers.get('transaction')
  const done = (): void => session.acknowledge(frame)
  if (cutMeanwhile(session, acknowledgement)) return done()
  if (transaction === undefined) {
    return next(session.link[kind](acknowledgement, frame.headers.has('receipt')), done)
  }
  if (!session.link.awaits(acknowledgement)) throw new StompError('ack-unknown')
  session.transactions.add(transaction, { kind, acknowledgement })
  done()
}

/** Whether the message came by a subscription that the server has cut: it was given to others then. */
function cutMeanwhile<User extends StompUser>(
  session: Session<User>,
  { subscriptionId }: Acknowledgement,
): boolean {
  return subscriptionId !== undefined && session.cutSubscriptions?.has(subscriptionId) === true
}

function begin<User extends StompUser>(session: Session<User>, frame: Frame): void {
  session.transactions.begin(required(frame, 'transaction'))
  session.acknowledge(frame)
}

function commit<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  const operations = session.transactions.end(required(frame, 'transaction'))
  return next(session.link.commit(operations), () => session.acknowledge(frame))
}

function abort<User extends StompUser>(session: Session<User>, frame: Frame): void {
  session.transactions.end(required(frame, 'transaction'))
  session.acknowledge(frame)
}

function disconnect<User extends StompUser>(session: Session<User>, frame: Frame): Awaitable<void> {
  return session.leave(() => {
    session.acknowledge(frame)
    session.close(DISCONNECTS.client)
  })
}
