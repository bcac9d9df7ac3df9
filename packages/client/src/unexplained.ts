import type { Clock } from './clock.js'
import type { ClientError } from './errors.js'

/** How long after an ERROR its session may end. */
const EXPLAINED_MS = 2_000

/**
 * ERRORs about nothing that this client did. One that ends its session is told by the state of the connection; what does
 * not is reported.
 */
export class Unexplained {
  readonly #clock: Clock
  readonly #report: (error: unknown) => void
  #settle: (cause: ClientError | undefined) => void = () => {}

  constructor(clock: Clock, report: (error: unknown) => void) {
    this.#clock = clock
    this.#report = report
  }

  came(error: ClientError): void {
    this.#settle(undefined)
    const timer = this.#clock.after(EXPLAINED_MS, () => this.#settle(undefined))
    this.#settle = (cause) => {
      timer.cancel()
      this.#settle = () => {}
      if (cause !== error) this.#report(error)
    }
  }

  /** @param cause the ERROR that ended the session */
  sessionEnded(cause: ClientError | undefined): void {
    this.#settle(cause)
  }
}
