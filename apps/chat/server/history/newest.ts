import type { Head, HistoryStore } from 'stomping-ground'
import { roomTopic } from '../../contract/index.js'
import type { Place } from '../../contract/index.js'
import { Coalesced } from '../presence/coalesced.js'

export interface NewestOptions {
  readonly store: Pick<HistoryStore, 'heads' | 'epoch'>
  /** Something was said in a room up to there, which nobody has been told yet. */
  readonly told: (roomId: string, place: Place) => void
  /** The store could not be asked. What was said since is found with what is said next. */
  readonly failed: (error: unknown) => void
  /** How often at most one room's place is told. */
  readonly everyMs: number
}

/** Rooms that the store is asked about at a time. */
const AT_ONCE = 1_000

/**
 * The newest message of each room: what is unread is what comes after the last one that somebody has read. The store is
 * asked at most once in an interval, for all rooms together in which something was said.
 */
export class Newest {
  readonly #options: NewestOptions
  readonly #offsets = new Map<string, number>()
  readonly #changed: Coalesced

  constructor(options: NewestOptions) {
    this.#options = options
    this.#changed = new Coalesced(options.everyMs, (roomIds) => {
      this.#look(roomIds).catch(options.failed)
    })
  }

  get epoch(): string {
    return this.#options.store.epoch
  }

  /** Asks about all rooms, once the store is there. */
  async load(roomIds: readonly string[]): Promise<void> {
    for (const [roomId, { last }] of await this.heads(roomIds)) this.#offsets.set(roomId, last)
  }

  /** Something was said in a room. */
  said(roomId: string): void {
    this.#changed.changed(roomId)
  }

  /** Another node knows of something that was said. @returns whether it is new here */
  heard(roomId: string, { offset, epoch }: Place): boolean {
    if (epoch !== this.#options.store.epoch || offset <= (this.#offsets.get(roomId) ?? 0)) return false
    this.#offsets.set(roomId, offset)
    return true
  }

  /** What is known of a room, in which something may have been said in this moment. */
  of(roomId: string): Place | undefined {
    const offset = this.#offsets.get(roomId) ?? 0
    return offset === 0 ? undefined : { offset, epoch: this.#options.store.epoch }
  }

  forget(roomId: string): void {
    this.#offsets.delete(roomId)
  }

  /** What the store holds of rooms now. */
  async heads(roomIds: readonly string[]): Promise<Map<string, Head>> {
    const heads = new Map<string, Head>()
    for (let i = 0; i < roomIds.length; i += AT_ONCE) {
      const some = roomIds.slice(i, i + AT_ONCE)
      const found = await this.#options.store.heads(
        some.map((roomId) => roomTopic.to({ roomId }).destination),
      )
      for (const [at, roomId] of some.entries()) heads.set(roomId, found[at]!)
    }
    return heads
  }

  close(): void {
    this.#changed.close()
  }

  async #look(roomIds: readonly string[]): Promise<void> {
    const { told, store } = this.#options
    for (const [roomId, { last }] of await this.heads(roomIds)) {
      if (last <= (this.#offsets.get(roomId) ?? 0)) continue
      this.#offsets.set(roomId, last)
      told(roomId, { offset: last, epoch: store.epoch })
    }
  }
}
