import { octets } from './body.js'
import type { Budget } from './budget.js'
import { ClientError } from './errors.js'
import type { Link, SendFrame } from './link.js'

export interface Sending {
  readonly frame: SendFrame
  readonly signal: AbortSignal | undefined
  /** Waits for a session; where not, it goes out at once, ahead of what waits, or not at all. */
  readonly waits: boolean
  /** Goes again, in the next session, when its session ended before the receipt. */
  readonly repeats: boolean
  /** Called before it goes out. */
  readonly prepare?: (link: Link) => void
}

interface Entry extends Sending {
  readonly bytes: number
  sent: boolean
  /** Sessions that ended while it was the first of those on their way. */
  suspicions: number
  settle(error?: unknown): void
}

/**
 * SENDs until they are confirmed, in order.
 *
 * ```
 * waiting --session, its turn--> sent --RECEIPT--> done
 *    ^                           | | \--ERROR----> failed
 *    |_____session lost__________| |__session lost, not to be repeated, or the first too often__> failed
 * ```
 *
 * A server handles one session's frames in order. So when a session ends, only the first that has no receipt can be to
 * blame: one that was the first in `attempts` sessions is given up, and the others go on.
 */
export class Outgoing {
  readonly #budget: Budget
  readonly #attempts: number
  /** In order, by receipt: those that were sent come first, but for what does not wait. */
  readonly #entries = new Map<string, Entry>()
  #receipts = 0
  #link: Link | undefined
  #flowing = false
  #stopped: ClientError | undefined

  constructor(budget: Budget, attempts: number) {
    this.#budget = budget
    this.#attempts = attempts
  }

  /** Resolves when the RECEIPT comes. */
  send(sending: Sending): Promise<void> {
    const { frame, signal, waits } = sending
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error)
      if (this.#stopped !== undefined) return reject(this.#stopped)
      if (!waits && this.#link === undefined) return reject(new ClientError('not-connected'))
      const bytes = frameBytes(frame)
      if (!this.#budget.take(bytes)) return reject(new ClientError('outgoing-full'))
      const receipt = `m-${this.#receipts++}`
      const onAbort = (): void => entry.settle(signal!.reason)
      const entry: Entry = {
        ...sending,
        bytes,
        sent: false,
        suspicions: 0,
        settle: (error) => {
          if (!this.#entries.delete(receipt)) return
          signal?.removeEventListener('abort', onAbort)
          this.#budget.give(bytes)
          if (error === undefined) resolve()
          else reject(error)
        },
      }
      signal?.addEventListener('abort', onAbort)
      this.#entries.set(receipt, entry)
      if (this.#flowing || !waits) this.#transmit(receipt, entry)
    })
  }

  /** A session has begun. What waits goes on waiting until `flow`. */
  opened(link: Link): void {
    this.#link = link
  }

  flow(): void {
    if (this.#link === undefined) return
    this.#flowing = true
    for (const [receipt, entry] of this.#entries) if (!entry.sent) this.#transmit(receipt, entry)
  }

  closed(): void {
    this.#link = undefined
    this.#flowing = false
    const sent = [...this.#entries.values()].filter((entry) => entry.sent)
    const [first] = sent
    if (first !== undefined && ++first.suspicions >= this.#attempts) {
      first.settle(new ClientError('unconfirmed'))
    }
    for (const entry of sent) {
      if (entry.repeats) entry.sent = false
      else entry.settle(new ClientError('connection-lost'))
    }
  }

  /** Nothing goes out any more, until `restarted`. */
  stopped(cause: ClientError | undefined): void {
    this.#stopped = new ClientError('closed', { cause })
    for (const entry of this.#entries.values()) entry.settle(this.#stopped)
  }

  restarted(): void {
    this.#stopped = undefined
  }

  /** @returns whether the receipt is one of these, now or before */
  receipt(id: string): boolean {
    this.#entries.get(id)?.settle()
    return id.startsWith('m-')
  }

  /** @returns whether the receipt is one of these, now or before */
  refused(id: string, error: ClientError): boolean {
    this.#entries.get(id)?.settle(error)
    return id.startsWith('m-')
  }

  /**
   * The server could not take a frame for its size, and says not which: the largest of those on their way is given up.
   *
   * @returns whether there is one
   */
  tooLarge(): boolean {
    let largest: Entry | undefined
    for (const entry of this.#entries.values()) {
      if (entry.sent && entry.bytes > (largest?.bytes ?? 0)) largest = entry
    }
    largest?.settle(
      new ClientError('frame-too-large', { by: 'server', message: 'The message is too large.' }),
    )
    return largest !== undefined
  }

  #transmit(receipt: string, entry: Entry): void {
    const { frame, prepare } = entry
    entry.sent = true
    prepare?.(this.#link!)
    this.#link!.send({ ...frame, headers: { ...frame.headers, receipt } })
  }
}

function frameBytes({ destination, headers, body }: SendFrame): number {
  let bytes = octets(destination) + (typeof body === 'string' ? octets(body) : body.length)
  for (const [name, value] of Object.entries(headers)) bytes += octets(name) + octets(value) + 2
  return bytes
}
