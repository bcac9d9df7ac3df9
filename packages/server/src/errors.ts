import type { FrameErrorCode } from '@stomping-ground/codec'

/**
 * Every code with which the server refuses something a client did; `docs/errors.md` explains each, and a test compares
 * the two. The codes of frames that are no STOMP come from the codec.
 */
export const ERRORS = {
  'connect-expected': 'The first frame has to be CONNECT or STOMP.',
  'connect-repeated': 'This session is connected already.',
  'connect-timeout': 'No CONNECT arrived in time.',
  'version-unsupported': 'None of the versions offered is supported here: 1.0, 1.1, 1.2.',
  'header-missing': 'A header that this frame needs is missing.',
  'header-invalid': 'A header of this frame has a value that it cannot have.',
  'authentication-failed': 'The credentials were not accepted.',
  'token-expired': 'The credentials of this session have expired.',
  'command-unsupported': 'The negotiated version has no such command.',
  'too-many-connections': 'This address has as many connections as it may have.',
  'rate-exceeded': 'This client sends or connects faster than it may.',
  'destination-invalid': 'The destination is not valid for this command.',
  'destination-not-handled': 'Nothing handles this destination.',
  'permission-denied': 'This session may not do that.',
  'permission-revoked': 'This session may not have this subscription any more.',
  'subscription-repeated': 'This session has a subscription with this id already.',
  'subscription-unknown': 'This session has no subscription with this id.',
  'too-many-subscriptions': 'This session has as many subscriptions as it may have.',
  'snapshot-too-slow': 'Too much came for this subscription before it could be answered.',
  'selector-unsupported': 'Selectors are not supported here.',
  'ack-unknown': 'No delivery of this message waits for an acknowledgement here.',
  'transaction-repeated': 'This session has a transaction of this name already.',
  'transaction-unknown': 'This session has no transaction of this name.',
  'transaction-unsupported': 'Handlers take no part in transactions.',
  'too-many-transactions': 'This session has as many transactions open as it may have.',
  'transaction-too-large': 'The transaction holds as much as it may hold.',
  'queue-full': 'The queue is full.',
  'too-many-queues': 'The broker has as many queues as it may have.',
  'broker-unavailable': 'The broker behind this server cannot be reached. Try again in a moment.',
  'broker-refused': 'The broker behind this server refuses this.',
  'history-unavailable': 'The history of this destination cannot be reached at the moment. Try again later.',
  'queue-unavailable': 'The store of this queue cannot be reached at the moment. Try again later.',
  'content-type-unsupported': 'The body has a content type that the handler does not take.',
  'body-malformed': 'The body is not what its content type says.',
  'body-invalid': 'The body is not of the form that the handler takes.',
  'handler-timeout': 'The application took too long here.',
  'handler-failed': 'The application failed here.',
  'service-unavailable': 'Something that this needs cannot be reached at the moment. Try again later.',
  'server-draining': 'The server is closing. Connect again in a moment.',
} as const

export type ServerErrorCode = keyof typeof ERRORS

/**
 * A refusal that a client may read: what it did, and a stable code. Handlers, rules and `authenticate` throw it, with
 * codes of their own or these; whatever else they throw reaches the client only as `handler-failed`.
 */
export class StompError extends Error {
  override readonly name = 'StompError'
  /** Stable, for programs: letters, digits and hyphens. Stands in the ERROR frame's `code` header. */
  readonly code: ServerErrorCode | FrameErrorCode | (string & {})
  /** More for people: the ERROR frame's body. */
  readonly detail: string | undefined
  /** More for programs: the ERROR frame's body as JSON, in place of `detail`. */
  readonly data: unknown

  constructor(
    code: StompError['code'],
    message?: string,
    options: { detail?: string; data?: unknown; cause?: unknown } = {},
  ) {
    super(message ?? (ERRORS as Record<string, string>)[code] ?? code, { cause: options.cause })
    this.code = code
    this.detail = options.detail
    this.data = options.data
  }
}

export interface DisconnectReason {
  readonly name: string
  /** The close code of a WebSocket (RFC 6455 section 7.4). */
  readonly closeCode: number
  /** The reason that the close frame tells. */
  readonly text: string
  /** Whether it makes sense for the same client to connect again. */
  readonly reconnect: boolean
}

const reason = (name: string, closeCode: number, text: string, reconnect: boolean): DisconnectReason => ({
  name,
  closeCode,
  text,
  reconnect,
})

/** Every way a session ends, the same for all transports. */
export const DISCONNECTS = {
  /** The client sent DISCONNECT. */
  client: reason('client', 1000, 'goodbye', true),
  /** The connection went away without a DISCONNECT. */
  lost: reason('lost', 1006, '', true),
  /** An ERROR frame told why. */
  refused: reason('refused', 1002, 'see the ERROR frame', false),
  /** The transport saw bytes that break its own protocol. */
  transport: reason('transport', 1002, 'transport error', false),
  /** Nothing was heard from the client for twice its heart-beat interval. */
  heartbeat: reason('heartbeat', 1001, 'heart-beats missing', true),
  /** The client read too slowly: its outbox was full, or stood still for too long. */
  slow: reason('slow', 1013, 'reading too slowly', true),
  /** The broker behind this server refuses what the session is subscribed to. */
  broker: reason('broker', 1013, 'the broker refuses a subscription', true),
  /** The application ended the session. */
  application: reason('application', 1008, 'ended by the application', false),
  /** The client's credentials have expired, and it did not renew them. */
  expired: reason('expired', 1008, 'credentials expired', true),
  /** A subscription was taken from the client, and it had not asked to stay connected after an ERROR. */
  revoked: reason('revoked', 1008, 'see the ERROR frame', true),
  /** The server closes. */
  shutdown: reason('shutdown', 1012, 'server restarts', true),
} as const satisfies Record<string, DisconnectReason>
