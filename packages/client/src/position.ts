import type { Headers } from './link.js'

/** A place in the history of a destination. */
export interface Position {
  /** The offset of the last message that was had. */
  readonly offset: number
  /** Names the life of the history: offsets of another epoch say nothing. */
  readonly epoch: string | undefined
}

/**
 * Where a subscription to a destination with history begins: with the first message that is retained, with the last one,
 * with what comes (the default), with the last `n`, at an offset, at a time (a date, or milliseconds since 1970), or after
 * a position.
 */
export type Start =
  | 'first'
  | 'last'
  | 'next'
  | { readonly last: number }
  | { readonly offset: number }
  | { readonly time: Date | number }
  | { readonly after: Position }

/** The headers that ask for it. */
export function startHeaders(start: Start): Headers {
  if (typeof start === 'string') return { 'x-stream-offset': start }
  if ('last' in start) return { 'x-stream-offset': `last=${start.last}` }
  if ('offset' in start) return { 'x-stream-offset': `offset=${start.offset}` }
  if ('time' in start) return { 'x-stream-offset': `timestamp=${(Number(start.time) / 1_000).toFixed(3)}` }
  const { offset, epoch } = start.after
  const headers = { 'x-stream-offset': `offset=${offset + 1}` }
  return epoch === undefined ? headers : { ...headers, 'x-stream-epoch': epoch }
}

/** Where a message stands, if its destination has a history and retains it. */
export function positionOf(headers: Headers): Position | undefined {
  const offset = wholeNumber(headers['x-stream-offset'])
  return offset === undefined ? undefined : { offset, epoch: headers['x-stream-epoch'] }
}

export function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
