import type { IncomingHttpHeaders } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Only pages that came by https can set a cookie of such a name, and only for this very host. */
const SECURE_NAME = '__Host-chat-session'
const PLAIN_NAME = 'chat-session'

/** The token that a request shows, if it comes from a page of this site or from no page at all. */
export function tokenOf(headers: IncomingHttpHeaders): string | undefined {
  if (headers.cookie === undefined || !isOwnPage(headers)) return undefined
  return valueOf(headers, SECURE_NAME) ?? valueOf(headers, PLAIN_NAME)
}

/**
 * Whether a request may change something: browsers say where it comes from, and other programs have no cookies that they
 * were not given.
 */
export function isOwnPage({ origin, host = '', 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return site === undefined || site === 'same-origin' || site === 'none'
  if (!URL.canParse(origin)) return false
  const { protocol, host: own } = new URL(origin)
  // `Host` may name the scheme's default port, which an origin never does.
  const asked = `${protocol}//${host}`
  return URL.canParse(asked) && new URL(asked).host === own
}

/** Hands the browser its token; scripts cannot read it, and pages of other sites cannot send it. */
export function setToken(request: FastifyRequest, reply: FastifyReply, token: string, lastsMs: number): void {
  const secure = isSecure(request)
  void reply.setCookie(secure ? SECURE_NAME : PLAIN_NAME, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure,
    maxAge: Math.floor(lastsMs / 1_000),
  })
}

export function clearToken(request: FastifyRequest, reply: FastifyReply): void {
  for (const name of [SECURE_NAME, PLAIN_NAME]) {
    if (valueOf(request.headers, name) === undefined) continue
    void reply.clearCookie(name, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: name === SECURE_NAME,
    })
  }
}

/**
 * TLS ends before this server, so the page's own origin tells; a GET has none, but shows the cookie that it was given. The
 * protocol is what a trusted proxy says.
 */
function isSecure({ headers, protocol }: FastifyRequest): boolean {
  if (headers.origin !== undefined) return headers.origin.startsWith('https:')
  return protocol === 'https' || valueOf(headers, SECURE_NAME) !== undefined
}

/** Tokens have no character that would be encoded. */
function valueOf({ cookie = '' }: IncomingHttpHeaders, name: string): string | undefined {
  const pair = cookie
    .split(';')
    .map((one) => one.trim())
    .find((one) => one.startsWith(`${name}=`))
  return pair?.slice(name.length + 1)
}
