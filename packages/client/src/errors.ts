/** Every code with which the client itself refuses; `docs/client.md` explains each. Those of the server are besides. */
export const CLIENT_ERRORS = {
  'not-connected': 'There is no session, and this was not to wait for one.',
  'connection-lost': 'The session ended before the answer came. What was sent may have been carried out.',
  unconfirmed: 'Several sessions ended while this was on its way. It may have been carried out.',
  'outgoing-full': 'As much waits to be confirmed as may wait.',
  'too-many-subscriptions': 'This client has as many subscriptions as it may have.',
  timeout: 'No answer came in time.',
  closed: 'The client is closed.',
  'credentials-unavailable': 'The token or the headers for CONNECT could not be had.',
  'socket-unavailable': 'No socket could be opened.',
  'body-malformed': 'The body of a message is not what its content type says.',
} as const

export type ClientErrorCode = keyof typeof CLIENT_ERRORS

/** Why something did not happen: refused by the server, or given up here. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  /** Stable, for programs: one of `CLIENT_ERRORS`, or the `code` of the server's ERROR. */
  readonly code: ClientErrorCode | (string & {})
  /** What the server says besides: `{ issues: [{ path, message }] }` of a body that it refuses. */
  readonly data: unknown
  /** Who refused. */
  readonly by: 'client' | 'server'

  constructor(
    code: ClientError['code'],
    options: { message?: string; data?: unknown; by?: 'client' | 'server'; cause?: unknown } = {},
  ) {
    super(options.message ?? (CLIENT_ERRORS as Record<string, string>)[code] ?? code, {
      cause: options.cause,
    })
    this.code = code
    this.data = options.data
    this.by = options.by ?? 'client'
  }
}
