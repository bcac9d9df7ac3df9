import type { ChatSession } from '../accounts/account.js'

/** Which sessions of this node listen to a room: to what is said, to what is changed, or to who is there. */
export class Listeners {
  /** How many subscriptions each session has, by the rooms' ids. */
  readonly #rooms = new Map<string, Map<ChatSession, number>>()

  subscribed(session: ChatSession, roomId: string): void {
    const sessions = this.#rooms.get(roomId) ?? new Map<ChatSession, number>()
    this.#rooms.set(roomId, sessions.set(session, (sessions.get(session) ?? 0) + 1))
  }

  unsubscribed(session: ChatSession, roomId: string): void {
    const sessions = this.#rooms.get(roomId)
    const count = sessions?.get(session)
    if (sessions === undefined || count === undefined) return
    if (count > 1) sessions.set(session, count - 1)
    else sessions.delete(session)
    if (sessions.size === 0) this.#rooms.delete(roomId)
  }

  of(roomId: string): ChatSession[] {
    return [...(this.#rooms.get(roomId)?.keys() ?? [])]
  }
}
