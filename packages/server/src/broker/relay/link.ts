import type { Frame } from '@stomping-ground/codec'
import type { Timer } from '../../clock.js'
import type { RelaySettings } from './settings.js'
import { Upstream, unavailable } from './upstream.js'

/** What the owner of a link does and is told. */
export interface LinkHooks {
  readonly login: string | undefined
  readonly passcode: string | undefined
  message(frame: Frame, upstream: Upstream): void
  /** Brings back what the connection needs, before anything that waits is sent. The link is up when it resolves. */
  restore(upstream: Upstream): Promise<void>
  /** The connection was lost; the link connects again by itself. */
  down(cause: Error): void
  up?(): void
}

interface Waiting {
  readonly go: (upstream: Upstream) => void
  readonly fail: (error: Error) => void
  readonly timer: Timer
}

/** What links wait for together is bounded. */
export interface WaitingCount {
  count: number
}

/**
 * A connection to the broker that comes back by itself.
 *
 *     idle ──start──> connecting ──restored──> up
 *                         ▲  └─failed─┐         │ lost
 *                         │        pausing <────┘
 *                         └──jittered─┘
 */
export class RelayLink {
  readonly #settings: RelaySettings
  readonly #hooks: LinkHooks
  readonly #total: WaitingCount
  readonly #waiting = new Set<Waiting>()
  #state: 'idle' | 'connecting' | 'up' | 'pausing' | 'closed' = 'idle'
  #upstream: Upstream | undefined
  #address = 0
  #failures = 0
  #pause: Timer | undefined
  #cause: Error | undefined
  #firstTry: (() => void) | undefined

  constructor(settings: RelaySettings, total: WaitingCount, hooks: LinkHooks) {
    this.#settings = settings
    this.#total = total
    this.#hooks = hooks
  }

  /** The connection, while it is up. */
  get upstream(): Upstream | undefined {
    return this.#state === 'up' ? this.#upstream : undefined
  }

  /** Begins to connect. Resolves when that has succeeded or failed for the first time. */
  start(): Promise<void> {
    if (this.#state !== 'idle') return Promise.resolve()
    const tried = new Promise<void>((resolve) => (this.#firstTry = resolve))
    void this.#connect()
    return tried
  }

  /**
   * Does something with the connection: at once where it is up, else when it is, within `waitMs`.
   *
   * @throws StompError (or by rejection) `broker-unavailable`
   */
  run<T>(work: (upstream: Upstream) => T | Promise<T>): T | Promise<T> {
    if (this.upstream !== undefined) return work(this.upstream)
    if (this.#state === 'closed') throw unavailable()
    void this.start()
    const { wait, waitMs, waiting, clock } = this.#settings
    // The first connection is waited for in any case: nothing has gone wrong.
    if ((!wait && this.#cause !== undefined) || this.#total.count >= waiting) throw unavailable(this.#cause)
    return new Promise<T>((resolve, reject) => {
      const one: Waiting = {
        go: (upstream) => {
          try {
            resolve(work(upstream))
          } catch (error) {
            reject(error)
          }
        },
        fail: reject,
        timer: clock.after(waitMs, () => {
          this.#leave(one)
          reject(unavailable(this.#cause))
        }),
      }
      this.#total.count++
      this.#waiting.add(one)
    })
  }

  /** Ends it. @param polite says goodbye first: then it resolves when the broker has carried out what was sent */
  async close(polite: boolean): Promise<void> {
    const upstream = this.upstream
    this.#state = 'closed'
    this.#pause?.cancel()
    for (const one of this.#waiting) {
      this.#leave(one)
      one.fail(unavailable())
    }
    this.#firstTry?.()
    if (polite && upstream !== undefined) await upstream.goodbye()
    this.#upstream?.destroy()
  }

  async #connect(): Promise<void> {
    this.#state = 'connecting'
    const { addresses } = this.#settings
    const address = addresses[this.#address % addresses.length]!
    const credentials = {
      login: this.#hooks.login ?? address.login,
      passcode: this.#hooks.passcode ?? address.passcode,
    }
    let lost: Error | undefined
    let upstream: Upstream | undefined
    try {
      upstream = await Upstream.open(address, credentials, this.#settings, {
        message: (frame) => this.#hooks.message(frame, upstream!),
        lost: (cause) => {
          lost = cause
          this.#lost(cause)
        },
      })
      if (this.#closed) return upstream.destroy()
      this.#upstream = upstream
      await this.#hooks.restore(upstream)
      if (lost !== undefined || this.#closed) return
      this.#restored(upstream)
    } catch (error) {
      if (lost === undefined) this.#lost(error as Error)
    }
  }

  get #closed(): boolean {
    return this.#state === 'closed'
  }

  #restored(upstream: Upstream): void {
    this.#state = 'up'
    this.#failures = 0
    this.#cause = undefined
    this.#hooks.up?.()
    for (const one of this.#waiting) {
      this.#leave(one)
      one.go(upstream)
    }
    this.#tried()
  }

  #lost(cause: Error): void {
    if (this.#closed) return
    const wasUp = this.#state === 'up'
    this.#cause = cause
    this.#upstream?.destroy()
    this.#upstream = undefined
    this.#state = 'pausing'
    if (!wasUp) this.#address++
    this.#hooks.down(cause)
    const { clock, reconnectMs, reconnectMostMs } = this.#settings
    const most = Math.min(reconnectMs * 2 ** this.#failures++, reconnectMostMs)
    // Full jitter: nodes that lost the same broker do not come back as one.
    this.#pause = clock.after(Math.ceil(Math.random() * most), () => void this.#connect())
    this.#tried()
  }

  #tried(): void {
    this.#firstTry?.()
    this.#firstTry = undefined
  }

  #leave(one: Waiting): void {
    if (!this.#waiting.delete(one)) return
    one.timer.cancel()
    this.#total.count--
  }
}
