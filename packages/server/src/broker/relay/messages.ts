import { StompHeaders } from '@stomping-ground/codec'
import type { Frame } from '@stomping-ground/codec'
import { randomBytes } from 'node:crypto'
import type { Message } from '../../message.js'
import { REPLY_QUEUE } from '../../message.js'
import type { Dialect } from './names.js'

/** A message as it came from the broker, and what it is called. */
export interface Arrival {
  readonly message: Message
  readonly messageId: string
}

/** Carries a message's id from the node that sent it to all others: the broker's own ids differ from one to the next. */
const ID_HEADER = 'x-relay-id'

/**
 * What history says of a message's place travels under names of the relay's own: a broker behind that is a stomping-ground
 * too takes the others away from whoever sends, for nobody can forge them.
 */
const RELAYED: ReadonlyMap<string, string> = new Map([
  ['x-stream-offset', 'x-relay-stream-offset'],
  ['x-stream-epoch', 'x-relay-stream-epoch'],
])
const UNRELAYED: ReadonlyMap<string, string> = new Map([...RELAYED].map(([ours, theirs]) => [theirs, ours]))

/** Headers of a MESSAGE that speak of this one delivery. Those of history stay: another server may have set them. */
const UPSTREAMS = new Set([
  'destination',
  'subscription',
  'message-id',
  'ack',
  'redelivered',
  'x-delivery-count',
  'content-length',
])

/** Ids of messages: unique over all nodes and their restarts. */
export class MessageIds {
  readonly #prefix = randomBytes(6).toString('base64url')
  #next = 0

  next(): string {
    return `${this.#prefix}-${this.#next++}`
  }

  /** What a SEND upstream says. @throws StompError `destination-invalid` */
  outgoing({ destination, headers }: Message, dialect: Dialect): string[] {
    const flat = ['destination', dialect.toUpstream(destination), ID_HEADER, this.next()]
    for (const [name, value] of headers) {
      if (name === ID_HEADER || UNRELAYED.has(name)) continue
      flat.push(
        RELAYED.get(name) ?? name,
        name === 'reply-to' && value.startsWith(REPLY_QUEUE) ? dialect.toUpstream(value) : value,
      )
    }
    return flat
  }

  /** What a MESSAGE from upstream brings. */
  incoming({ headers, body }: Frame, dialect: Dialect): Arrival {
    const flat: string[] = []
    let id: string | undefined
    // Those of a history behind say nothing where one of this side has its own.
    const placed = [...UNRELAYED.keys()].some((name) => headers.get(name) !== undefined)
    for (const [name, value] of headers) {
      if (name === ID_HEADER) id ??= value
      else if (!UPSTREAMS.has(name) && !(placed && RELAYED.has(name)))
        flat.push(UNRELAYED.get(name) ?? name, name === 'reply-to' ? dialect.fromUpstream(value) : value)
    }
    return {
      message: {
        destination: dialect.fromUpstream(headers.get('destination') ?? ''),
        headers: new StompHeaders(flat),
        body,
      },
      // Other programs may send with a header of this name too.
      messageId: id !== undefined && /^[\w-]{1,64}$/.test(id) ? id : this.next(),
    }
  }
}

/** The headers of a subscription that are the broker's business. */
export function subscriptionHeaders(headers: StompHeaders): string[] {
  return [...headers].filter(([name]) => !OURS.has(name)).flat()
}

const OURS = new Set([
  'id',
  'destination',
  'ack',
  'receipt',
  'selector',
  'prefetch-count',
  'transaction',
  'content-length',
])
