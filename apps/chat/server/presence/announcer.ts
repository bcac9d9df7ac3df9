import type { Logger } from 'pino'
import type { Awaitable, Messaging } from 'stomping-ground'
import { membersTopic, ownRooms, roomReads, roomsTopic } from '../../contract/index.js'
import type { MemberEvent, Place, Room, RoomEvent, RoomNews, RoomReadEvent } from '../../contract/index.js'
import type { KeptRoom } from '../rooms/room.js'
import { Coalesced } from './coalesced.js'

export interface AnnouncerOptions {
  readonly messaging: Messaging
  readonly log: Logger
  /** The room as it is kept, while there is one. */
  readonly find: (roomId: string) => KeptRoom | undefined
  /** The same as clients see it now. */
  readonly describe: (room: KeptRoom) => Room
  /** How often at most the count of one room's members is told. */
  readonly countsEveryMs: number
}

/** Tells pages who came and left, and what became of the list of rooms. */
export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #counts: Coalesced

  constructor(options: AnnouncerOptions) {
    this.#options = options
    this.#counts = new Coalesced(options.countsEveryMs, (roomIds) => {
      for (const room of roomIds.map(options.find)) if (room !== undefined) this.room(room)
    })
  }

  /** To the room's members at once; to the list of rooms soon, for there everyone is told. */
  member(event: MemberEvent): void {
    const { messaging } = this.#options
    const to = membersTopic.to({ roomId: event.roomId })
    this.#publish(to.destination, () => messaging.send(to, event))
    this.#counts.changed(event.roomId)
  }

  room(room: KeptRoom): void {
    this.#toList(room, { type: 'ROOM', room: this.#options.describe(room) })
  }

  /** Something was said in it, up to there. */
  said(roomId: string, place: Place): void {
    const room = this.#options.find(roomId)
    if (room !== undefined) this.#toList(room, { type: 'SAID', roomId, ...place })
  }

  /** An account has read a room up to there. */
  read(accountId: string, roomId: string, place: Place): void {
    const event: RoomReadEvent = { type: 'READ', roomId, ...place }
    this.#publish(roomReads.pattern, () =>
      this.#options.messaging.sendToUser(accountId, roomReads.to({}), event),
    )
  }

  /** It has got another name: those who are in it hear of it too. */
  renamed(room: KeptRoom): void {
    this.room(room)
    const to = membersTopic.to({ roomId: room.id })
    const event: RoomNews = { type: 'ROOM', room: this.#options.describe(room) }
    this.#publish(to.destination, () => this.#options.messaging.send(to, event))
  }

  /** There is no such room any more: for anyone, or for one account. */
  gone(room: KeptRoom, accountId?: string): void {
    const event: RoomEvent = { type: 'GONE', roomId: room.id }
    if (accountId === undefined) this.#toList(room, event)
    else
      this.#publish(ownRooms.pattern, () =>
        this.#options.messaging.sendToUser(accountId, ownRooms.to({}), event),
      )
  }

  close(): void {
    this.#counts.close()
  }

  /** Of a private room its people hear, and nobody else. */
  #toList(room: KeptRoom, event: RoomEvent): void {
    const { messaging } = this.#options
    if (room.invitation === undefined) {
      this.#publish(roomsTopic.pattern, () => messaging.send(roomsTopic.to({}), event))
      return
    }
    for (const id of room.people.keys()) {
      this.#publish(ownRooms.pattern, () => messaging.sendToUser(id, ownRooms.to({}), event))
    }
  }

  /** Nobody waits for it: what cannot be told now is read again by pages that come later. */
  #publish(destination: string, send: () => Awaitable<void>): void {
    void (async () => send())().catch((error: unknown) => {
      this.#options.log.error({ err: error, destination }, 'could not publish')
    })
  }
}
