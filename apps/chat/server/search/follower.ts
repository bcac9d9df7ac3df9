import { setTimeout as pause } from 'node:timers/promises'
import type { Head } from 'stomping-ground'
import type { SaidMessage } from '../history/room-history.js'
import { Coalesced } from '../presence/coalesced.js'
import type { IndexEntry, IndexPlace, MessageIndex } from './message-index.js'

export interface FollowerOptions {
  readonly index: MessageIndex
  /** What the history holds of rooms, and its epoch. */
  readonly newest: {
    readonly epoch: string
    heads(roomIds: readonly string[]): Promise<ReadonlyMap<string, Head>>
  }
  readonly history: {
    following(roomId: string, from: number, count: number): Promise<readonly SaidMessage[]>
  }
  /** The rooms that there are. */
  readonly rooms: () => readonly string[]
  readonly failed: (error: unknown) => void
  /** How long what was said may wait, and with it what else is said meanwhile. */
  readonly everyMs: number
  /** How often all rooms are looked at: for what has been trimmed, and what another process has left undone. */
  readonly sweepMs: number
}

/** What one transaction takes in, so that nobody waits for it: messages, and characters of them. */
const BATCH = { messages: 100, characters: 5_000 }
/** What one statement lets go of. */
const DROPPED = 500
/** After a step the others have the machine for so many times as long as it took. */
const REST = 4
const RETRY_MS = 5_000

/**
 * Makes what was said searchable: follows the history of each room from where its index ends, so that a crash, a restart
 * and a time without a database cost nothing but time. Works off one room after the other, a batch each.
 */
export class Follower {
  readonly #options: FollowerOptions
  readonly #said: Coalesced
  /** Rooms whose index is behind, or may be. */
  readonly #behind = new Set<string>()
  readonly #closing = new AbortController()
  #working: Promise<void> | undefined
  #sweep: NodeJS.Timeout | undefined

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#said = new Coalesced(options.everyMs, (roomIds) => this.#follow(roomIds))
  }

  /** How many rooms there is something to do for. */
  get behind(): number {
    return this.#behind.size
  }

  /** Catches up with all rooms, once the store is there, and again from time to time. */
  start(): void {
    const look = (): void => void this.#lookAtAll().catch(this.#options.failed)
    look()
    this.#sweep = setInterval(look, this.#options.sweepMs).unref()
  }

  /** Something was said in a room, or all of it is gone. */
  changed(roomId: string): void {
    this.#said.changed(roomId)
  }

  /** Done when what is being written is written. What is left is done after the next start. */
  async close(): Promise<void> {
    clearInterval(this.#sweep)
    this.#said.close()
    this.#closing.abort()
    await this.#working
  }

  async #lookAtAll(): Promise<void> {
    const { index, newest, rooms } = this.#options
    const places = await index.places()
    const heads = await newest.heads([...new Set([...rooms(), ...places.keys()])])
    const behind = [...heads].filter(([roomId, { first, last }]) => {
      const place = places.get(roomId)
      if (place === undefined) return last >= first
      return place.epoch !== newest.epoch || place.first !== first || place.indexed < last
    })
    this.#follow(behind.map(([roomId]) => roomId))
  }

  #follow(roomIds: readonly string[]): void {
    for (const roomId of roomIds) this.#behind.add(roomId)
    if (this.#behind.size > 0) this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing
    for (const roomId of this.#behind) {
      if (signal.aborted) return
      this.#behind.delete(roomId)
      const began = performance.now()
      let restMs = RETRY_MS
      try {
        if (await this.#step(roomId)) this.#behind.add(roomId)
        restMs = (performance.now() - began) * REST
      } catch (error) {
        this.#behind.add(roomId)
        this.#options.failed(error)
      }
      await pause(restMs, undefined, { signal, ref: false }).catch(() => {})
    }
    this.#working = undefined
  }

  /** @returns whether there is more to do for the room */
  async #step(roomId: string): Promise<boolean> {
    const { index, newest, history, rooms } = this.#options
    const { epoch } = newest
    const { first, last } = (await newest.heads([roomId])).get(roomId)!
    const place = await index.place(roomId, epoch, first)
    const isOther = place.epoch !== epoch
    if (isOther || place.first < first) {
      // Offsets of another epoch are those of other messages.
      const dropped = await index.drop(roomId, isOther ? Number.MAX_SAFE_INTEGER : first, DROPPED)
      if (dropped < DROPPED) {
        const indexed = isOther ? first - 1 : Math.max(place.indexed, first - 1)
        await index.move(roomId, place, { epoch, first, indexed })
      }
      return true
    }
    if (place.indexed >= last) {
      if (!rooms().includes(roomId)) await index.forget(roomId)
      return false
    }
    const said = await history.following(roomId, place.indexed + 1, BATCH.messages)
    await this.#take(roomId, place, said, last)
    return true
  }

  async #take(roomId: string, place: IndexPlace, said: readonly SaidMessage[], last: number): Promise<void> {
    const entries: IndexEntry[] = []
    let [indexed, characters] = [said.length === 0 ? last : place.indexed, 0]
    for (const one of said) {
      const entry = entryOf(one)
      characters += entry?.text.length ?? 0
      if (characters > BATCH.characters && entries.length > 0) break
      if (entry !== undefined) entries.push(entry)
      indexed = one.offset
    }
    await this.#options.index.add(roomId, place, entries, indexed)
  }
}

/** What can be found of a message: nothing of one that was deleted. */
export function entryOf({ offset, time, message }: SaidMessage): IndexEntry | undefined {
  if (message === undefined || message.deleted !== undefined) return undefined
  return { offset, time, text: message.message, message: JSON.stringify(message) }
}
