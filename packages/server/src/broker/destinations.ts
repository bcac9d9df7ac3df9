import { StompError } from '../errors.js'
import { NODE_TOPIC, REPLY_QUEUE, USER_TOPIC } from '../message.js'
import type { Message } from '../message.js'
import { isWildcard } from '../path-pattern.js'

/** Which of a broker's destinations a name is: one of these prefixes and something after it. */
const TOPIC = '/topic/'
const QUEUE = '/queue/'
/** A session's own name for a reply queue. */
const TEMP_QUEUE = '/temp-queue/'

export function isTopic(destination: string): boolean {
  return (
    (destination.startsWith(TOPIC) && destination.length > TOPIC.length) ||
    (destination.startsWith(USER_TOPIC) && destination.length > USER_TOPIC.length) ||
    (destination.startsWith(NODE_TOPIC) && destination.length > NODE_TOPIC.length)
  )
}

export function isQueue(destination: string): boolean {
  return destination.startsWith(QUEUE) && destination.length > QUEUE.length
}

export function isTempQueue(destination: string): boolean {
  return destination.startsWith(TEMP_QUEUE) && destination.length > TEMP_QUEUE.length
}

export function isReplyAddress(destination: string): boolean {
  return destination.startsWith(REPLY_QUEUE) && destination.length > REPLY_QUEUE.length
}

/** @throws StompError `destination-invalid` unless it is one that can be sent to */
export function checkedSend({ destination }: Message): void {
  const known = isTopic(destination) || isQueue(destination) || isReplyAddress(destination)
  if (known && !isWildcard(destination)) return
  throw noSuchDestination(destination)
}

export function noSuchDestination(destination: string): StompError {
  return new StompError('destination-invalid', `The broker has no destination ${destination} to send to.`)
}

/** @throws StompError `destination-invalid` unless it is of queues, a session's own among them, and one of them alone */
export function checkedConsumption(destination: string): void {
  if (!isWildcard(destination) && (isQueue(destination) || isTempQueue(destination))) return
  throw new StompError('destination-invalid', `The broker has no destination ${destination} to subscribe to.`)
}
