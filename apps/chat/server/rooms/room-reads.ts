import type { Account } from '../accounts/account.js'
import type { Place } from '../../contract/index.js'
import type { Database } from '../database/database.js'
import type { Tables } from '../database/tables.js'
import type { Newest } from '../history/newest.js'
import { refusal } from '../refusal.js'

export interface RoomReadsOptions {
  readonly database: Database
  readonly newest: Pick<Newest, 'epoch' | 'of' | 'heads'>
  /** An account has read a room up to there. */
  readonly told: (accountId: string, roomId: string, place: Place) => void
  readonly failed: (error: unknown) => void
  /** How long what was read may wait to be written. */
  readonly everyMs: number
  /** So much may wait. */
  readonly waiting: number
}

interface Reading {
  readonly accountId: string
  readonly roomId: string
  readonly place: Place
}

type Written = Tables['room_reads']

/** Rows of one statement. */
const AT_ONCE = 500

/**
 * Up to where accounts have read rooms. A place goes forward only, and not beyond what was said; it is written a moment
 * later, together with all others.
 */
export class RoomReads {
  readonly #options: RoomReadsOptions
  /** What is to be written, by account and room. */
  #waiting = new Map<string, Reading>()
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: RoomReadsOptions) {
    this.#options = options
  }

  /**
   * Whoever is behind this has been asked already whether they may be in the room.
   *
   * @throws StompError `too-many-requests` where too much waits to be written
   */
  read(account: Account, roomId: string, place: Place): void {
    const key = `${account.id} ${roomId}`
    const before = this.#waiting.get(key)?.place
    if (before !== undefined && before.epoch === place.epoch && before.offset >= place.offset) return
    if (before === undefined && this.#waiting.size >= this.#options.waiting)
      throw refusal('too-many-requests')
    this.#waiting.set(key, { accountId: account.id, roomId, place })
    this.#timer ??= setTimeout(() => void this.flush(), this.#options.everyMs).unref()
  }

  /** By the ids of rooms. */
  async of(account: Account): Promise<Record<string, Place>> {
    const rows = await this.#options.database
      .selectFrom('room_reads')
      .select(['room_id', 'read_offset', 'epoch'])
      .where('account_id', '=', account.id)
      .execute()
    return Object.fromEntries(
      rows.map(({ room_id, read_offset, epoch }) => [room_id, { offset: read_offset, epoch }]),
    )
  }

  /** Writes what waits. Done when it is written, and what was being written before. */
  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const readings = [...this.#waiting.values()]
    this.#waiting = new Map()
    if (readings.length > 0) {
      this.#writing = this.#writing.then(() => this.#write(readings).catch(this.#options.failed))
    }
    return this.#writing
  }

  async #write(readings: readonly Reading[]): Promise<void> {
    const { newest, told } = this.#options
    const { epoch } = newest
    const roomIds = [...new Set(readings.map(({ roomId }) => roomId))]
    // A store that cannot be asked, or was stopped before this last time: what it said last has to do.
    const heads = await newest.heads(roomIds).catch(() => undefined)
    const said = readings.flatMap((reading) => {
      const last = heads?.get(reading.roomId)?.last ?? newest.of(reading.roomId)?.offset ?? 0
      const offset = Math.min(reading.place.offset, last)
      // Of a room that was opened before anything was said in it, everything is new; of one about which nothing is known, nothing.
      const isKnown = offset > 0 || reading.place.offset === 0
      // Offsets of another epoch are places of other messages.
      return isKnown && epoch === reading.place.epoch ? [{ ...reading, place: { offset, epoch } }] : []
    })
    for (let i = 0; i < said.length; i += AT_ONCE) {
      const some = said.slice(i, i + AT_ONCE)
      // Where a room was deleted in this moment, its row is refused, and with it all others of the statement.
      const written = await this.#put(some).catch(() => this.#oneByOne(some))
      for (const { account_id, room_id, read_offset, epoch } of written) {
        told(account_id, room_id, { offset: read_offset, epoch })
      }
    }
  }

  /** @returns the rows that have changed */
  #put(readings: readonly Reading[]): Promise<Written[]> {
    return this.#options.database
      .insertInto('room_reads')
      .values(
        readings.map(({ accountId, roomId, place }) => ({
          account_id: accountId,
          room_id: roomId,
          read_offset: place.offset,
          epoch: place.epoch,
        })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['account_id', 'room_id'])
          .doUpdateSet((row) => ({
            read_offset: row.ref('excluded.read_offset'),
            epoch: row.ref('excluded.epoch'),
          }))
          .where((row) =>
            row.or([
              row('room_reads.epoch', '!=', row.ref('excluded.epoch')),
              row('room_reads.read_offset', '<', row.ref('excluded.read_offset')),
            ]),
          ),
      )
      .returning(['account_id', 'room_id', 'read_offset', 'epoch'])
      .execute()
  }

  async #oneByOne(readings: readonly Reading[]): Promise<Written[]> {
    const written: Written[] = []
    for (const reading of readings) {
      try {
        written.push(...(await this.#put([reading])))
      } catch (error) {
        this.#options.failed(error)
      }
    }
    return written
  }
}
