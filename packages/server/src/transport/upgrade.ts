import { STATUS_CODES } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** The path of a URL that a request has asked for, without its query. */
export function pathOf(url = '/'): string {
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

/**
 * The same list, for `originAllowed`.
 *
 * @throws TypeError naming each that is neither `*` nor an origin as browsers send it: one that never matches
 */
export function checkedOrigins(listed: readonly string[]): readonly string[] {
  const wrong = listed.filter((origin) => origin !== '*' && !isOrigin(origin))
  if (wrong.length === 0) return listed
  throw new TypeError(
    `origins has to list * or the form https://example.com, not ${wrong.map((one) => JSON.stringify(one)).join(', ')}`,
  )
}

// Apps have schemes of their own, such as capacitor://localhost, whose origins a URL does not tell.
function isOrigin(text: string): boolean {
  if (!/^[a-z][a-z\d+.-]*:\/\/[^/\s?#@]+$/.test(text) || !URL.canParse(text)) return false
  const { origin } = new URL(text)
  return origin === text || origin === 'null'
}

/** The origin of the page that sent a request; version 8 of the WebSocket drafts has another header for it. */
export function originOf(headers: IncomingMessage['headers']): string | undefined {
  const drafted = headers['sec-websocket-origin']
  if (drafted === undefined || headers['sec-websocket-version'] !== '8') return headers.origin
  return headers.origin ?? String(drafted)
}

/**
 * Whether a page of this origin may connect. Programs that are no browsers send no origin; the others' is compared with
 * the address that the page was loaded from (as the proxy in front tells it in `Host`), and with the list.
 *
 * @param origin of the page, where the request tells it in another way
 */
export function originAllowed(
  { headers }: IncomingMessage,
  listed: readonly string[],
  origin = originOf(headers),
): boolean {
  if (origin === undefined) return true
  if (listed.includes('*') || listed.includes(origin)) return true
  if (!URL.canParse(origin)) return false
  // HTTP/2 has `:authority` in place of `host`.
  const host = headers.host ?? headers[':authority'] ?? ''
  return new URL(origin).host === canonicalHost(origin, String(host))
}

/**
 * The same for requests that browsers send without an origin: what a script or a frame loads, or a page from its own
 * origin. They say of some of them where they come from.
 *
 * @param proof whether a request that tells nothing is refused, as an answer that scripts of any origin can read demands
 */
export function pageAllowed(request: IncomingMessage, listed: readonly string[], proof: boolean): boolean {
  const { origin, referer, 'sec-fetch-site': site } = request.headers
  // The origin of a form is `null` where its page sends no referrers.
  if (site === 'same-origin') return true
  if (origin !== undefined || listed.includes('*')) return originAllowed(request, listed)
  if (site === 'none') return true
  if (referer !== undefined && URL.canParse(referer)) {
    return originAllowed(request, listed, new URL(referer).origin)
  }
  return site === undefined && !proof
}

// `Host` may name the scheme's default port, which an origin never does.
function canonicalHost(origin: string, host: string): string {
  const url = `${origin.slice(0, origin.indexOf(':'))}://${host}`
  return URL.canParse(url) ? new URL(url).host : host
}

/** What a connection is told for which there is no room to wait; it comes with status 503. */
export const BUSY = 'Too many new connections wait to be served. Come again in a moment.'

/** Answers a request for an upgrade that is not granted, and ends its connection. */
export function refuseUpgrade(socket: Duplex, status: number, text: string): void {
  const body = `${text}\n`
  answerUpgrade(socket, status, { 'Content-Type': 'text/plain; charset=utf-8' }, body)
}

/** Answers a request for an upgrade to something that its method cannot ask for. */
export function refuseMethod(socket: Duplex, allowed: string): void {
  answerUpgrade(socket, 405, { Allow: allowed }, '')
}

/** Answers a request for an upgrade with something else, and ends its connection. */
export function answerUpgrade(
  socket: Duplex,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  socket.on('error', () => socket.destroy())
  const lines = Object.entries({ Connection: 'close', ...headers, 'Content-Length': Buffer.byteLength(body) })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
      `${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`,
  )
}
