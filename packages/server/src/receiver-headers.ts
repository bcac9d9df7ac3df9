import { StompHeaders } from '@stomping-ground/codec'

/** Headers that mean something between one client and the server; no receiver sees them. */
const NOT_FOR_RECEIVERS = new Set([
  'destination',
  'content-length',
  'receipt',
  'transaction',
  // The server's own in a MESSAGE: a publisher must not be able to forge them.
  'subscription',
  'message-id',
  'ack',
  'redelivered',
  'x-delivery-count',
  'x-stream-offset',
  'x-stream-epoch',
])

/** What a publisher may say to the receivers. `flat` as in `StompHeaders`. */
export function receiverHeaders(flat: readonly string[]): StompHeaders {
  const kept: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    if (!NOT_FOR_RECEIVERS.has(flat[i]!)) kept.push(flat[i]!, flat[i + 1]!)
  }
  return new StompHeaders(kept)
}
