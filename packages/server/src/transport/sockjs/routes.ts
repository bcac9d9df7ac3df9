import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Wire } from '../../wire.js'
import { FORMS, chunk, jsonpForm } from './frames.js'
import type { Form } from './frames.js'
import { embeddingHeaders, htmlFileHead } from './pages.js'
import { jsonpMessages, xhrMessages } from './payload.js'
import { Poll, Stream } from './receiver.js'
import type { Exchange, Receiver } from './receiver.js'
import { WIRES } from './wires.js'

/** What a request to a session's URL is for. */
interface RouteBase {
  readonly method: 'GET' | 'POST'
  /** Whether pages of other origins may read the answer, by CORS. */
  readonly cors: boolean
  /** Whether pages of any origin can read the answer, because it is a script. */
  readonly script?: true
}

/** A request whose response brings frames; an unknown session begins with it. */
export interface ReceivingRoute extends RouteBase {
  readonly kind: 'receiving'
  readonly wire: Wire
  readonly headers: OutgoingHttpHeaders
  /** The name of the function that the answer calls stands in the query. */
  readonly callback: boolean
  receiver(exchange: Exchange, callback: string, settings: ReceivingSettings): Receiver
}

interface ReceivingSettings {
  readonly streamBytes: number
  readonly origins: readonly string[]
}

/** A request that brings messages to a session that is there. */
export interface SendingRoute extends RouteBase {
  readonly kind: 'sending'
  /** @throws PayloadError */
  messages(body: unknown, request: IncomingMessage): readonly string[]
  /** Says that they were taken. */
  taken(response: ServerResponse, headers: OutgoingHttpHeaders): void
}

export type Route = ReceivingRoute | SendingRoute

const SCRIPT = { 'Content-Type': 'application/javascript; charset=UTF-8' }
// Firefox takes an answer without a type for XML, even an empty one.
const TEXT = { 'Content-Type': 'text/plain; charset=UTF-8' }
/** Keeps nginx from collecting the stream. */
const UNBUFFERED = { 'X-Accel-Buffering': 'no' }

/** Browsers hand on nothing of an answer before its first 2 KiB. */
const XHR_PRELUDE = `${'h'.repeat(2048)}\n`

function stream(wire: Wire, form: Form, exchange: Exchange, prelude: string, limitBytes: number): Stream {
  return new Stream(wire, exchange, { form, container: chunk, limitBytes }, prelude)
}

/** What comes under `/{server}/{session}/`, but for WebSockets. */
export const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  // sockjs-protocol "XhrPolling"
  [
    'xhr',
    {
      kind: 'receiving',
      method: 'POST',
      cors: true,
      wire: WIRES.xhr,
      headers: SCRIPT,
      callback: false,
      receiver: (exchange) => new Poll(WIRES.xhr, exchange, FORMS.xhr),
    },
  ],
  [
    'xhr_send',
    {
      kind: 'sending',
      method: 'POST',
      cors: true,
      messages: xhrMessages,
      taken: (response, headers) => response.writeHead(204, { ...headers, ...TEXT }).end(),
    },
  ],
  // sockjs-protocol "XhrStreaming"
  [
    'xhr_streaming',
    {
      kind: 'receiving',
      method: 'POST',
      cors: true,
      wire: WIRES.xhr_streaming,
      headers: { ...SCRIPT, ...UNBUFFERED },
      callback: false,
      receiver: (exchange, _, { streamBytes }) =>
        stream(WIRES.xhr_streaming, FORMS.xhr, exchange, XHR_PRELUDE, streamBytes),
    },
  ],
  // sockjs-protocol "EventSource"; the prelude is for a bug in Opera
  [
    'eventsource',
    {
      kind: 'receiving',
      method: 'GET',
      cors: true,
      wire: WIRES.eventsource,
      headers: { 'Content-Type': 'text/event-stream', ...UNBUFFERED },
      callback: false,
      receiver: (exchange, _, { streamBytes }) =>
        stream(WIRES.eventsource, FORMS.eventsource, exchange, '\r\n', streamBytes),
    },
  ],
  // sockjs-protocol "HtmlFile"
  [
    'htmlfile',
    {
      kind: 'receiving',
      method: 'GET',
      cors: false,
      wire: WIRES.htmlfile,
      headers: { 'Content-Type': 'text/html; charset=UTF-8', ...UNBUFFERED },
      callback: true,
      receiver: ({ headers, ...exchange }, callback, { streamBytes, origins }) =>
        stream(
          WIRES.htmlfile,
          FORMS.htmlfile,
          { ...exchange, headers: { ...headers, ...embeddingHeaders(origins) } },
          htmlFileHead(callback),
          streamBytes,
        ),
    },
  ],
  // sockjs-protocol "JsonpPolling"
  [
    'jsonp',
    {
      kind: 'receiving',
      method: 'GET',
      cors: false,
      script: true,
      wire: WIRES.jsonp,
      headers: { ...SCRIPT, 'X-Content-Type-Options': 'nosniff' },
      callback: true,
      receiver: (exchange, callback) => new Poll(WIRES.jsonp, exchange, jsonpForm(callback)),
    },
  ],
  [
    'jsonp_send',
    {
      kind: 'sending',
      method: 'POST',
      cors: false,
      messages: (body, { headers }) => jsonpMessages(body, headers['content-type']),
      // Konqueror does odd things with an answer that has no content.
      taken: (response, headers) => {
        response.writeHead(200, { ...headers, ...TEXT, 'Content-Length': 2 }).end('ok')
      },
    },
  ],
])
