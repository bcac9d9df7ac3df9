import type { ChatSession } from '../accounts/account.js'
import type { Names } from '../names/names.js'
import type { Members } from './members.js'

/** One room as the sessions of this node see it. */
interface Attendance {
  /** How many subscriptions to the room each session has. */
  readonly sessions: Map<ChatSession, number>
  /** How many sessions each name has here. */
  readonly names: Map<string, number>
}

export interface PresenceOptions {
  readonly names: Names
  /** Hears when the first session of a name has come to a room here, and when the last one has left it. */
  readonly members: Pick<Members, 'came' | 'left'>
}

/** Which sessions of this node are in which room: those that are subscribed to it and have a name, whichever came first. */
export class Presence {
  readonly #names: Names
  readonly #members: PresenceOptions['members']
  readonly #rooms = new Map<string, Attendance>()
  /** The rooms that each session is subscribed to. */
  readonly #roomsOf = new Map<ChatSession, Set<string>>()

  constructor({ names, members }: PresenceOptions) {
    this.#names = names
    this.#members = members
  }

  subscribed(session: ChatSession, roomId: string): void {
    const room = this.#room(roomId)
    const count = room.sessions.get(session) ?? 0
    room.sessions.set(session, count + 1)
    if (count > 0) return
    const rooms = this.#roomsOf.get(session)
    if (rooms === undefined) this.#roomsOf.set(session, new Set([roomId]))
    else rooms.add(roomId)
    const name = this.#names.of(session)
    if (name !== undefined) this.#came(roomId, room, session, name)
  }

  /** @returns whether the session has no other subscription to the room */
  unsubscribed(session: ChatSession, roomId: string): boolean {
    const room = this.#rooms.get(roomId)
    const count = room?.sessions.get(session)
    if (room === undefined || count === undefined) return false
    if (count > 1) {
      room.sessions.set(session, count - 1)
      return false
    }
    room.sessions.delete(session)
    if (room.sessions.size === 0) this.#rooms.delete(roomId)
    const rooms = this.#roomsOf.get(session)
    rooms?.delete(roomId)
    if (rooms?.size === 0) this.#roomsOf.delete(session)
    const name = this.#names.of(session)
    if (name !== undefined) this.#left(roomId, room, name)
    return true
  }

  /** A session has just got its name. */
  named(session: ChatSession, name: string): void {
    for (const roomId of this.#roomsOf.get(session) ?? []) {
      this.#came(roomId, this.#room(roomId), session, name)
    }
  }

  #came(roomId: string, room: Attendance, { user }: ChatSession, name: string): void {
    const count = room.names.get(name) ?? 0
    room.names.set(name, count + 1)
    if (count === 0) this.#members.came(roomId, name, user.account !== undefined)
  }

  #left(roomId: string, room: Attendance, name: string): void {
    const count = room.names.get(name)
    if (count === undefined) return
    if (count > 1) return void room.names.set(name, count - 1)
    room.names.delete(name)
    this.#members.left(roomId, name)
  }

  #room(roomId: string): Attendance {
    let room = this.#rooms.get(roomId)
    if (room === undefined) this.#rooms.set(roomId, (room = { sessions: new Map(), names: new Map() }))
    return room
  }
}
