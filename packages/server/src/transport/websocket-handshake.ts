import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

// The newest first: what a client that offers several gets.
const SUBPROTOCOLS = ['v12.stomp', 'v11.stomp', 'v10.stomp']

/** RFC 6455 section 4.2.2; 8 is what its drafts had, with the same frames. */
const VERSIONS = ['13', '8']
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** What a request for a WebSocket comes to. */
export type Handshake =
  | { readonly answer: string; readonly compression: boolean }
  | { readonly status: number; readonly why: string; readonly headers?: Readonly<Record<string, string>> }

/** Which subprotocol a client gets, of those it offers. */
export function subprotocol({ headers }: IncomingMessage): string | undefined {
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim())
  return SUBPROTOCOLS.find((name) => offered?.includes(name))
}

/**
 * The answer to a request for a WebSocket (RFC 6455 section 4.2), or why there is none.
 *
 * @param compression whether permessage-deflate may be agreed on
 */
export function handshake(request: IncomingMessage, compression: boolean): Handshake {
  const { headers, method } = request
  const key = headers['sec-websocket-key']
  if (method !== 'GET')
    return { status: 405, why: 'A WebSocket is asked for by GET.', headers: { Allow: 'GET' } }
  if (headers.upgrade?.toLowerCase() !== 'websocket')
    return { status: 400, why: 'The header Upgrade has to be websocket.' }
  if (key === undefined || !/^[+/\dA-Za-z]{22}==$/.test(key))
    return { status: 400, why: 'The header Sec-WebSocket-Key is missing, or no key.' }
  if (!VERSIONS.includes(headers['sec-websocket-version'] ?? '')) {
    const why = 'The header Sec-WebSocket-Version has to be 13.'
    return { status: 426, why, headers: { 'Sec-WebSocket-Version': VERSIONS.join(', ') } }
  }
  const compressed = compression && takesDeflate(headers['sec-websocket-extensions'] ?? '')
  const accept = hash('sha1', key + GUID, 'base64')
  const protocol = subprotocol(request)
  return {
    compression: compressed,
    answer:
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Accept: ${accept}\r\n` +
      (protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`) +
      (compressed ? `Sec-WebSocket-Extensions: ${DEFLATE}\r\n` : '') +
      '\r\n',
  }
}

/** RFC 7692 section 7.1.1: each message is compressed by itself, in both directions, so that one can go to many. */
const DEFLATE = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'

/** Whether one of the offers is permessage-deflate as it is done here; an offer that is malformed is none. */
function takesDeflate(extensions: string): boolean {
  return extensions.split(',').some((offer) => {
    const [name, ...parameters] = offer.split(';').map((part) => part.trim())
    const names = parameters.map((parameter) => parameter.split('=', 1)[0]!.trim())
    return name === 'permessage-deflate' && new Set(names).size === names.length && parameters.every(isTaken)
  })
}

/** RFC 7692 section 7.1.2.1: messages that all share have a window of 15 bits, and no client can ask for a smaller one. */
function isTaken(parameter: string): boolean {
  return /^(?:(?:server|client)_no_context_takeover|server_max_window_bits\s*=\s*"?15"?|client_max_window_bits(?:\s*=\s*"?(?:8|9|1[0-5])"?)?)$/.test(
    parameter,
  )
}
