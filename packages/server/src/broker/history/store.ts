import type { StompHeaders } from '@stomping-ground/codec'
import type { Awaitable } from '../../awaitable.js'

/** One message to be kept. */
export interface Entry {
  readonly destination: string
  readonly headers: StompHeaders
  /** Not to be changed by anybody from now on. */
  readonly body: Uint8Array
  /** Milliseconds since 1970. A store never goes back: a clock that was set back repeats the destination's last time. */
  readonly time: number
  /** The publisher's own id, by which a repeated message is known. */
  readonly id: string | undefined
}

/** Where an entry is. */
export interface Appended {
  readonly offset: number
  /** A message with this id is there already, at this offset; nothing was stored. */
  readonly repeated: boolean
}

/** One message as it is kept. */
export interface StoredMessage {
  readonly offset: number
  /** Milliseconds since 1970; never less than that of the message before. */
  readonly time: number
  readonly headers: StompHeaders
  readonly body: Uint8Array
}

/** What a kept message says: all of it that can be replaced. */
export interface Content {
  readonly headers: StompHeaders
  /** Not to be changed by anybody from now on. */
  readonly body: Uint8Array
}

/** What a destination holds: the offsets `first` to `last`, or nothing where `first` is `last + 1`. */
export interface Head {
  readonly first: number
  readonly last: number
}

/** What a store keeps of a destination; the rest may go. */
export interface Keep {
  readonly destination: string
  /** The newest so many. */
  readonly count: number
  /** And of these, those that are not older: milliseconds since 1970. */
  readonly since: number
}

/** What a page of messages may hold at most; one message is always given. */
export interface PageBounds {
  readonly count: number
  readonly bytes: number
}

/** Tells what other processes have done. */
export interface StoreWatcher {
  /** They have appended the offsets `first` to `last`. */
  appended(destination: string, first: number, last: number): void
  /** They have replaced a message. */
  replaced(destination: string, offset: number): void
  /** Some of it may have been missed. */
  missed(): void
}

/** How many messages with an id a destination has to remember for `Entry.id`, where it holds so many. */
export const REMEMBERED_IDS = 10_000

/**
 * Keeps messages by destination. `testing/history-store-contract` tests what is said here.
 *
 * A destination's offsets begin at 1, or later where messages of the past were forgotten, grow by one from message to
 * message, and are never used again within an epoch. Answers to `append`, `heads` and `replace` come in the order of
 * the calls, where `watch` is not there. Every call is refused with an Error when the store cannot do it, now or ever; what was not
 * appended then may be appended again, and calls after it are carried out when they can.
 */
export interface HistoryStore {
  /** Another one whenever offsets may mean other messages than they did. Known once `start` is done. */
  readonly epoch: string
  /** Makes what is missing and brings it up to date. @throws Error that says what is wrong, and what to do about it */
  start(): Promise<void>
  /**
   * Keeps all of these or none, in order; done means that they will survive whatever the store can survive.
   *
   * @returns where each of them is
   */
  append(entries: readonly Entry[]): Awaitable<readonly Appended[]>
  /**
   * Puts another content in the place of a kept one; offset, time and the publisher's id stay. Done means that it will survive
   * as what was appended does, and that whoever reads from then on gets it.
   *
   * @returns whether there is such a message: false where it has been trimmed, or never was
   */
  replace(destination: string, offset: number, content: Content): Awaitable<boolean>
  /** What these destinations hold, in the order of the names. */
  heads(destinations: readonly string[]): Awaitable<readonly Head[]>
  /** The messages from an offset on, in order: from the first that there is where it has been trimmed. */
  read(destination: string, from: number, bounds: PageBounds): Awaitable<readonly StoredMessage[]>
  /** The offset of the first message that is not older; `last + 1` where all are. */
  offsetAt(destination: string, time: number): Awaitable<number>
  /** Some names of destinations that hold messages, in an order of the store's own: those after this one. */
  destinations(after: string | undefined): Awaitable<readonly string[]>
  /** Lets go of what need not be kept; it may keep a little more than that. */
  trim(keeps: readonly Keep[]): Awaitable<void>
  /** Writes something of its own. @throws Error where messages could not be written either */
  check(): Awaitable<void>
  /** There where several processes write to one store. Called once, after `start`. */
  watch?(watcher: StoreWatcher): void
  /** Everything that was appended is carried out first. Idempotent. */
  stop(): Promise<void>
}
