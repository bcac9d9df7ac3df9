import type { Clock } from '../clock.js'
import { StompError } from '../errors.js'
import type { StompSession } from '../stomp-session.js'

/** One call of a handler: how long it may take, and the signal that tells it to stop. */
export class CallScope {
  readonly #session: StompSession
  #controller: AbortController | undefined
  #expired: StompError | undefined
  /** Made with the controller: calls are many, and few look at their signal. */
  #stop: (() => void) | undefined

  constructor(session: StompSession) {
    this.#session = session
  }

  /** Its time is up: what it still does counts for nothing. */
  get expired(): boolean {
    return this.#expired !== undefined
  }

  /** Made when it is asked for: most handlers do not. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      const controller = new AbortController()
      const { signal } = this.#session
      this.#controller = controller
      this.#stop = () => controller.abort(signal.reason)
      if (this.#expired !== undefined) controller.abort(this.#expired)
      else if (signal.aborted) this.#stop()
      else signal.addEventListener('abort', this.#stop)
    }
    return this.#controller.signal
  }

  /** The call is over: the session's signal holds on to nothing of it. */
  end(): void {
    if (this.#stop !== undefined) this.#session.signal.removeEventListener('abort', this.#stop)
  }

  /**
   * The same outcome, or StompError `handler-timeout` where it takes longer.
   *
   * @param late is told of an error that comes after that, unless it is that of having been stopped
   */
  within<T>(ms: number, clock: Clock, outcome: Promise<T>, late: (error: unknown) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = clock.after(ms, () => {
        this.#expired = new StompError('handler-timeout')
        this.#controller?.abort(this.#expired)
        this.end()
        reject(this.#expired)
      })
      const settle = (done: () => void): void => {
        timer.cancel()
        this.end()
        done()
      }
      outcome.then(
        (value) => settle(() => resolve(value)),
        (error: unknown) =>
          settle(() => (this.expired && !this.#stoppedBy(error) ? late(error) : reject(error))),
      )
    })
  }

  #stoppedBy(error: unknown): boolean {
    return error === this.#expired || (error instanceof Error && error.name === 'AbortError')
  }
}
