import type { Database } from '../database/database.js'
import { refusal } from '../refusal.js'

/** A change that was begun. */
export interface PendingChange {
  readonly roomId: string
  readonly offset: number
  readonly begunAt: number
}

/**
 * Changes of messages that have been begun, and not been told to everybody yet. One message is changed by one process at a
 * time; what a process that ended has left undone is done by another one, or by itself after its start.
 */
export class PendingChanges {
  readonly #database: Database
  readonly #staleMs: number

  /** @param staleMs after so long, whoever has begun a change is taken to be gone */
  constructor(database: Database, staleMs: number) {
    this.#database = database
    this.#staleMs = staleMs
  }

  /** @throws StompError `too-many-requests` where somebody else is changing the message in this moment */
  async begin(roomId: string, offset: number): Promise<PendingChange> {
    const begunAt = Date.now()
    const row = await this.#database
      .insertInto('message_changes')
      .values({ room_id: roomId, said_offset: offset, begun_at: begunAt })
      .onConflict((conflict) =>
        conflict
          .columns(['room_id', 'said_offset'])
          .doUpdateSet({ begun_at: begunAt })
          .where('message_changes.begun_at', '<', begunAt - this.#staleMs),
      )
      .returning('begun_at')
      .executeTakeFirst()
    if (row === undefined) throw refusal('too-many-requests')
    return { roomId, offset, begunAt }
  }

  async done({ roomId, offset, begunAt }: PendingChange): Promise<void> {
    await this.#database
      .deleteFrom('message_changes')
      .where('room_id', '=', roomId)
      .where('said_offset', '=', offset)
      .where('begun_at', '=', begunAt)
      .execute()
  }

  /** What nobody is doing any more. */
  async stale(): Promise<PendingChange[]> {
    const rows = await this.#database
      .selectFrom('message_changes')
      .selectAll()
      .where('begun_at', '<', Date.now() - this.#staleMs)
      .execute()
    return rows.map((row) => ({ roomId: row.room_id, offset: row.said_offset, begunAt: row.begun_at }))
  }
}
