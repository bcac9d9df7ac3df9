import type { Client } from 'pg'
import type { StoreWatcher } from 'stomping-ground'
import type { Database } from './database.js'

const RECONNECT_MS = 1_000
/** PostgreSQL's notices have fewer than 8,000 octets. */
const NOTICE_BYTES = 7_999

/** What a process tells the others: whose it is, the destination, and the offsets that it appended or replaced. */
export type Notice = readonly [
  origin: string,
  destination: string,
  first: number,
  last: number,
  replaced?: true,
]

/** @returns the empty one where it is too long: whoever hears that looks by itself */
export function noticeText(notice: Notice): string {
  const text = JSON.stringify(notice)
  return Buffer.byteLength(text) > NOTICE_BYTES ? '' : text
}

/** Hears what other processes appended, and connects again when the connection is lost. */
export class Listener {
  readonly #database: Database
  readonly #channel: string
  readonly #origin: string
  readonly #watcher: StoreWatcher
  #client: Client | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(database: Database, channel: string, origin: string, watcher: StoreWatcher) {
    this.#database = database
    this.#channel = channel
    this.#origin = origin
    this.#watcher = watcher
    void this.#listen()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#client?.end().catch(() => {})
  }

  async #listen(): Promise<void> {
    const client = this.#database.client()
    this.#client = client
    let over = false
    const again = (): void => {
      if (over || this.#stopped) return
      over = true
      client.end().catch(() => {})
      this.#timer = setTimeout(() => void this.#listen(), RECONNECT_MS).unref()
    }
    client.on('error', again)
    client.on('end', again)
    client.on('notification', ({ payload }) => this.#heard(payload ?? ''))
    try {
      await client.connect()
      await client.query(`listen "${this.#channel}"`)
      // What was appended while nobody listened.
      if (!this.#stopped) this.#watcher.missed()
    } catch {
      again()
    }
  }

  #heard(text: string): void {
    let notice: Notice
    try {
      notice = JSON.parse(text) as Notice
    } catch {
      // Too long a notice; and anybody who uses the database can write to the channel.
      return this.#watcher.missed()
    }
    const [origin, destination, first, last, replaced] = notice
    if (origin === this.#origin) return
    if (replaced === true) this.#watcher.replaced(destination, first)
    else this.#watcher.appended(destination, first, last)
  }
}
