import type { SocketFactory } from '@stomping-ground/client'

/**
 * What SockJS can carry a session by in a browser of today. Its two for XDomainRequest are for Internet Explorer alone.
 */
const SOCKJS_TRANSPORTS = [
  'websocket',
  'xhr-streaming',
  'eventsource',
  'iframe-eventsource',
  'htmlfile',
  'iframe-htmlfile',
  'xhr-polling',
  'iframe-xhr-polling',
  'jsonp-polling',
] as const
export type SockJsTransport = (typeof SOCKJS_TRANSPORTS)[number]

/**
 * Where WebSocket does not get through. Whatever browser runs this page can do these two: the second is for proxies that
 * hold an answer back until it ends, and the others would only make it wait.
 */
export const FALLBACK_TRANSPORTS: readonly SockJsTransport[] = ['xhr-streaming', 'xhr-polling']

/** The least time that one transport gets: SockJS goes by one round trip, which says little of a busy server. */
const LEAST_TRANSPORT_MS = 2_000
/** For the library, eight seconds at most for the server's information, two transports, CONNECT. */
export const SOCKJS_TIMEOUT_MS = 15_000

/** @param url of the SockJS endpoint */
export function sockJs(url: string, transports: readonly SockJsTransport[]): SocketFactory {
  return async () => {
    // Most pages never need it.
    const { default: SockJS } = await import('sockjs-client')
    return new SockJS(url, null, { transports: [...transports], timeout: LEAST_TRANSPORT_MS })
  }
}

/** The transport that the page's address asks for: `?transport=xhr-polling`. For tests, and for whoever hunts a proxy. */
export function forcedTransport(search: string): SockJsTransport | undefined {
  const asked = new URLSearchParams(search).get('transport')
  return SOCKJS_TRANSPORTS.find((one) => one === asked)
}
