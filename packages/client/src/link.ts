import type { ClientError } from './errors.js'

export type Headers = Readonly<Record<string, string>>

/** What arrived for a subscription. */
export interface MessageFrame {
  readonly headers: Headers
  readonly body: Uint8Array
  /** In this session alone: once it is gone, they do nothing. */
  ack(): void
  nack(): void
}

export interface SendFrame {
  readonly destination: string
  readonly headers: Headers
  readonly body: string | Uint8Array
}

/** One STOMP session, or the attempt at one. It never comes back: each attempt is a link of its own. */
export interface Link {
  /** How it gets through. */
  readonly via: 'primary' | 'fallback'
  /** When something last came from the server, on the client's clock; when it began, where nothing has. */
  readonly heardAt: number
  /** Each of these does nothing once the session is gone: `closed` tells of that. */
  send(frame: SendFrame): void
  subscribe(
    id: string,
    destination: string,
    headers: Headers,
    onMessage: (message: MessageFrame) => void,
  ): void
  unsubscribe(id: string, headers: Headers): void
  /** Says goodbye first, where `now` is not set. Resolves when nothing of it is left; nothing is reported any more. */
  close(how: { readonly now: boolean }): Promise<void>
}

/** How a session, or an attempt at one, ended. */
export interface SessionEnd {
  /** As a WebSocket's close code; 1006 where the connection went away. */
  readonly code: number
  readonly reason: string
  /** The ERROR that ended it, or what kept the attempt from beginning. */
  readonly error: ClientError | undefined
}

export interface Refusal {
  readonly error: ClientError
  /** It is about the frame that was sent with this receipt. */
  readonly receiptId: string | undefined
  /** It is about this subscription. */
  readonly subscriptionId: string | undefined
}

export interface LinkEvents {
  /** CONNECTED came, with these headers. */
  opened(headers: Headers): void
  /** Exactly once, whether the link was ever open or not; not after `close`. */
  closed(end: SessionEnd): void
  /** An ERROR came. */
  refused(refusal: Refusal): void
  /** The frame that was sent with this receipt is done. */
  receipt(id: string, headers: Headers): void
}

export type OpenLink = (events: LinkEvents) => Link
