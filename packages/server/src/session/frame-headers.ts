import { StompHeaders } from '@stomping-ground/codec'
import type { Frame, StompVersion } from '@stomping-ground/codec'
import type { Acknowledgement } from '../broker/broker.js'
import { parseAckId } from '../delivery.js'
import { StompError } from '../errors.js'
import type { Message } from '../message.js'

/** @throws StompError when the frame has no such header, or an empty one */
export function required(frame: Frame, name: string): string {
  const value = frame.headers.get(name)
  if (value === undefined || value === '') {
    throw new StompError('header-missing', `${frame.command} needs the header ${name}.`)
  }
  return value
}

/** Headers that mean something between this client and the server; no receiver sees them. */
const NOT_FOR_RECEIVERS = new Set([
  'destination',
  'content-length',
  'receipt',
  'transaction',
  // The server's own in a MESSAGE: a publisher must not be able to forge them.
  'subscription',
  'message-id',
  'ack',
  'redelivered',
  'x-delivery-count',
])

/**
 * What a SEND publishes.
 *
 * // STOMP 1.2 "MESSAGE": all user-defined headers of the SEND come with the message
 */
export function publishedMessage(frame: Frame): Message {
  const destination = required(frame, 'destination')
  const { flat } = frame.headers
  const kept: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    if (!NOT_FOR_RECEIVERS.has(flat[i]!)) kept.push(flat[i]!, flat[i + 1]!)
  }
  return { destination, headers: new StompHeaders(kept), body: frame.body }
}

/**
 * Which delivery an ACK or NACK is about.
 *
 * // STOMP 1.2 "ACK": id is the ack header of the MESSAGE
 * // STOMP 1.1 "ACK": message-id and subscription
 * // STOMP 1.0 "ACK": message-id
 */
export function acknowledged(frame: Frame, version: StompVersion): Acknowledgement {
  if (version === '1.2') {
    const id = required(frame, 'id')
    return parseAckId(id) ?? { messageId: id, subscriptionId: '' }
  }
  const messageId = required(frame, 'message-id')
  if (version === '1.1') return { messageId, subscriptionId: required(frame, 'subscription') }
  return { messageId, subscriptionId: frame.headers.get('subscription') }
}
