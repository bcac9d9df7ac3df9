import { LONGEST_TIMER_MS } from '../clock.js'
import type { Clock, Timer } from '../clock.js'
import { wrappedMs } from './outbox-tick.js'

/** Milliseconds; 0 means none. */
export interface HeartbeatSettings {
  /** The shortest interval at which this server sends heart-beats. */
  readonly outgoingMs: number
  /** The interval at which it wants to hear from clients. */
  readonly incomingMs: number
}

const DEFAULT_HEARTBEAT: HeartbeatSettings = { outgoingMs: 10_000, incomingMs: 10_000 }

/** @throws RangeError naming each interval that is not a whole number of milliseconds, 0 or more */
export function checkedHeartbeat(given: Partial<HeartbeatSettings>): HeartbeatSettings {
  const settings = { ...DEFAULT_HEARTBEAT, ...given }
  const wrong = Object.entries(settings).filter(([, ms]) => !Number.isSafeInteger(ms) || ms < 0)
  if (wrong.length === 0) return settings
  throw new RangeError(
    wrong.map(([name, ms]) => `heartbeat.${name} has to be 0 or more milliseconds, not ${ms}`).join('; '),
  )
}

/**
 * What both sides do after CONNECT, from the client's `<cx>,<cy>` and the server's settings.
 *
 * // STOMP 1.2 "Heart-beating": cx or sy 0: none in that direction; otherwise every MAX(cx, sy) ms
 */
export function negotiate(
  client: string | undefined,
  server: HeartbeatSettings,
): HeartbeatSettings | undefined {
  if (client === undefined) return { outgoingMs: 0, incomingMs: 0 }
  const [, cx, cy] = /^(\d{1,10}),(\d{1,10})$/.exec(client) ?? []
  if (cx === undefined || cy === undefined) return undefined
  const agree = (one: number, other: number): number => (one === 0 || other === 0 ? 0 : Math.max(one, other))
  return {
    outgoingMs: agree(server.outgoingMs, Number(cy)),
    incomingMs: agree(Number(cx), server.incomingMs),
  }
}

/** The session that a heart-beat keeps. */
export interface HeartbeatHost {
  /** Whether it reads what comes: while it does not, silence says nothing of the client. */
  readonly reading: boolean
  /** When it last wrote: `wrappedMs` of the clock. */
  readonly writtenMs: number
  sendHeartbeat(): void
  probe(): void
  /** Nothing was heard for two intervals. */
  silent(): void
}

/**
 * Keeps one session's heart-beats.
 *
 * Outgoing: when nothing was written for a whole interval, a heart-beat is. Incoming: a client that is silent for one
 * interval and the tolerance is asked for a sign of life, where the transport can do that (a browser's timers are
 * throttled in background tabs, but it answers a WebSocket ping); one that is silent for two intervals is dead.
 */
export class Heartbeat {
  readonly #host: HeartbeatHost
  readonly #clock: Clock
  #outgoing: Timer | undefined
  #incoming: Timer | undefined
  /** When it was started, or last asked for a heart-beat to be sent. */
  #lastAsked: number
  #lastReceived: number

  constructor(host: HeartbeatHost, clock: Clock) {
    this.#host = host
    this.#clock = clock
    this.#lastAsked = this.#lastReceived = this.#clock.now()
  }

  start(agreed: HeartbeatSettings): void {
    this.#lastAsked = this.#lastReceived = this.#clock.now()
    // A client that asks for more than a timer can wait hears from us earlier than it needs to.
    if (agreed.outgoingMs > 0) this.#watchOutgoing(Math.min(agreed.outgoingMs, LONGEST_TIMER_MS))
    if (agreed.incomingMs > 0) this.#watchIncoming(Math.min(agreed.incomingMs, LONGEST_TIMER_MS / 2))
  }

  stop(): void {
    this.#outgoing?.cancel()
    this.#incoming?.cancel()
    this.#incoming = undefined
  }

  received(): void {
    this.#lastReceived = this.#clock.now()
  }

  #watchOutgoing(intervalMs: number): void {
    // STOMP 1.2 "Heart-beating": the sender MUST send at least every n ms; a tenth earlier covers timers that are late
    const everyMs = intervalMs * 0.9
    const check = (): void => {
      let idleMs = this.#idleMs()
      if (idleMs >= everyMs) {
        this.#host.sendHeartbeat()
        // Written at the end of the tick, or when the connection is no longer congested: not to be asked for again.
        this.#lastAsked = this.#clock.now()
        idleMs = 0
      }
      this.#outgoing = this.#clock.after(Math.max(1, everyMs - idleMs), check)
    }
    this.#outgoing = this.#clock.after(everyMs, check)
  }

  /** For how long nothing was written or asked for. */
  #idleMs(): number {
    const written = (wrappedMs(this.#clock) - this.#host.writtenMs) | 0
    return Math.min(written, this.#clock.now() - this.#lastAsked)
  }

  #watchIncoming(intervalMs: number): void {
    const silence = (): number => (this.#host.reading ? this.#clock.now() - this.#lastReceived : 0)
    const wait = (ms: number, then: () => void): void => {
      this.#incoming = this.#clock.after(Math.max(1, ms), then)
    }
    const check = (): void => {
      if (silence() < intervalMs * 1.25) return wait(intervalMs * 1.25 - silence(), check)
      this.#host.probe()
      wait(intervalMs * 1.9 - silence(), last)
    }
    const last = (): void => {
      if (silence() < intervalMs * 1.25) return check()
      // A late timer may run before bytes that have arrived already: let the event loop read once more.
      setImmediate(() => {
        if (this.#incoming === undefined) return
        if (silence() < intervalMs * 1.25) check()
        else this.#host.silent()
      })
    }
    wait(intervalMs * 1.25, check)
  }
}
