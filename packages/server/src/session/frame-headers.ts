import { StompHeaders } from '@stomping-ground/codec'
import type { Frame } from '@stomping-ground/codec'
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
