import type { Refusal } from '../refusal.js'

export type FrameHeaders = Readonly<Record<string, string>>
export type OnMessage = (body: string, headers: FrameHeaders) => void

/** One STOMP session, or the attempt at one. It never comes back: each attempt is a link of its own. */
export interface Link {
  /** @throws when the session is not open */
  subscribe(destination: string, receipt: string, onMessage: OnMessage, headers?: FrameHeaders): () => void
  /** @throws when the session is not open */
  publish(destination: string, receipt: string, body: string): void
  /** Says goodbye, where `now` is not set, and closes. */
  close(options?: { readonly now: boolean }): void
}

/**
 * An ERROR frame. With a receipt id it is about the frame that was sent with this receipt, or about the subscription that
 * was asked for with it.
 */
export interface FrameRefusal extends Refusal {
  readonly receiptId: string | undefined
}

export interface LinkEvents {
  opened(): void
  /** Exactly once, whether the link was ever open or not; not after `close`. */
  closed(): void
  refused(refusal: FrameRefusal): void
  /** The frame that was sent with this receipt is done. */
  receipt(id: string, headers: FrameHeaders): void
  /** Something came from the server. */
  alive(): void
}

export type OpenLink = (events: LinkEvents) => Link
