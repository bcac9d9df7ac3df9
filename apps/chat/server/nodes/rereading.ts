import type { Logger } from 'pino'
import type { ChatSession } from '../accounts/account.js'
import type { Live } from '../accounts/live.js'
import type { ChatErrorCode } from '../../contract/index.js'
import type { Newest } from '../history/newest.js'
import type { Names } from '../names/names.js'
import { demand, policy } from '../policy.js'
import type { Announcer } from '../presence/announcer.js'
import type { Listeners } from '../presence/listeners.js'
import type { Members } from '../presence/members.js'
import { isChatErrorCode } from '../refusal.js'
import type { KeptRoom, RoomChange } from '../rooms/room.js'
import type { Rooms } from '../rooms/rooms.js'
import type { Why } from './news.js'

export interface RereadingOptions {
  readonly rooms: Pick<Rooms, 'reread' | 'rereadAll'>
  readonly names: Names
  readonly listeners: Pick<Listeners, 'of'>
  readonly members: Pick<Members, 'forget'>
  readonly newest: Pick<Newest, 'forget'>
  readonly live: Pick<Live, 'cutFromRoom'>
  readonly announcer: () => Announcer
  readonly log: Logger
  /** After so long it is tried again, where the database was away. */
  readonly againMs: number
}

/**
 * Reads rooms again that have changed elsewhere: those who may not be in them any more are cut off, and those who are
 * connected here are told. One reading after the other; what is asked for meanwhile is read once.
 */
export class Rereading {
  readonly #parts: RereadingOptions
  /** What waits, and why people may have to leave. */
  #waiting = new Map<string, Why>()
  #everything = false
  #running: Promise<void> | undefined
  #again: NodeJS.Timeout | undefined
  #closed = false

  constructor(parts: RereadingOptions) {
    this.#parts = parts
  }

  room(roomId: string, why: Why): void {
    this.#waiting.set(roomId, why ?? this.#waiting.get(roomId))
    this.#run()
  }

  everything(): void {
    this.#everything = true
    this.#run()
  }

  /** Done when nothing is read any more. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#again)
    await this.#running
  }

  #run(): void {
    if (this.#closed || this.#running !== undefined) return
    clearTimeout(this.#again)
    this.#running = this.#readAll().finally(() => (this.#running = undefined))
  }

  async #readAll(): Promise<void> {
    while (!this.#closed && (this.#everything || this.#waiting.size > 0)) {
      const [everything, waiting] = [this.#everything, this.#waiting]
      this.#everything = false
      this.#waiting = new Map()
      try {
        await this.#read(everything, waiting)
      } catch (error) {
        this.#parts.log.error({ err: error }, 'could not read rooms again')
        this.#everything ||= everything
        this.#waiting = new Map([...waiting, ...this.#waiting])
        this.#again = setTimeout(() => this.#run(), this.#parts.againMs).unref()
        return
      }
    }
  }

  async #read(everything: boolean, waiting: ReadonlyMap<string, Why>): Promise<void> {
    const { rooms } = this.#parts
    for (const [id, why] of waiting) await this.#became(await rooms.reread(id), why)
    if (everything) for (const change of await rooms.rereadAll()) await this.#became(change, undefined)
  }

  /** Of a room that is new here, those who are connected here have heard already. */
  async #became({ before, now }: RoomChange, why: Why): Promise<void> {
    if (before === undefined) return
    const announcer = this.#parts.announcer()
    if (now === undefined) {
      announcer.gone(before)
      await this.#cut(before, () => 'room-unknown')
      this.#parts.members.forget(before.id)
      this.#parts.newest.forget(before.id)
      return
    }
    const putOut = [...before.people.keys()].filter((accountId) => !now.people.has(accountId))
    const entered = [...now.people.keys()].some((accountId) => !before.people.has(accountId))
    for (const accountId of putOut) announcer.gone(now, accountId)
    if (before.name !== now.name) announcer.renamed(now)
    else if (putOut.length > 0 || entered) announcer.room(now)
    await this.#cut(now, (session) => this.#refusal(now, session, why))
  }

  async #cut(room: KeptRoom, codeOf: (session: ChatSession) => ChatErrorCode | undefined): Promise<void> {
    const { listeners, live } = this.#parts
    const byCode = new Map<ChatErrorCode, ChatSession[]>()
    for (const session of listeners.of(room.id)) {
      const code = codeOf(session)
      if (code !== undefined) byCode.set(code, [...(byCode.get(code) ?? []), session])
    }
    for (const [code, sessions] of byCode) await live.cutFromRoom(room.id, code, sessions)
  }

  #refusal(room: KeptRoom, session: ChatSession, why: Why): ChatErrorCode | undefined {
    const { account } = session.user
    const name = this.#parts.names.of(session) ?? account?.name
    try {
      demand(policy.beInRoom, { who: { account, name }, room })
      return undefined
    } catch (error) {
      const { code } = error as { code: string }
      // Whoever was in it until now knows that there is such a room.
      return isChatErrorCode(code) && code !== 'room-unknown' ? code : (why ?? 'put-out')
    }
  }
}
