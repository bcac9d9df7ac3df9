import { STATUS_CODES } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** The path of a request's URL, without its query. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/'
  const end = url.indexOf('?')
  return end === -1 ? url : url.slice(0, end)
}

/**
 * Whether a page of this origin may connect. Programs that are no browsers send no origin; the others' is compared with
 * the address that the page was loaded from (as the proxy in front tells it in `Host`), and with the list.
 */
export function originAllowed(request: IncomingMessage, listed: readonly string[]): boolean {
  const { origin } = request.headers
  if (origin === undefined) return true
  if (listed.includes('*') || listed.includes(origin)) return true
  if (!URL.canParse(origin)) return false
  return new URL(origin).host === canonicalHost(origin, request.headers.host ?? '')
}

// `Host` may name the scheme's default port, which an origin never does.
function canonicalHost(origin: string, host: string): string {
  const url = `${origin.slice(0, origin.indexOf(':'))}://${host}`
  return URL.canParse(url) ? new URL(url).host : host
}

/** Answers a request for an upgrade that is not granted, and ends its connection. */
export function refuseUpgrade(socket: Duplex, status: number, text: string): void {
  socket.on('error', () => socket.destroy())
  const body = `${text}\n`
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
