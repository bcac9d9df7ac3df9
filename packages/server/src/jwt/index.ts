import type { JWTPayload } from 'jose'
import { errors, jwtVerify } from 'jose'
import type { Authenticated, ConnectRequest } from '../authentication.js'
import type { Awaitable } from '../awaitable.js'
import { systemClock } from '../clock.js'
import type { Clock } from '../clock.js'
import { StompError } from '../errors.js'
import type { StompUser } from '../stomp-session.js'
import { checkedKey } from './keys.js'
import type { JwtKeys } from './keys.js'
import { tokenFrom } from './token.js'
import type { TokenSource } from './token.js'

export type { JwtKeys, TokenSource }
export type { JWTPayload } from 'jose'

export interface JwtOptions<User extends StompUser> extends JwtKeys {
  /** Whose tokens are taken: the claim `iss`. `false`: anybody's that the key fits. */
  readonly issuer: string | readonly string[] | false
  /** For whom they have to be: the claim `aud`. `false`: tokens for other services get in too. */
  readonly audience: string | readonly string[] | false
  /** Default: those of the key's kind; HS256 for a secret. */
  readonly algorithms?: readonly string[]
  /** How far the clocks of the issuer and of this machine may be apart. Default 5. */
  readonly clockSkewSeconds?: number
  /** Where clients say their token; the first that has one counts. Default: `authorization`, `passcode`, `request`. */
  readonly token?: readonly TokenSource[]
  /** A longer token is refused unread. Default 8,192. */
  readonly tokenBytes?: number
  /** The user of a token whose signature, issuer, audience and dates are right. Default: the claim `sub` is the name. */
  readonly user?: (claims: JWTPayload, request: ConnectRequest) => Awaitable<User>
  /** For tests. */
  readonly clock?: Clock
}

const DEFAULT_SOURCES: readonly TokenSource[] = ['authorization', 'passcode', 'request']

/**
 * An `authenticate` that takes JSON Web Tokens (RFC 7519, signed as RFC 7515 has it). The session ends when the token
 * expires, unless the client renews it; a token that says no `exp` is refused.
 *
 * Clients are told `authentication-failed` or `token-expired`, and not what was wrong: the reason is the error's `cause`.
 *
 * @throws TypeError or RangeError naming what is wrong in the options
 */
export function jwtAuthenticator<User extends StompUser = StompUser>(
  options: JwtOptions<User>,
): (request: ConnectRequest) => Promise<Authenticated<User>> {
  const { issuer, audience, clockSkewSeconds = 5, tokenBytes = 8_192, clock = systemClock } = options
  const { key, algorithms } = checkedKey(options, options.algorithms)
  const sources = options.token ?? DEFAULT_SOURCES
  const userOf = options.user ?? (nameFromSubject as unknown as NonNullable<typeof options.user>)
  for (const [name, value] of Object.entries({ clockSkewSeconds, tokenBytes })) {
    if (!(value >= 0)) throw new RangeError(`${name} cannot be ${value}`)
  }
  for (const [name, value] of Object.entries({ issuer, audience })) {
    // A page in JavaScript may forget it, and would let everyone in.
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0))
      throw new TypeError(`jwtAuthenticator needs ${name}, or false`)
  }
  const verification = {
    algorithms: [...algorithms],
    clockTolerance: clockSkewSeconds,
    requiredClaims: ['exp'],
    ...(issuer === false ? {} : { issuer: listed(issuer) }),
    ...(audience === false ? {} : { audience: listed(audience) }),
  }
  return async (request) => {
    const token = tokenFrom(request, sources)
    if (token === undefined) throw new StompError('authentication-failed', 'A token is needed.')
    if (token.length > tokenBytes) throw new StompError('authentication-failed', 'The token is too long.')
    const currentDate = new Date(clock.date())
    // The two kinds of key are overloads of one function.
    const { payload } = await jwtVerify(token, key as Parameters<typeof jwtVerify>[1], {
      ...verification,
      currentDate,
    }).catch((error: unknown) => {
      throw refusalOf(error)
    })
    const expiresAt = new Date((payload.exp! + clockSkewSeconds) * 1000)
    return { user: await userOf(payload, request), expiresAt }
  }
}

function listed(one: string | readonly string[]): string[] {
  return typeof one === 'string' ? [one] : [...one]
}

function nameFromSubject({ sub }: JWTPayload): StompUser {
  if (sub === undefined || sub === '')
    throw new StompError('authentication-failed', 'The token names nobody.')
  return { name: sub }
}

/** Keys that cannot be fetched are no fault of the client's. */
function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new StompError('token-expired', undefined, { cause: error })
  if (OF_THE_TOKEN.some((type) => error instanceof type)) {
    return new StompError('authentication-failed', 'The token was not accepted.', { cause: error })
  }
  return error
}

const OF_THE_TOKEN = [
  errors.JWTInvalid,
  errors.JWTClaimValidationFailed,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
]
