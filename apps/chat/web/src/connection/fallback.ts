import type { Link, OpenLink } from './link.js'

/** Until when SockJS goes first, in milliseconds since 1970; 0: WebSocket does. Outlives a reload of the page. */
interface SockJsFirst {
  read(): number
  write(untilMs: number): void
}

interface Ways {
  readonly webSocket: OpenLink
  readonly sockJs: OpenLink
  readonly sockJsFirst: SockJsFirst
}

/** Networks change: after this long, the next session is tried over WebSocket again. */
export const SOCKJS_FIRST_MS = 600_000

/**
 * One attempt out of two: over WebSocket, and where that brought nothing at all, over SockJS at once.
 *
 * ```
 *             nothing came                 never opened
 * WebSocket ---------------> SockJS ----------------------> closed
 *     |                         |  opened: SockJS goes first for a while
 *     |__ opened, then closed __|_________________________> closed
 * ```
 *
 * Where neither gets through, the server is down rather than WebSocket blocked, so the next attempt begins with
 * WebSocket. So it does where WebSocket has worked before in this page: its failure then was most likely a server that
 * came back between the two.
 */
export function withFallback({ webSocket, sockJs, sockJsFirst }: Ways): OpenLink {
  let webSocketWorked = false
  return (events) => {
    let link = Date.now() < sockJsFirst.read() ? overSockJs() : overWebSocket()

    function overWebSocket(): Link {
      let reached = false
      return webSocket({
        ...events,
        opened() {
          reached = webSocketWorked = true
          events.opened()
        },
        refused(refusal) {
          reached = true
          events.refused(refusal)
        },
        closed() {
          if (reached) events.closed()
          else link = overSockJs()
        },
      })
    }

    function overSockJs(): Link {
      let opened = false
      return sockJs({
        ...events,
        opened() {
          opened = true
          if (!webSocketWorked) sockJsFirst.write(Date.now() + SOCKJS_FIRST_MS)
          events.opened()
        },
        closed() {
          if (!opened) sockJsFirst.write(0)
          events.closed()
        },
      })
    }

    return {
      subscribe: (...given) => link.subscribe(...given),
      publish: (...given) => link.publish(...given),
      close: (options) => link.close(options),
    }
  }
}
