import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Clock } from '../../clock.js'

const YEAR_SECONDS = 31_536_000

/** sockjs-protocol "Static URLs": private data that comes by GET must not be cached, nor what iOS 6 caches of POST. */
export const NO_CACHE: OutgoingHttpHeaders = {
  'Cache-Control': 'no-store, no-cache, no-transform, must-revalidate, max-age=0',
}

/** For what never changes. */
export function cachedForAYear(clock: Clock): OutgoingHttpHeaders {
  return {
    'Cache-Control': `public, max-age=${YEAR_SECONDS}`,
    Expires: new Date(clock.date() + YEAR_SECONDS * 1000).toUTCString(),
  }
}

/** What lets the page of this request's origin read the answer; its origin has been checked before. */
export function corsHeaders({ headers }: IncomingMessage): OutgoingHttpHeaders {
  const { origin } = headers
  const asked = headers['access-control-request-headers']
  return {
    'Access-Control-Allow-Origin': origin ?? '*',
    Vary: 'Origin',
    // For cookies, JSESSIONID above all.
    ...(origin === undefined ? {} : { 'Access-Control-Allow-Credentials': 'true' }),
    ...(asked === undefined || asked === '' ? {} : { 'Access-Control-Allow-Headers': asked }),
  }
}

/** What answers a preflight of CORS, besides `corsHeaders`. */
export function preflightHeaders(methods: string, clock: Clock): OutgoingHttpHeaders {
  return {
    ...cachedForAYear(clock),
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Max-Age': String(YEAR_SECONDS),
  }
}

/**
 * sockjs-protocol "JSESSIONID cookie": set anew each time, so that the balancer can attach its own.
 *
 * @param owner the process that the browser's sessions are at, where that is what it tells
 */
export function sessionCookie({ headers }: IncomingMessage, owner?: string): OutgoingHttpHeaders {
  if (owner !== undefined) return { 'Set-Cookie': `JSESSIONID=${owner}; path=/` }
  // The value is what RFC 6265 lets a cookie hold.
  const [, value = 'dummy'] =
    /(?:^|;\s*)JSESSIONID=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*)/.exec(headers.cookie ?? '') ?? []
  return { 'Set-Cookie': `JSESSIONID=${value}; path=/` }
}
