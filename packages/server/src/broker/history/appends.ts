import type { Awaitable } from '../../awaitable.js'
import { StompError } from '../../errors.js'
import { messageBytes } from '../../message.js'
import type { Message } from '../../message.js'
import type { Appended, Entry } from './store.js'

/** The publisher's own id of a message, by which a repeated one is known. */
const MESSAGE_ID = 'x-message-id'
/** Characters in it. */
const ID_LENGTH = 128

export interface AppendsSettings {
  readonly append: (entries: readonly Entry[]) => Awaitable<readonly Appended[]>
  /** Bytes of messages that wait for the store, all together. */
  readonly waitingBytes: number
  readonly date: () => number
}

/** A message for which there is room. */
export interface Taken {
  readonly message: Message
  readonly entry: Entry
  readonly bytes: number
}

/**
 * What is on its way to the store. Answers come in the order of the calls, so what is published by them keeps the order of
 * its sending.
 */
export class Appends {
  readonly #settings: AppendsSettings
  #waitingBytes = 0
  #count = 0
  #takesTime = false
  #last: Promise<unknown> | undefined

  constructor(settings: AppendsSettings) {
    this.#settings = settings
  }

  /** Messages that wait for the store. */
  get waiting(): number {
    return this.#count
  }

  /** Whether the store's answers take their time. */
  get takesTime(): boolean {
    return this.#takesTime
  }

  /**
   * Makes room for a message: it is appended then, or given back.
   *
   * @throws StompError `header-invalid`, or `history-unavailable` while as much waits for the store as may
   */
  take(message: Message): Taken {
    return this.takeAll([message])[0]!
  }

  /** The same for several, or for none of them. */
  takeAll(messages: readonly Message[]): Taken[] {
    const date = this.#settings.date()
    let bytes = 0
    const all = messages.map((message) => {
      const one = { message, entry: entryOf(message, date), bytes: messageBytes(message) }
      bytes += one.bytes
      return one
    })
    // One is always taken: the limit on frames bounds it.
    if (this.#waitingBytes > 0 && this.#waitingBytes + bytes > this.#settings.waitingBytes) {
      throw new StompError('history-unavailable', 'The history does not keep up. Try again later.')
    }
    this.#waitingBytes += bytes
    return all
  }

  giveBack(taken: readonly Taken[]): void {
    for (const { bytes } of taken) this.#waitingBytes -= bytes
  }

  /**
   * Keeps messages, all or none, and then publishes them.
   *
   * @throws StompError `history-unavailable` when the store does not take them
   */
  append(taken: readonly Taken[], then: (appended: readonly Appended[]) => Awaitable<void>): Awaitable<void> {
    let appending: Awaitable<readonly Appended[]>
    try {
      appending = this.#settings.append(taken.map(({ entry }) => entry))
    } catch (cause) {
      this.giveBack(taken)
      throw unavailable(cause)
    }
    if (!(appending instanceof Promise)) {
      this.giveBack(taken)
      return then(appending as readonly Appended[])
    }
    this.#takesTime = true
    this.#count += taken.length
    const settled = (): void => {
      this.giveBack(taken)
      this.#count -= taken.length
    }
    const done = appending.then(
      (appended: readonly Appended[]) => {
        settled()
        return then(appended)
      },
      (cause: unknown) => {
        settled()
        throw unavailable(cause)
      },
    )
    this.#last = appending
    return done
  }

  /** Publishes what is not kept: after all that was sent before it. */
  after(publish: () => Awaitable<void>): Awaitable<void> {
    if (this.#count === 0) return publish()
    return this.#last!.then(publish, publish)
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    while (this.#count > 0) await this.#last!.then(nothing, nothing)
  }
}

function nothing(): void {}

function entryOf({ destination, headers, body }: Message, time: number): Entry {
  const id = headers.get(MESSAGE_ID)
  if (id !== undefined && (id === '' || id.length > ID_LENGTH)) {
    throw new StompError('header-invalid', `${MESSAGE_ID} has 1 to ${ID_LENGTH} characters.`)
  }
  return { destination, headers, body, time, id }
}

export function unavailable(cause: unknown): StompError {
  return new StompError('history-unavailable', undefined, { cause })
}
