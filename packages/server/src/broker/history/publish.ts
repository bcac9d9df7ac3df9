import type { Awaitable } from '../../awaitable.js'
import type { Message } from '../../message.js'
import type { Feeds } from './feeds.js'

/**
 * Publishes a message that is kept. Where the broker fails, the subscribers of this process get it all the same, and those
 * of others from the store.
 */
export function spread(feeds: Feeds, message: Message, publish: () => Awaitable<void>): void {
  const failed = (): void => feeds.arrived(message)
  try {
    const publishing = publish()
    if (publishing instanceof Promise) publishing.catch(failed)
  } catch {
    failed()
  }
}

/** A body is a view of what the transport read: what waits for the store needs its own. */
export function keptCopy({ destination, headers, body }: Message): Message {
  return { destination, headers, body: Buffer.from(body) }
}
