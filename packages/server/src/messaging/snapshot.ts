import { StompHeaders } from '@stomping-ground/codec'
import type { StompUser } from '../stomp-session.js'
import type { PathValues } from '../path-pattern.js'
import type { Message } from '../message.js'
import type { Snapshot } from '../subscription-plan.js'
import { decodeBody, encodeJson } from './body.js'
import type { LiveMessage } from './context.js'
import type { Answer } from './mapping.js'

/** Where the flow comes from that follows a snapshot, if any does. */
export function liveDestination<User extends StompUser>(
  { live }: Answer<User>,
  params: PathValues,
): string | undefined {
  if (live === undefined) return undefined
  return (typeof live === 'function' ? live(params) : live.to(params)).destination
}

/** What a subscribe handler returned, as its subscriber gets it. */
export function snapshotOf<User extends StompUser>(
  { isIn }: Answer<User>,
  destination: string,
  value: unknown,
  failed: (error: unknown) => void,
): Snapshot {
  if (value === undefined) return { message: undefined, isIn: undefined }
  const { body, contentType } = encodeJson(value)
  const headers = new StompHeaders(['content-type', contentType])
  const has = isIn?.(value)
  return {
    message: { destination, headers, body },
    isIn: has === undefined ? undefined : (message) => asked(has, new Live(message), failed),
  }
}

/** It is asked in the publisher's turn, where nothing is thrown: what it has to say is told, and the message goes out. */
function asked<Body>(
  has: (message: LiveMessage<Body>) => boolean | undefined,
  message: LiveMessage<Body>,
  failed: (error: unknown) => void,
): boolean | undefined {
  try {
    return has(message)
  } catch (error) {
    failed(error)
    return false
  }
}

/** The body is read when it is asked for: a header may be all that is needed. */
class Live implements LiveMessage<unknown> {
  readonly message: Message

  constructor(message: Message) {
    this.message = message
  }

  get headers(): StompHeaders {
    return this.message.headers
  }

  get body(): unknown {
    return decodeBody(this.message)
  }
}
