import type { StompHeaders } from '@stomping-ground/codec'
import type { IncomingMessage } from 'node:http'
import type { PeerCertificate } from 'node:tls'
import type { Awaitable } from './awaitable.js'
import { StompError } from './errors.js'
import type { StompUser } from './stomp-session.js'

/** What a client says of itself at CONNECT, or when it renews what it said then. */
export interface ConnectRequest {
  readonly login: string | undefined
  readonly passcode: string | undefined
  /** All headers of the frame. */
  readonly headers: StompHeaders
  /**
   * The HTTP request that opened the connection, where there was one: cookies, bearer tokens. Not there when a session is
   * renewed: what it said is as old as the connection.
   */
  readonly request: IncomingMessage | undefined
  /** The certificate that the client proved to hold: `certificate.subject.CN` names it. */
  readonly certificate: PeerCertificate | undefined
  readonly remoteAddress: string
  readonly sessionId: string
  /** Whether the session is connected already, and only renews its credentials. */
  readonly renewal: boolean
}

/** A user, and how long the credentials hold. */
export interface Authenticated<User extends StompUser> {
  /** What tells it from a user. */
  readonly name?: never
  readonly user: User
  /** Then the session ends with `token-expired`, unless the client has renewed them. Left out: they hold for good. */
  readonly expiresAt?: Date | undefined
}

/** Finds the user behind a CONNECT, or throws a StompError: code `authentication-failed`, say. */
export type Authenticate<User extends StompUser> = (
  request: ConnectRequest,
) => Awaitable<User | Authenticated<User>>

/** Where a client sends its new credentials, below the application prefix. */
export const RENEWAL = '/.renew'

/**
 * The result of `authenticate`, in one form.
 *
 * @param now milliseconds since 1970
 * @throws StompError `token-expired` when the credentials do not hold any more
 */
export function accepted<User extends StompUser>(
  result: User | Authenticated<User>,
  now: number,
): { readonly user: User; readonly expiresAt: number | undefined } {
  if (result.name !== undefined) return { user: result, expiresAt: undefined }
  const { user, expiresAt } = result
  if (expiresAt === undefined) return { user, expiresAt }
  const at = expiresAt.getTime()
  if (Number.isNaN(at)) throw new TypeError('authenticate gave an expiresAt that is no date')
  if (at <= now) throw new StompError('token-expired')
  return { user, expiresAt: at }
}
