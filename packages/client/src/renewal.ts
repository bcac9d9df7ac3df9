import type { Clock, Timer } from './clock.js'
import type { Token } from './credentials.js'
import { ClientError } from './errors.js'

/** How long before its end a token is renewed: a fifth of what is left when it is had, and at most a minute. */
const SHARE = 0.2
const MOST_AHEAD_MS = 60_000
/** The least time between two renewals, or tries at one. */
const LEAST_MS = 5_000
/** A timer cannot wait longer: it looks again then. */
const LONGEST_MS = 2_147_483_647

export interface RenewalOptions {
  readonly clock: Clock
  /** Gets a new token and sends it. Resolves with the token, when the server has taken it. */
  readonly renew: () => Promise<Token>
  readonly report: (error: unknown) => void
}

/** Renews the token of a session before it expires, so that nothing is interrupted. */
export class Renewal {
  readonly #options: RenewalOptions
  #timer: Timer | undefined
  /** Which session it is for. */
  #round = 0

  constructor(options: RenewalOptions) {
    this.#options = options
  }

  /** A session has begun, or goes on, with this token. */
  schedule(token: Token | undefined): void {
    this.stop()
    if (token?.expiresAt === undefined) return
    const now = this.#options.clock.date()
    const ahead = Math.min((token.expiresAt - now) * SHARE, MOST_AHEAD_MS)
    this.#at(Math.max(token.expiresAt - ahead, now + LEAST_MS), token.expiresAt)
  }

  /** The session is gone: the next one asks for a token of its own. */
  stop(): void {
    this.#round++
    this.#timer?.cancel()
  }

  #at(when: number, expiresAt: number): void {
    const { clock } = this.#options
    const wait = Math.max(0, when - clock.date())
    this.#timer = clock.after(Math.min(wait, LONGEST_MS), () => {
      if (wait > LONGEST_MS) this.#at(when, expiresAt)
      else void this.#renew(expiresAt)
    })
  }

  async #renew(expiresAt: number): Promise<void> {
    const { clock, renew, report } = this.#options
    const round = this.#round
    try {
      const token = await renew()
      if (round === this.#round) this.schedule(token)
    } catch (error) {
      // A server that renews nothing ends the session instead, and the next one begins with a new token.
      if (round !== this.#round || isUnknown(error)) return
      report(error)
      // Past its end, the server ends the session, and the next one begins with a new token.
      if (clock.date() + LEAST_MS < expiresAt) this.#at(clock.date() + LEAST_MS, expiresAt)
    }
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof ClientError && error.code === 'destination-not-handled'
}
