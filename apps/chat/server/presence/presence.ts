import type { ChatSession } from '../accounts/account.js'
import type { MemberEvent } from '../../contract/index.js'
import type { Names } from '../names/names.js'

/** One room as presence sees it. Kept when all have left, for its `seq`; there are no more of them than rooms. */
interface Attendance {
  /** How many subscriptions to the room each session has. */
  readonly sessions: Map<ChatSession, number>
  /** Each name that is here, in the order in which they came. */
  readonly names: Map<string, Present>
  seq: number
}

interface Present {
  sessions: number
  readonly registered: boolean
}

export interface PresenceOptions {
  readonly names: Names
  /** Called when the first session of a name has come to a room, or the last one has left it. */
  readonly announce: (event: MemberEvent) => void
  /** What the rooms' `seq` starts from: larger than before a restart, so that no page takes new events for old ones. */
  readonly firstSeq: number
}

/** Who is in which room: sessions that are subscribed to the room and have a name, whichever came first. */
export class Presence {
  readonly #names: Names
  readonly #announce: (event: MemberEvent) => void
  readonly #firstSeq: number
  readonly #rooms = new Map<string, Attendance>()
  /** The rooms that each session is subscribed to. */
  readonly #roomsOf = new Map<ChatSession, Set<string>>()

  constructor({ names, announce, firstSeq }: PresenceOptions) {
    this.#names = names
    this.#announce = announce
    this.#firstSeq = firstSeq
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

  /** How many different names are in a room. */
  count(roomId: string): number {
    return this.#rooms.get(roomId)?.names.size ?? 0
  }

  /** Who is in a room, and the `seq` of the last event that this includes. */
  of(roomId: string): {
    readonly members: string[]
    readonly registered: string[]
    readonly seq: number
  } {
    const room = this.#rooms.get(roomId)
    const present = [...(room?.names ?? [])]
    return {
      members: present.map(([name]) => name),
      registered: present.filter(([, { registered }]) => registered).map(([name]) => name),
      seq: room?.seq ?? this.#firstSeq,
    }
  }

  /** The sessions that are subscribed to a room, with a name or without. */
  sessions(roomId: string): ChatSession[] {
    return [...(this.#rooms.get(roomId)?.sessions.keys() ?? [])]
  }

  /** There is no such room any more. Those who are in it leave it as their subscriptions end. */
  forget(roomId: string): void {
    if (this.#rooms.get(roomId)?.sessions.size === 0) this.#rooms.delete(roomId)
  }

  #came(roomId: string, room: Attendance, { user }: ChatSession, name: string): void {
    const present = room.names.get(name)
    if (present !== undefined) {
      present.sessions++
      return
    }
    const registered = user.account !== undefined
    room.names.set(name, { sessions: 1, registered })
    this.#tell('JOIN', roomId, room, name, registered)
  }

  #left(roomId: string, room: Attendance, name: string): void {
    const present = room.names.get(name)
    if (present === undefined) return
    if (--present.sessions > 0) return
    room.names.delete(name)
    this.#tell('LEAVE', roomId, room, name, present.registered)
  }

  #tell(
    type: MemberEvent['type'],
    roomId: string,
    room: Attendance,
    name: string,
    registered: boolean,
  ): void {
    room.seq++
    const event = { type, roomId, name, members: room.names.size, seq: room.seq }
    this.#announce(registered ? { ...event, registered } : event)
  }

  #room(roomId: string): Attendance {
    let room = this.#rooms.get(roomId)
    if (room === undefined) {
      room = { sessions: new Map(), names: new Map(), seq: this.#firstSeq }
      this.#rooms.set(roomId, room)
    }
    return room
  }
}
