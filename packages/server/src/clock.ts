/** Time as the server sees it, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds that only grow; not a date. */
  now(): number
  /** Milliseconds since 1970, as the machine believes. */
  date(): number
  /** Calls back once, `ms` from now, unless the timer is cancelled. Does not keep the process alive. */
  after(ms: number, callback: () => void): Timer
}

/** A timer cannot wait longer. */
export const LONGEST_TIMER_MS = 2_147_483_647

export interface Timer {
  cancel(): void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, callback) {
    const timeout = setTimeout(callback, ms).unref()
    return { cancel: () => clearTimeout(timeout) }
  },
}
