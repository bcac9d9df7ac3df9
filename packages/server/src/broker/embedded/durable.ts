import { StompError } from '../../errors.js'
import type { Message } from '../../message.js'
import { isQueue } from '../destinations.js'
import type { KeptMessage, QueueChange, QueueStore } from './queue-store.js'

/** Settled keys that wait for a store that does not work. Past it the oldest are let go: they would be delivered again. */
const MOST_SETTLED = 1_000_000

/** Bytes of messages that wait for the store. */
const MOST_WAITING_BYTES = 67_108_864

/** What the changes of one turn come to. */
interface Turn {
  readonly changes: QueueChange[]
  readonly done: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** The durable part of the queues: what is `persistent`, and what becomes of it. One turn's changes are one call. */
export class Durable {
  readonly #store: QueueStore
  #key = 0
  #turn: Turn | undefined
  #waitingBytes = 0
  /** Settled while the store did not work. */
  #late: QueueChange[] = []

  constructor(store: QueueStore) {
    this.#store = store
  }

  /** Gives every message that was kept, in order. */
  async start(restore: (message: KeptMessage) => void): Promise<void> {
    await this.#store.start()
    for (;;) {
      const some = await this.#store.load(this.#key)
      if (some.length === 0) return
      for (const one of some) restore(one)
      this.#key = some.at(-1)!.key
    }
  }

  async stop(): Promise<void> {
    await this.#turn?.done.catch(() => {})
    await this.#store.stop()
  }

  /** Whether a message shall survive the process. */
  takes({ destination, headers }: Message): boolean {
    return headers.get('persistent') === 'true' && isQueue(destination)
  }

  /** A message as it is kept, under a key of its own. Its body is copied. */
  keep({ destination, headers, body }: Message, messageId: string, expiresAt: number): KeptMessage {
    return { key: ++this.#key, queue: destination, messageId, headers, body: Buffer.from(body), expiresAt }
  }

  /** @throws StompError `queue-unavailable` while as much waits for the store as may */
  mustKeepUp(): void {
    if (this.#waitingBytes > MOST_WAITING_BYTES) {
      throw new StompError('queue-unavailable', 'The store of the queues does not keep up. Try again later.')
    }
  }

  /** Resolves when these are carried out, with all else of this turn. @throws StompError `queue-unavailable` */
  change(changes: readonly QueueChange[]): Promise<void> {
    const turn = (this.#turn ??= this.#next())
    for (const one of changes) {
      turn.changes.push(one)
      if ('kept' in one) this.#waitingBytes += one.kept.body.length
    }
    return turn.done
  }

  /** A message is gone for good. */
  settled(key: number): void {
    // Who waits for it asks for `written`.
    this.change([{ settled: key }]).catch(() => {})
  }

  /** Resolves when all of this turn is carried out. @throws StompError `queue-unavailable` */
  written(): Promise<void> | undefined {
    return this.#turn?.done
  }

  #next(): Turn {
    let resolve = (): void => {}
    let reject: (error: unknown) => void = () => {}
    const done = new Promise<void>((kept, failed) => {
      resolve = kept
      reject = failed
    })
    setImmediate(() => this.#carryOut())
    return { changes: this.#late.splice(0), done, resolve, reject }
  }

  #carryOut(): void {
    const turn = this.#turn!
    this.#turn = undefined
    const answered = (): void => {
      for (const one of turn.changes) if ('kept' in one) this.#waitingBytes -= one.kept.body.length
    }
    const carriedOut = (): void => {
      answered()
      turn.resolve()
    }
    this.#store.change(turn.changes).then(carriedOut, (cause: unknown) => {
      answered()
      const settled = turn.changes.filter((one) => 'settled' in one)
      this.#late = [...settled, ...this.#late].slice(-MOST_SETTLED)
      turn.reject(new StompError('queue-unavailable', undefined, { cause }))
    })
  }
}
