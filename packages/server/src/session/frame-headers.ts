import type { Frame, StompVersion } from '@stomping-ground/codec'
import type { Acknowledgement } from '../broker/broker.js'
import { parseAckId } from '../delivery.js'
import { StompError } from '../errors.js'
import type { Message } from '../message.js'
import { receiverHeaders } from '../receiver-headers.js'

/** @throws StompError when the frame has no such header, or an empty one */
export function required(frame: Frame, name: string): string {
  const value = frame.headers.get(name)
  if (value === undefined || value === '') {
    throw new StompError('header-missing', `${frame.command} needs the header ${name}.`)
  }
  return value
}

/**
 * What a SEND publishes.
 *
 * // STOMP 1.2 "MESSAGE": all user-defined headers of the SEND come with the message
 */
export function publishedMessage(frame: Frame): Message {
  const destination = required(frame, 'destination')
  return { destination, headers: receiverHeaders(frame.headers.flat), body: frame.body }
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
