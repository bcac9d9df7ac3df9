import type { StompHeaders } from '@stomping-ground/codec'

/** One message of a queue as it is kept. */
export interface KeptMessage {
  /** The broker's own number for it: what was sent later has a higher one. */
  readonly key: number
  readonly queue: string
  readonly messageId: string
  readonly headers: StompHeaders
  readonly body: Uint8Array
  /** Milliseconds since 1970; `Infinity` where it never expires. */
  readonly expiresAt: number
}

/** What becomes of a message: it is to be kept, or its key is settled and it may go. A key that is not there is settled. */
export type QueueChange = { readonly kept: KeptMessage } | { readonly settled: number }

/** Keeps what durable queues hold, for one broker. */
export interface QueueStore {
  /** @throws Error that says what is wrong, and what to do about it */
  start(): Promise<void>
  /** The messages with higher keys than this one, by their keys: some of them, none where there is none. */
  load(after: number): Promise<readonly KeptMessage[]>
  /** Carries out all of these or none; done means that they will survive. Calls are carried out in their order. */
  change(changes: readonly QueueChange[]): Promise<void>
  /** Everything that was asked for is carried out first. Idempotent. */
  stop(): Promise<void>
}
