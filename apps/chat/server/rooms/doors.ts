import type { Account } from '../accounts/account.js'
import type { Database } from '../database/database.js'
import { nameKey } from '../names/text.js'
import { refusal } from '../refusal.js'
import { newInvitation } from './room.js'
import type { OwnRoom } from './room.js'
import type { Rooms } from './rooms.js'

export interface DoorsOptions {
  /** People of one private room. */
  readonly people: number
  /** Bans of one room. */
  readonly bans: number
}

/** Who is let into a room and who is not, as it is kept. Whether someone may change that is for the policy. */
export class Doors {
  readonly #database: Database
  readonly #rooms: Rooms
  readonly #options: DoorsOptions

  constructor(database: Database, rooms: Rooms, options: DoorsOptions) {
    this.#database = database
    this.#rooms = rooms
    this.#options = options
  }

  /** @throws StompError `invitation-unknown` */
  byInvitation(invitation: string): OwnRoom {
    // Seldom asked; a comparison that takes as long for every guess of 160 bits is not needed.
    const room = this.#rooms.all().find((one) => one.invitation === invitation)
    if (room === undefined) throw refusal('invitation-unknown')
    return room
  }

  /** @throws StompError `room-people-limit` */
  async letIn(room: OwnRoom, account: Account): Promise<void> {
    if (room.people.has(account.id)) return
    if (room.people.size >= this.#options.people) throw refusal('room-people-limit')
    room.people.set(account.id, account)
    try {
      await this.#database
        .insertInto('room_members')
        .values({ room_id: room.id, account_id: account.id, joined_at: Date.now() })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    } catch (error) {
      room.people.delete(account.id)
      throw error
    }
  }

  /** They are out at once; whether that could be written is known a moment later. */
  async putOut(room: OwnRoom, accountId: string): Promise<void> {
    room.people.delete(accountId)
    await this.#database
      .deleteFrom('room_members')
      .where('room_id', '=', room.id)
      .where('account_id', '=', accountId)
      .execute()
  }

  /**
   * In force at once, in the place of an earlier one of this name.
   *
   * @param endsAt milliseconds since 1970; `undefined`: until it is lifted
   * @throws StompError `room-people-limit`
   */
  async ban(room: OwnRoom, name: string, endsAt: number | undefined): Promise<void> {
    const key = nameKey(name)
    await this.#dropEnded(room)
    if (!room.bans.has(key) && room.bans.size >= this.#options.bans) throw refusal('room-people-limit')
    room.bans.set(key, { name, endsAt })
    const change = { name, ends_at: endsAt ?? null, made_at: Date.now() }
    await this.#database
      .insertInto('room_bans')
      .values({ room_id: room.id, name_key: key, ...change })
      .onConflict((conflict) => conflict.columns(['room_id', 'name_key']).doUpdateSet(change))
      .execute()
  }

  async lift(room: OwnRoom, name: string): Promise<void> {
    const key = nameKey(name)
    await this.#deleteBan(room, key)
    room.bans.delete(key)
  }

  /** The old one lets nobody in any more. */
  async renewInvitation(room: OwnRoom): Promise<void> {
    const invitation = newInvitation()
    await this.#database
      .updateTable('room_owners')
      .set({ invitation })
      .where('room_id', '=', room.id)
      .execute()
    room.invitation = invitation
  }

  async #dropEnded(room: OwnRoom): Promise<void> {
    const now = Date.now()
    for (const [key, { endsAt }] of room.bans) {
      if (endsAt === undefined || endsAt > now) continue
      room.bans.delete(key)
      await this.#deleteBan(room, key)
    }
  }

  async #deleteBan(room: OwnRoom, key: string): Promise<void> {
    await this.#database
      .deleteFrom('room_bans')
      .where('room_id', '=', room.id)
      .where('name_key', '=', key)
      .execute()
  }
}
