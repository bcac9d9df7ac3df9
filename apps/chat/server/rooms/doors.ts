import type { Account } from '../accounts/account.js'
import type { Database } from '../database/database.js'
import { nameKey } from '../names/text.js'
import { refusal } from '../refusal.js'
import { newInvitation } from './room.js'
import type { KeptRoom } from './room.js'
import type { Rooms } from './rooms.js'

export interface DoorsOptions {
  /** People of one private room. */
  readonly people: number
  /** Bans of one room. */
  readonly bans: number
}

/**
 * Who is let into a room and who is not, as it is kept. Whether someone may change that is for the policy. Each is in force when
 * it is kept, and throws `room-unknown` where the room is gone.
 */
export class Doors {
  readonly #rooms: Pick<Rooms, 'change'>
  readonly #options: DoorsOptions

  constructor(rooms: Pick<Rooms, 'change'>, options: DoorsOptions) {
    this.#rooms = rooms
    this.#options = options
  }

  /**
   * @param check throws where the room, as it is kept now, is none that they may be let into
   * @throws StompError `room-people-limit`
   */
  async letIn({ id }: KeptRoom, account: Account, check: (room: KeptRoom) => void = () => {}): Promise<void> {
    await this.#rooms.change(id, async (transaction, room) => {
      check(room)
      if (room.people.has(account.id)) return
      if (room.people.size >= this.#options.people) throw refusal('room-people-limit')
      await transaction
        .insertInto('room_members')
        .values({ room_id: id, account_id: account.id, joined_at: Date.now() })
        .execute()
    })
  }

  async putOut({ id }: KeptRoom, accountId: string): Promise<void> {
    await this.#rooms.change(id, async (transaction) => {
      await transaction
        .deleteFrom('room_members')
        .where('room_id', '=', id)
        .where('account_id', '=', accountId)
        .execute()
    })
  }

  /**
   * In the place of an earlier one of this name.
   *
   * @param endsAt milliseconds since 1970; `undefined`: until it is lifted
   * @throws StompError `room-people-limit`
   */
  async ban({ id }: KeptRoom, name: string, endsAt: number | undefined): Promise<void> {
    const key = nameKey(name)
    await this.#rooms.change(id, async (transaction, { bans }) => {
      const now = Date.now()
      await transaction
        .deleteFrom('room_bans')
        .where('room_id', '=', id)
        .where('ends_at', '<=', now)
        .execute()
      const lasting = [...bans].filter(([one, ban]) => one !== key && (ban.endsAt ?? Infinity) > now)
      if (lasting.length >= this.#options.bans) throw refusal('room-people-limit')
      const change = { name, ends_at: endsAt ?? null, made_at: now }
      await transaction
        .insertInto('room_bans')
        .values({ room_id: id, name_key: key, ...change })
        .onConflict((conflict) => conflict.columns(['room_id', 'name_key']).doUpdateSet(change))
        .execute()
    })
  }

  async lift({ id }: KeptRoom, name: string): Promise<void> {
    await this.#rooms.change(id, (transaction) => deleteBan(transaction, id, nameKey(name)))
  }

  /** The old one lets nobody in any more. */
  async renewInvitation({ id }: KeptRoom): Promise<void> {
    await this.#rooms.change(id, async (transaction) => {
      await transaction
        .updateTable('room_owners')
        .set({ invitation: newInvitation() })
        .where('room_id', '=', id)
        .execute()
    })
  }
}

async function deleteBan(transaction: Database, roomId: string, key: string): Promise<void> {
  await transaction
    .deleteFrom('room_bans')
    .where('room_id', '=', roomId)
    .where('name_key', '=', key)
    .execute()
}
