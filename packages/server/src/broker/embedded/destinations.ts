import { USER_TOPIC } from '../../message.js'

/** Which of the embedded broker's destinations a name is: one of these prefixes and something after it. */
const TOPIC = '/topic/'
const QUEUE = '/queue/'
/** A session's own name for a reply queue. */
const TEMP_QUEUE = '/temp-queue/'

export function isTopic(destination: string): boolean {
  return (
    (destination.startsWith(TOPIC) && destination.length > TOPIC.length) ||
    (destination.startsWith(USER_TOPIC) && destination.length > USER_TOPIC.length)
  )
}

export function isQueue(destination: string): boolean {
  return destination.startsWith(QUEUE) && destination.length > QUEUE.length
}

export function isTempQueue(destination: string): boolean {
  return destination.startsWith(TEMP_QUEUE) && destination.length > TEMP_QUEUE.length
}
