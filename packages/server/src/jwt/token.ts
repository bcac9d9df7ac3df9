import type { ConnectRequest } from '../authentication.js'

/**
 * Where a client says its token:
 *
 * - `authorization`: the header `Authorization: Bearer ...` of CONNECT
 * - `passcode`: the header `passcode` of CONNECT
 * - `request`: the header `Authorization: Bearer ...` of the HTTP request (browsers cannot set it for a WebSocket)
 * - `{ cookie }`: a cookie of the HTTP request, which browsers send by themselves
 * - a function of your own
 */
export type TokenSource =
  | 'authorization'
  | 'passcode'
  | 'request'
  | { readonly cookie: string }
  | ((request: ConnectRequest) => string | undefined)

/** The token of the first source that has one; the others are not asked then. */
export function tokenFrom(request: ConnectRequest, sources: readonly TokenSource[]): string | undefined {
  for (const source of sources) {
    const token = read(request, source)
    if (token !== undefined && token !== '') return token
  }
  return undefined
}

function read(request: ConnectRequest, source: TokenSource): string | undefined {
  if (typeof source === 'function') return source(request)
  if (typeof source === 'object') return cookie(request.request?.headers.cookie, source.cookie)
  if (source === 'passcode') return request.passcode
  if (source === 'request') return bearer(request.request?.headers.authorization)
  return bearer(request.headers.get('Authorization') ?? request.headers.get('authorization'))
}

/** RFC 6750 section 2.1; the name of a scheme is of any case (RFC 9110 section 11.1). */
function bearer(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^bearer +([^ ]+) *$/i.exec(header)?.[1]
}

/** RFC 6265 section 4.2.1. Of several cookies of a name, the first: it is of the closest path. */
function cookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at !== -1 && pair.slice(0, at).trim() === name)
      return pair
        .slice(at + 1)
        .trim()
        .replace(/^"(.*)"$/, '$1')
  }
  return undefined
}
