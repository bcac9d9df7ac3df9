import { randomBytes } from 'node:crypto'
import type { Account } from '../accounts/account.js'

/** Who may not be in a room. */
export interface Ban {
  readonly name: string
  /** Milliseconds since 1970; `undefined`: until it is lifted. */
  readonly endsAt: number | undefined
}

/** A room as it is kept; who is in it now is another matter. */
export interface KeptRoom {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  /** Whoever made it with an account. */
  readonly owner: Account | undefined
  /** Of a private room: whoever has it can become one of its people. Without one everybody can enter. */
  readonly invitation: string | undefined
  /** Who can enter a private room, by the account's id. */
  readonly people: ReadonlyMap<string, Account>
  /** By the key of the name. */
  readonly bans: ReadonlyMap<string, Ban>
}

/** The same for those who keep it. */
export interface OwnRoom extends KeptRoom {
  name: string
  invitation: string | undefined
  people: Map<string, Account>
  bans: Map<string, Ban>
}

/** What became of a room: made without `before`, deleted without `now`, nothing with neither. */
export interface RoomChange {
  /** A copy of what was known of it. */
  readonly before: KeptRoom | undefined
  readonly now: KeptRoom | undefined
}

/** 160 bits: nobody guesses it. */
export function newInvitation(): string {
  return randomBytes(20).toString('base64url')
}
