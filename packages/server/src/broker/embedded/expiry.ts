import type { Clock } from '../../clock.js'
import { StompError } from '../../errors.js'
import type { Message } from '../../message.js'

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

/** @throws StompError `header-invalid` */
export function wholeNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,15}$/.test(value)) throw new StompError('header-invalid', `${name} has to be a whole number.`)
  return Number(value)
}
