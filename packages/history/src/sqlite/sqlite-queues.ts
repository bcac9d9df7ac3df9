import type { KeptMessage, QueueChange, QueueStore } from 'stomping-ground'
import { messagesIn, recordOf } from '../record.js'
import type { Connection } from './connection.js'
import type { PackedChange, PackedMessage } from './protocol.js'

/** The queues' side of a SQLite store: the same file, the same thread. */
export class SqliteQueues implements QueueStore {
  readonly #store: { start(): Promise<void>; stop(): Promise<void> }
  readonly #connection: () => Connection

  constructor(store: { start(): Promise<void>; stop(): Promise<void> }, connection: () => Connection) {
    this.#store = store
    this.#connection = connection
  }

  start(): Promise<void> {
    return this.#store.start()
  }

  async load(after: number): Promise<readonly KeptMessage[]> {
    const packed = await this.#connection().ask({ do: 'queued', after })
    return packed.map((one) => unpacked(one))
  }

  async change(changes: readonly QueueChange[]): Promise<void> {
    await this.#connection().ask({ do: 'queue', changes: changes.map((one) => packed(one)) })
  }

  stop(): Promise<void> {
    return this.#store.stop()
  }
}

function packed(change: QueueChange): PackedChange {
  if ('settled' in change) return change
  const { key, queue, messageId, headers, body, expiresAt } = change.kept
  const record = recordOf({ destination: queue, headers, body, time: expiresAt, id: undefined })
  return { key, queue, messageId, record }
}

function unpacked({ key, queue, messageId, record }: PackedMessage): KeptMessage {
  const [message] = messagesIn([{ first: key, data: record }], key, { count: 1, bytes: 1 })
  const { headers, body, time: expiresAt } = message!
  return { key, queue, messageId, headers, body, expiresAt }
}
