import type { StompHeaders } from '@stomping-ground/codec'

/** What a publisher sent, before it has become anybody's MESSAGE frame. */
export interface Message {
  readonly destination: string
  /** Headers for the receivers: `content-type` and the publisher's own. None of the protocol's own headers. */
  readonly headers: StompHeaders
  /** A view: keep a copy where it has to outlive the call. */
  readonly body: Uint8Array
}

/** Begins the addresses of reply queues: they cannot be guessed, and knowing one is the permission to send to it. */
export const REPLY_QUEUE = '/reply-queue/'
