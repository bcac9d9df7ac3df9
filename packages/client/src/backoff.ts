export interface Backoff {
  /** The widest wait before the first attempt again, in milliseconds. */
  readonly baseMs: number
  /** The widest wait of all. */
  readonly capMs: number
}

/**
 * How long to wait before an attempt: anything up to a bound that doubles ("full jitter"), so that a thousand clients that
 * lost the same server do not come back in the same instant.
 *
 * Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 *
 * @param failures attempts that failed since the connection was last steady
 */
export function backoffMs({ baseMs, capMs }: Backoff, failures: number, random: () => number): number {
  return Math.round(random() * Math.min(capMs, baseMs * 2 ** Math.min(failures, 30)))
}
