import { countAlone, holdAccount } from '../database/counting.js'
import type { Database } from '../database/database.js'
import { refusal } from '../refusal.js'
import type { KeptRoom } from './room.js'

/** How many rooms there can be, and how many of them one account can own. */
export interface RoomBounds {
  readonly limit: number
  readonly owned: number
}

/**
 * Keeps a new room.
 *
 * @param key keeps others from taking its name; null: nothing does
 * @returns false where its id or its name is taken
 * @throws StompError `room-limit` or `room-own-limit` as a rejection
 */
export function insertRoom(
  database: Database,
  { id, name, createdAt, owner, invitation, people }: KeptRoom,
  key: string | null,
  { limit, owned }: RoomBounds,
): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    const inserted = await transaction
      .insertInto('rooms')
      .values({ id, name, name_key: key, created_at: createdAt })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute()
    if (inserted.length === 0) return false
    if ((await countAlone(transaction, 'rooms')) > limit) throw refusal('room-limit')
    if (owner === undefined) return true
    if ((await roomsOf(transaction, owner.id)) >= owned) throw refusal('room-own-limit')
    await transaction
      .insertInto('room_owners')
      .values({ room_id: id, account_id: owner.id, invitation: invitation ?? null })
      .execute()
    for (const account_id of people.keys()) {
      await transaction
        .insertInto('room_members')
        .values({ room_id: id, account_id, joined_at: createdAt })
        .execute()
    }
    return true
  })
}

async function roomsOf(transaction: Database, accountId: string): Promise<number> {
  await holdAccount(transaction, accountId)
  const { count } = await transaction
    .selectFrom('room_owners')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  return count
}
