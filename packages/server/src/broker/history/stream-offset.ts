import type { StompHeaders } from '@stomping-ground/codec'
import { StompError } from '../../errors.js'

/** The header that says where a subscription begins, as in RabbitMQ's streams; and on a MESSAGE, where it stands. */
export const STREAM_OFFSET = 'x-stream-offset'
export const STREAM_EPOCH = 'x-stream-epoch'

/** Where a subscription wants to begin. */
export type Position =
  | { readonly from: 'first' }
  | { readonly from: 'next' }
  | { readonly from: 'offset'; readonly offset: number }
  | { readonly from: 'newest'; readonly count: number }
  /** Milliseconds since 1970. */
  | { readonly from: 'time'; readonly time: number }

/**
 * What a SUBSCRIBE asks for; `undefined` where it asks for nothing of the past, not even where it stands.
 *
 *     x-stream-offset = "first" | "last" | "next" | "offset=" digits | "last=" digits | "timestamp=" seconds
 *     seconds         = digits [ "." digits ]
 *
 * @throws StompError `header-invalid`
 */
export function requestedPosition(headers: StompHeaders): Position | undefined {
  const asked = headers.get(STREAM_OFFSET)
  if (asked === undefined) return undefined
  if (asked === 'first') return { from: 'first' }
  if (asked === 'next') return { from: 'next' }
  if (asked === 'last') return { from: 'newest', count: 1 }
  const [, form, value] = /^(offset|last|timestamp)=(\d{1,15}(?:\.\d{1,9})?)$/.exec(asked) ?? []
  const number = Number(value)
  if (form === 'timestamp') return { from: 'time', time: number * 1_000 }
  if (form === 'offset' && Number.isSafeInteger(number)) return { from: 'offset', offset: number }
  if (form === 'last' && Number.isSafeInteger(number) && number > 0) return { from: 'newest', count: number }
  throw new StompError(
    'header-invalid',
    `${STREAM_OFFSET} cannot be ${asked}: first, last, next, offset=N, last=N or timestamp=T in seconds.`,
  )
}

/** The offset that a message brings from the store of this epoch; `undefined` where it has none. */
export function offsetOf({ flat }: StompHeaders, epoch: string): number | undefined {
  let offset: number | undefined
  let known = false
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] === STREAM_OFFSET) offset = Number(flat[i + 1])
    else if (flat[i] === STREAM_EPOCH) known = flat[i + 1] === epoch
  }
  return known && Number.isSafeInteger(offset) ? offset : undefined
}
