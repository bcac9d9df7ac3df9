/** The widest wait before the first attempt again, and the widest of all. */
export const BACKOFF = { baseMs: 1_000, maxMs: 30_000 } as const

/**
 * How long to wait before an attempt: anything up to a bound that doubles ("full jitter"), so that a thousand pages that
 * lost the same server do not come back in the same instant.
 *
 * Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param failures attempts that failed since the connection was last steady
 */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const bound = Math.min(BACKOFF.maxMs, BACKOFF.baseMs * 2 ** Math.min(failures, 16))
  return Math.round(random() * bound)
}
