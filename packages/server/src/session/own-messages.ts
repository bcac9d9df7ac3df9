import { randomBytes } from 'node:crypto'
import { Delivery } from '../delivery.js'
import type { Message } from '../message.js'

const PREFIX = `${randomBytes(6).toString('base64url')}-r`
let count = 0

/** A message that comes from no broker. It waits for no acknowledgement. */
export function ownDelivery(message: Message): Delivery {
  return new Delivery(message, PREFIX + count++)
}
