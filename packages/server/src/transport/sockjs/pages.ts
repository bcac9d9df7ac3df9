import { createHash, randomInt } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Clock } from '../../clock.js'
import { NO_CACHE, cachedForAYear } from './headers.js'

/** Answers with all of a body. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string,
): void {
  response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}

export const PLAIN_TEXT: OutgoingHttpHeaders = { 'Content-Type': 'text/plain; charset=UTF-8' }

/** sockjs-protocol "Greeting url" */
export function greet(response: ServerResponse): void {
  answer(response, 200, PLAIN_TEXT, 'Welcome to SockJS!\n')
}

export interface Info {
  readonly websocket: boolean
  readonly sessionCookie: boolean
}

/** sockjs-protocol "Info test" */
export function inform(response: ServerResponse, cors: OutgoingHttpHeaders, info: Info): void {
  const body = {
    entropy: randomInt(2 ** 32),
    origins: ['*:*'],
    cookie_needed: info.sessionCookie,
    websocket: info.websocket,
  }
  const headers = { ...cors, ...NO_CACHE, 'Content-Type': 'application/json; charset=UTF-8' }
  answer(response, 200, headers, JSON.stringify(body))
}

/**
 * sockjs-protocol "IFrame page": a page of this origin that a page of another one embeds, and that talks to the server in
 * its place. Whoever embeds it gets past the check of origins, so only the pages that may connect can embed it.
 */
export class IframePage {
  readonly #body: string
  readonly #tag: string
  readonly #embedding: OutgoingHttpHeaders

  constructor(clientLibraryUrl: string, origins: readonly string[]) {
    this.#body = pageWith(clientLibraryUrl)
    this.#tag = `"${createHash('sha1').update(this.#body).digest('hex')}"`
    this.#embedding = embeddingHeaders(origins)
  }

  answer(request: IncomingMessage, response: ServerResponse, clock: Clock): void {
    const headers = { ...cachedForAYear(clock), ...this.#embedding, ETag: this.#tag }
    const known = request.headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, ''))
    if (known?.includes(this.#tag) === true) response.writeHead(304, headers).end()
    else answer(response, 200, { ...headers, 'Content-Type': 'text/html; charset=UTF-8' }, this.#body)
  }
}

/** Who may show a page of this endpoint in a frame: who may connect. */
export function embeddingHeaders(origins: readonly string[]): OutgoingHttpHeaders {
  if (origins.includes('*')) return {}
  const ancestors = { 'Content-Security-Policy': `frame-ancestors ${["'self'", ...origins].join(' ')}` }
  // The older header cannot name origins.
  return origins.length > 0 ? ancestors : { ...ancestors, 'X-Frame-Options': 'SAMEORIGIN' }
}

// All but the address is given by the protocol.
const pageWith = (clientLibraryUrl: string): string => `<!DOCTYPE html>
<html>
<head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
  <script src="${clientLibraryUrl}"></script>
  <script>
    document.domain = document.domain;
    SockJS.bootstrap_iframe();
  </script>
</head>
<body>
  <h2>Don't panic!</h2>
  <p>This is a SockJS hidden iframe. It's used for cross domain magic.</p>
</body>
</html>`

/**
 * sockjs-protocol "HtmlFile": the beginning of a document that never ends. Padded, because Safari shows nothing of a
 * document before its first kilobyte.
 */
export function htmlFileHead(callback: string): string {
  const head = `<!doctype html>
<html><head>
  <meta http-equiv="X-UA-Compatible" content="IE=edge" />
  <meta http-equiv="Content-Type" content="text/html; charset=UTF-8" />
</head><body><h2>Don't panic!</h2>
  <script>
    document.domain = document.domain;
    var c = parent.${callback};
    c.start();
    function p(d) {c.message(d);};
    window.onload = function() {c.stop();};
  </script>`
  return `${head.padEnd(1024)}\r\n\r\n`
}
