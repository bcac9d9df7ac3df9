import type { Clock } from '../../clock.js'
import type { Message } from '../../message.js'
import { wholeNumber } from '../../whole-number.js'

/**
 * When a message expires: `expires` in milliseconds since 1970 as in ActiveMQ (0: never), or `message-ttl` in
 * milliseconds from now.
 *
 * @throws StompError `header-invalid` when one of them is no whole number
 */
export function expiry({ headers }: Message, clock: Clock): number {
  const expires = wholeNumber('expires', headers.get('expires'))
  const ttl = wholeNumber('message-ttl', headers.get('message-ttl'))
  if (expires !== undefined && expires > 0) return expires
  return ttl === undefined ? Infinity : clock.date() + ttl
}
