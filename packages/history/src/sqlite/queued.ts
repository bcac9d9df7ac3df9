import { bytesOf } from '../layout.js'
import type { Sqlite } from './database.js'
import type { PackedChange, PackedMessage } from './protocol.js'

/** Messages that one question gives. */
const AT_ONCE = 1_000

interface Row {
  readonly key: number
  readonly queue: string
  readonly message_id: string
  readonly data: ArrayBuffer
}

/** The table of durable queues. */
export class Queued {
  readonly #statements

  constructor(database: Sqlite) {
    this.#statements = {
      put: database.prepare('insert into queued (key, queue, message_id, data) values (?, ?, ?, ?)'),
      settled: database.prepare('delete from queued where key = ?'),
      after: database.prepare('select * from queued where key > ? order by key limit ?'),
    }
  }

  change(changes: readonly PackedChange[]): void {
    const { put, settled } = this.#statements
    for (const change of changes) {
      if ('settled' in change) settled.run(change.settled)
      else put.run(change.key, change.queue, change.messageId, change.record)
    }
  }

  after(key: number): PackedMessage[] {
    const rows = this.#statements.after.all(key, AT_ONCE) as Row[]
    return rows.map(({ key, queue, message_id: messageId, data }) => ({
      key,
      queue,
      messageId,
      record: bytesOf(data),
    }))
  }
}
