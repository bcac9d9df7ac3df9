import type { StompHeaders } from '@stomping-ground/codec'
import type { Awaitable } from './awaitable.js'
import type { Message } from './message.js'

/** What a SUBSCRIBE comes to, once it is permitted. Making one does nothing yet. */
export interface SubscriptionPlan {
  /** The broker destinations that it is subscribed to, all under its id. */
  readonly destinations: readonly string[]
  /** Where a handler answers: what the subscriber gets first. */
  readonly answer?: (headers: StompHeaders) => Awaitable<Snapshot>
}

/** What comes before the flow. */
export interface Snapshot {
  readonly message: Message | undefined
  /**
   * Whether a message of the flow is in the snapshot already: asked of the first ones, until it says no. `undefined`: that
   * cannot be said of this one, which goes out then.
   */
  readonly isIn: ((message: Message) => boolean | undefined) | undefined
}
