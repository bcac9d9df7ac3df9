import type { StompSession } from 'stomping-ground'
import type { MemberEvent } from '../../contract/index.js'
import type { Names } from '../names/names.js'

/** One room as presence sees it. Kept when all have left, for its `seq`; there are no more of them than rooms. */
interface Attendance {
  /** How many subscriptions to the room each session has. */
  readonly sessions: Map<StompSession, number>
  /** How many sessions each name has here, in the order in which the names came. */
  readonly names: Map<string, number>
  seq: number
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
  readonly #roomsOf = new Map<StompSession, Set<string>>()

  constructor({ names, announce, firstSeq }: PresenceOptions) {
    this.#names = names
    this.#announce = announce
    this.#firstSeq = firstSeq
  }

  subscribed(session: StompSession, roomId: string): void {
    const room = this.#room(roomId)
    const count = room.sessions.get(session) ?? 0
    room.sessions.set(session, count + 1)
    if (count > 0) return
    const rooms = this.#roomsOf.get(session)
    if (rooms === undefined) this.#roomsOf.set(session, new Set([roomId]))
    else rooms.add(roomId)
    const name = this.#names.of(session)
    if (name !== undefined) this.#came(roomId, room, name)
  }

  /** @returns whether the session has no other subscription to the room */
  unsubscribed(session: StompSession, roomId: string): boolean {
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
  named(session: StompSession, name: string): void {
    for (const roomId of this.#roomsOf.get(session) ?? []) this.#came(roomId, this.#room(roomId), name)
  }

  /** How many different names are in a room. */
  count(roomId: string): number {
    return this.#rooms.get(roomId)?.names.size ?? 0
  }

  /** Who is in a room, and the `seq` of the last event that this includes. */
  of(roomId: string): { readonly members: string[]; readonly seq: number } {
    const room = this.#rooms.get(roomId)
    return { members: [...(room?.names.keys() ?? [])], seq: room?.seq ?? this.#firstSeq }
  }

  #came(roomId: string, room: Attendance, name: string): void {
    const count = room.names.get(name) ?? 0
    room.names.set(name, count + 1)
    if (count === 0) this.#tell('JOIN', roomId, room, name)
  }

  #left(roomId: string, room: Attendance, name: string): void {
    const count = room.names.get(name) ?? 0
    if (count > 1) room.names.set(name, count - 1)
    else if (room.names.delete(name)) this.#tell('LEAVE', roomId, room, name)
  }

  #tell(type: MemberEvent['type'], roomId: string, room: Attendance, name: string): void {
    room.seq++
    this.#announce({ type, roomId, name, members: room.names.size, seq: room.seq })
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
