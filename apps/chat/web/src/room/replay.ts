import type { Place } from './read-places.js'

/** The messages that a room is opened with. */
const FIRST_PAGE = 50

export type Headers = Readonly<Record<string, string>>

/** What the RECEIPT of a subscription says of the messages that will come before the live ones. */
export interface Replay {
  readonly recovered: boolean
  /** The offset that the replay ends with. */
  readonly until: number
  readonly epoch: string
}

/** Where a subscription begins: after the last message that is here, or with the newest page. */
export function startHeaders(place: Place | undefined): Headers {
  return place === undefined
    ? { 'x-stream-offset': `last=${FIRST_PAGE}` }
    : { 'x-stream-offset': `offset=${place.offset + 1}`, 'x-stream-epoch': place.epoch }
}

/** `undefined` where the server keeps nothing of this destination. */
export function replayOf(headers: Headers): Replay | undefined {
  const epoch = headers['x-stream-epoch']
  const until = wholeNumber(headers['x-stream-last'])
  if (epoch === undefined || until === undefined) return undefined
  return { recovered: headers['x-stream-recovered'] === 'true', until, epoch }
}

/** Where a MESSAGE stands; `undefined` for one that is not kept. */
export function placeOf(headers: Headers): Place | undefined {
  const offset = wholeNumber(headers['x-stream-offset'])
  const epoch = headers['x-stream-epoch']
  return offset === undefined || epoch === undefined ? undefined : { offset, epoch }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
