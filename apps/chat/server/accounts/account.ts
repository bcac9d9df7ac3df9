import type { StompSession, StompUser } from 'stomping-ground'

/** A registered name and who it belongs to. */
export interface Account {
  readonly id: string
  readonly name: string
}

/** Who is behind a session: `name` is the account's id, by which messages find all of its sessions; a guest has none. */
export interface ChatUser extends StompUser {
  readonly account: Account | undefined
  /** The sign-in that the session came by; it ends with it. */
  readonly loginId: string | undefined
}

export type ChatSession = StompSession<ChatUser>

export const GUEST: ChatUser = { name: '', account: undefined, loginId: undefined }
