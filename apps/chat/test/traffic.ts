import type { BrowserContext, Frame, Request } from 'playwright-core'

/** What a SockJS session asks of the server: `/{server}/{session}/{what}` below the endpoint. */
const SESSION_REQUEST = /\/websc\/[^/.]+\/[^/.]+\/([a-z_]+)$/
const IFRAME_PAGE = /\/websc\/iframe[^/]*\.html$/

/** What the pages of one person's browser ask of a server, frames included. */
export class Traffic {
  /** What carries sessions, in the order of first use: `POST xhr`, or `iframe: POST xhr` where a frame asks. */
  readonly carriers = new Set<string>()
  /** The paths of all else. */
  readonly paths: string[] = []

  constructor(context: BrowserContext) {
    context.on('request', (request) => this.#saw(request))
    context.on('page', (page) => page.on('websocket', (socket) => this.#sawWebSocket(socket.url())))
  }

  #saw(request: Request): void {
    const { pathname } = new URL(request.url())
    const what = SESSION_REQUEST.exec(pathname)?.[1]
    if (what === undefined) this.paths.push(pathname)
    else this.carriers.add(`${who(request)}${request.method()} ${what}`)
  }

  #sawWebSocket(url: string): void {
    this.carriers.add(SESSION_REQUEST.test(new URL(url).pathname) ? 'SockJS WebSocket' : 'WebSocket')
  }
}

/** Whether the page asks, or the frame that SockJS puts into it. */
function who(request: Request): string {
  // A form or a document is asked for by the frame around the one that it comes into.
  const frame: Frame | null = request.isNavigationRequest() ? request.frame().parentFrame() : request.frame()
  return frame !== null && IFRAME_PAGE.test(new URL(frame.url()).pathname) ? 'iframe: ' : ''
}
