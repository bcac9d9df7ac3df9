import { randomBytes } from 'node:crypto'
import { REMEMBERED_IDS } from 'stomping-ground'
import type {
  Appended,
  Content,
  Entry,
  Head,
  Keep,
  PageBounds,
  QueueStore,
  StoredMessage,
} from 'stomping-ground'
import { contentOf, messagesIn } from '../record.js'
import { checkedEpoch, checkedOffset } from '../restorable.js'
import type { RestorableStore } from '../restorable.js'
import { SqliteQueues } from './sqlite-queues.js'
import { AppendBatch } from './append-batch.js'
import { Connection } from './connection.js'

export interface SqliteStoreOptions {
  /** The file; it and its folder are made where they are missing. */
  readonly file: string
}

/** Transactions under way: while one is written to the disk, the next one is filled. */
const UNDER_WAY = 2

/**
 * A history in one SQLite file, for one process. It works in a thread of its own; what is appended in one turn of the event
 * loop, or while the disk is busy, is one transaction, and is on the disk (`synchronous=FULL`) when `append` is done.
 *
 * `start` refuses, with what to do about it: a file that is damaged, that another process has open, that a newer version
 * has written, or that cannot be written to. The driver `libsql` has to be installed.
 */
export function sqliteStore(options: SqliteStoreOptions): SqliteStore {
  return new SqliteStore(options)
}

export class SqliteStore implements RestorableStore {
  /** Keeps durable queues in the same file: `embeddedBroker({ durable: store.queues })`. */
  readonly queues: QueueStore
  readonly #file: string
  #connection: Connection | undefined
  #epoch: string | undefined
  #starting: Promise<void> | undefined
  #batch = new AppendBatch()
  #underWay = 0
  #scheduled = false
  #stopped = false

  constructor({ file }: SqliteStoreOptions) {
    this.#file = file
    this.queues = new SqliteQueues(this, () => this.#ask())
  }

  get epoch(): string {
    if (this.#epoch === undefined)
      throw new Error('The history has not been started: call stomp.start() first.')
    return this.#epoch
  }

  start(): Promise<void> {
    this.#stopped = false
    this.#starting ??= this.#open()
    return this.#starting
  }

  append(entries: readonly Entry[]): Promise<readonly Appended[]> {
    if (this.#connection?.alive !== true) return this.#gone()
    const appending = this.#batch.add(entries)
    this.#schedule()
    return appending
  }

  async replace(destination: string, offset: number, content: Content): Promise<boolean> {
    // What was appended before may be what is to be replaced.
    this.#flush()
    return this.#ask().ask({ do: 'replace', name: destination, offset, content: contentOf(content) })
  }

  async heads(destinations: readonly string[]): Promise<readonly Head[]> {
    // Answers come in the order of the calls, those to `append` included.
    this.#flush()
    return this.#ask().ask({ do: 'heads', names: destinations })
  }

  async read(destination: string, from: number, bounds: PageBounds): Promise<readonly StoredMessage[]> {
    const chunks = await this.#ask().ask({ do: 'read', name: destination, from, bounds })
    return messagesIn(chunks, from, bounds)
  }

  async offsetAt(destination: string, time: number): Promise<number> {
    return this.#ask().ask({ do: 'offsetAt', name: destination, time })
  }

  async destinations(after: string | undefined): Promise<readonly string[]> {
    return this.#ask().ask({ do: 'destinations', after })
  }

  async trim(keeps: readonly Keep[]): Promise<void> {
    await this.#ask().ask({ do: 'trim', keeps })
  }

  async continueAt(destination: string, offset: number): Promise<void> {
    await this.#ask().ask({ do: 'continueAt', name: destination, offset: checkedOffset(offset) })
  }

  async adopt(epoch: string): Promise<void> {
    await this.#ask().ask({ do: 'adopt', epoch: checkedEpoch(epoch) })
    this.#epoch = epoch
  }

  async clear(): Promise<void> {
    const epoch = randomBytes(9).toString('base64url')
    await this.#ask().ask({ do: 'clear', epoch })
    this.#epoch = epoch
  }

  /** Opens the file again where the thread has ended. */
  async check(): Promise<void> {
    if (this.#connection?.alive === false && !this.#stopped) {
      this.#starting = this.#open()
      await this.#starting
    }
    await this.#ask().ask({ do: 'check' })
  }

  /** Writes a copy of everything to another file, which must not exist, while the history is in use. */
  async backup(file: string): Promise<void> {
    await this.#ask().ask({ do: 'backup', file })
  }

  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#flush()
    await this.#connection?.close()
  }

  async #open(): Promise<void> {
    const connection = await Connection.open({ file: this.#file, rememberedIds: REMEMBERED_IDS })
    this.#connection = connection
    this.#epoch = connection.epoch
  }

  #ask(): Connection {
    if (this.#connection === undefined)
      throw new Error('The history has not been started: call stomp.start() first.')
    return this.#connection
  }

  #gone(): Promise<never> {
    return Promise.reject(new Error('The history is not open.'))
  }

  /** What this turn of the event loop brings is one transaction; what comes while the disk is busy, the next one. */
  #schedule(): void {
    if (this.#scheduled || this.#underWay >= UNDER_WAY) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#underWay < UNDER_WAY) this.#flush()
    })
  }

  #flush(): void {
    const batch = this.#batch
    if (batch.empty || this.#connection === undefined) return
    this.#batch = new AppendBatch()
    this.#underWay++
    const { question, transfer } = batch.packed()
    this.#connection
      .ask(question, transfer)
      .then(
        (offsets) => batch.resolve(offsets),
        (error: Error) => batch.reject(error),
      )
      .finally(() => {
        this.#underWay--
        // At once: what has come meanwhile has waited for this.
        this.#flush()
      })
  }
}
