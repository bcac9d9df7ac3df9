/** Time as the client sees it, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds that only grow; not a date. */
  now(): number
  /** Milliseconds since 1970, as the machine believes. */
  date(): number
  /** Calls back once, `ms` from now, unless the timer is cancelled. */
  after(ms: number, callback: () => void): Timer
}

export interface Timer {
  cancel(): void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  after(ms, callback) {
    const timeout = setTimeout(callback, ms)
    return { cancel: () => clearTimeout(timeout) }
  },
}
