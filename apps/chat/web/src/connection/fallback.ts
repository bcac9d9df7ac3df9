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
 * One attempt out of two: over WebSocket, and where that brought nothing at all, over SockJS at once. After SockJS has
 * worked the order is the other one for a while.
 *
 * ```
 *        nothing came            nothing came
 * first --------------> second --------------> closed
 *   |__ opened, then __________|__ closed ______^
 * ```
 *
 * Where neither gets through, the server is down, and nothing is learnt of WebSockets. Nor is it where one has worked
 * before in this page: that it failed then was most likely a server that came back between the two.
 */
export function withFallback({ webSocket, sockJs, sockJsFirst }: Ways): OpenLink {
  let webSocketWorked = false

  function worked(way: OpenLink): void {
    if (way === webSocket) {
      webSocketWorked = true
      sockJsFirst.write(0)
    } else if (!webSocketWorked) sockJsFirst.write(Date.now() + SOCKJS_FIRST_MS)
  }

  return (events) => {
    const [first, second] = Date.now() < sockJsFirst.read() ? [sockJs, webSocket] : [webSocket, sockJs]
    let link = over(first, () => (link = over(second, () => events.closed())))

    function over(way: OpenLink, unreached: () => void): Link {
      let reached = false
      return way({
        ...events,
        opened() {
          reached = true
          worked(way)
          events.opened()
        },
        refused(refusal) {
          reached = true
          events.refused(refusal)
        },
        closed() {
          if (reached) events.closed()
          else unreached()
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
