import type { Clock } from './clock.js'
import type { Link, OpenLink } from './link.js'

/** Until when the fallback goes first, in milliseconds since 1970; 0: the primary way does. Outlives a reload of the page. */
export interface FallbackMemory {
  read(): number
  write(untilMs: number): void
}

interface Ways {
  readonly primary: OpenLink
  readonly fallback: OpenLink
  readonly memory: FallbackMemory
  readonly clock: Clock
}

/** Networks change: after this long, the next session is tried the primary way again. */
export const FALLBACK_FIRST_MS = 600_000

/**
 * One attempt out of two: the primary way, and where that brought nothing at all, the other one at once. After the fallback
 * has worked the order is the other one for a while.
 *
 * ```
 *        nothing came            nothing came
 * first --------------> second --------------> closed
 *   |__ opened, then __________|__ closed ______^
 * ```
 *
 * Where neither gets through, the server is down, and nothing is learnt. Nor is it where the primary way has worked before:
 * that it failed then was most likely a server that came back between the two.
 */
export function withFallback({ primary, fallback, memory, clock }: Ways): OpenLink {
  let primaryWorked = false

  function worked(way: OpenLink): void {
    if (way === primary) {
      primaryWorked = true
      memory.write(0)
    } else if (!primaryWorked) memory.write(clock.date() + FALLBACK_FIRST_MS)
  }

  return (events) => {
    const [first, second] = clock.date() < memory.read() ? [fallback, primary] : [primary, fallback]
    let link = over(first, () => (link = over(second, (end) => events.closed(end))))

    function over(way: OpenLink, unreached: (end: Parameters<typeof events.closed>[0]) => void): Link {
      let reached = false
      return way({
        receipt: (...given) => events.receipt(...given),
        opened(headers) {
          reached = true
          worked(way)
          events.opened(headers)
        },
        refused(refusal) {
          reached = true
          events.refused(refusal)
        },
        closed(end) {
          if (reached) events.closed(end)
          else unreached(end)
        },
      })
    }

    return {
      get via() {
        return link.via
      },
      get heardAt() {
        return link.heardAt
      },
      send: (frame) => link.send(frame),
      subscribe: (...given) => link.subscribe(...given),
      unsubscribe: (...given) => link.unsubscribe(...given),
      close: (how) => link.close(how),
    }
  }
}
