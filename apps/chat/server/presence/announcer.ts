import type { Logger } from 'pino'
import type { Address, Messaging } from 'stomping-ground'
import { membersTopic, roomsTopic } from '../../contract/index.js'
import type { MemberEvent, Room } from '../../contract/index.js'
import { Coalesced } from './coalesced.js'

export interface AnnouncerOptions {
  readonly messaging: Messaging
  readonly log: Logger
  /** The room as it is now, as clients see it. */
  readonly describe: (roomId: string) => Room
  /** How often at most the count of one room's members is told. */
  readonly countsEveryMs: number
}

/** Tells pages who came and left, and what became of the list of rooms. */
export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #counts: Coalesced

  constructor(options: AnnouncerOptions) {
    this.#options = options
    this.#counts = new Coalesced(options.countsEveryMs, (roomId) => this.room(roomId))
  }

  /** To the room's members at once; to the list of rooms soon, for there everyone is told. */
  member(event: MemberEvent): void {
    this.#publish(membersTopic.to({ roomId: event.roomId }), event)
    this.#counts.changed(event.roomId)
  }

  room(roomId: string): void {
    this.#publish(roomsTopic.to({}), { type: 'ROOM', room: this.#options.describe(roomId) })
  }

  close(): void {
    this.#counts.close()
  }

  /** Nobody waits for it: what cannot be told now is read again by pages that come later. */
  #publish<Body>(to: Address<Body>, payload: Body): void {
    const { messaging, log } = this.#options
    void (async () => messaging.send(to, payload))().catch((error: unknown) => {
      log.error({ err: error, destination: to.destination }, 'could not publish')
    })
  }
}
