import type { RestorableStore } from '@stomping-ground/history'
import { REMEMBERED_IDS, StompHeaders } from 'stomping-ground'
import type { Entry } from 'stomping-ground'
import { changesTopic, roomTopic } from '../../contract/index.js'
import type { Database } from '../database/database.js'
import { TABLE_NAMES } from './format.js'
import type { Header, HistoryLine, MessageLine, Row, TableName } from './format.js'
import type { Imported } from './import.js'
import { LineError } from './lines.js'
import type { Line } from './read-line.js'

/** What waits in memory at most before it is written. */
const ROWS = 500
const MESSAGES = 1_000
const BYTES = 1_048_576

/** Where the reader of an import is, and what it has kept so far. */
export class Kept {
  readonly #transaction: Database
  readonly #store: RestorableStore
  readonly #sameEpoch: boolean
  #header: Header | undefined
  #lines = 0
  #ended = false
  #rows = 0
  #messages = 0
  #table: TableName = TABLE_NAMES[0]!
  #waitingRows: Row[] = []
  #history: (HistoryLine & { readonly isLeftOut: boolean }) | undefined
  #next = 0
  #waiting: Entry[] = []
  #waitingBytes = 0
  /** The first line that waits. */
  #from = 0
  /** The line that is read now. */
  #at = 0

  constructor(transaction: Database, store: RestorableStore, sameEpoch: boolean) {
    this.#transaction = transaction
    this.#store = store
    this.#sameEpoch = sameEpoch
  }

  /** Whether the first line has been read. */
  get begun(): boolean {
    return this.#header !== undefined
  }

  /** @throws LineError where it cannot stand in this place */
  async take(number: number, line: Line): Promise<void> {
    if (this.#ended) throw new LineError(number, 'There is more after the end.')
    this.#lines++
    this.#at = number
    switch (line.kind) {
      case 'header':
        this.#header = line.header
        break
      case 'row':
        await this.#row(line.table, line.row)
        break
      case 'history':
        await this.#flush()
        await this.#begin(line.history)
        break
      case 'message':
        await this.#message(line.message)
        break
      case 'end':
        await this.#flush()
        this.#historyIsWhole()
        if (line.lines !== this.#lines) {
          throw new LineError(number, `The file had ${line.lines} lines, and these are ${this.#lines}.`)
        }
        this.#ended = true
    }
  }

  /** @throws LineError where the end is missing */
  async finish(): Promise<Imported> {
    if (this.#header === undefined) throw new LineError(1, 'There is nothing in the file.')
    if (!this.#ended)
      throw new LineError(this.#at, 'The file ends here, before its last line: a part of it is missing.')
    if (this.#sameEpoch) await this.#store.adopt(this.#header.epoch)
    return { rows: this.#rows, messages: this.#messages }
  }

  async #row(table: TableName, row: Row): Promise<void> {
    if (this.#history !== undefined || TABLE_NAMES.indexOf(table) < TABLE_NAMES.indexOf(this.#table)) {
      throw new LineError(this.#at, `${table} cannot stand here: the lines of an export keep their order.`)
    }
    if (table !== this.#table || this.#waitingRows.length >= ROWS) await this.#flush()
    this.#table = table
    if (this.#waitingRows.length === 0) this.#from = this.#at
    this.#waitingRows.push(table === 'room_reads' ? this.#underNewEpoch(row) : row)
  }

  /** What was read is told by offsets, and these stay; of an older epoch than the exported one they say nothing anyway. */
  #underNewEpoch(row: Row): Row {
    return row['epoch'] === this.#header?.epoch && !this.#sameEpoch
      ? { ...row, epoch: this.#store.epoch }
      : row
  }

  async #begin(history: HistoryLine): Promise<void> {
    this.#historyIsWhole()
    const { destination, first } = history
    const changes = changesTopic.match(destination)
    if (changes === undefined && roomTopic.match(destination) === undefined) {
      throw new LineError(this.#at, `${destination.slice(0, 100)} is no room.`)
    }
    // Changes speak of messages by their epoch; the messages themselves are as they were changed.
    const isLeftOut = changes !== undefined && !this.#sameEpoch
    this.#history = { ...history, isLeftOut }
    this.#next = first
    if (isLeftOut) return
    const { last = 0 } = (await this.#store.heads([destination]))[0] ?? {}
    if (last > 0) throw new LineError(this.#at, `${destination} stands here twice.`)
    await this.#store.continueAt(destination, first)
  }

  async #message({ offset, time, headers: flat, body, bytes }: MessageLine): Promise<void> {
    const history = this.#history
    if (history === undefined || offset !== this.#next || offset > history.last) {
      throw new LineError(this.#at, `The offset ${offset} cannot stand here.`)
    }
    this.#next++
    if (history.isLeftOut) return
    const { destination, last } = history
    const headers = new StompHeaders([...flat])
    const octets = bytes === undefined ? Buffer.from(JSON.stringify(body)) : Buffer.from(bytes, 'base64')
    // Older ones had been forgotten: the same id may be there twice.
    const id = last - offset < REMEMBERED_IDS ? headers.get('x-message-id') : undefined
    if (this.#waiting.length === 0) this.#from = this.#at
    this.#waiting.push({ destination, headers, body: octets, time, id })
    this.#waitingBytes += octets.length
    if (this.#waiting.length >= MESSAGES || this.#waitingBytes >= BYTES) await this.#flush()
  }

  #historyIsWhole(): void {
    if (this.#history !== undefined && this.#next <= this.#history.last) {
      throw new LineError(this.#at, `Messages of ${this.#history.destination} are missing before this line.`)
    }
  }

  /** Writes what waits. */
  async #flush(): Promise<void> {
    const [rows, entries] = [this.#waitingRows, this.#waiting]
    this.#waitingRows = []
    this.#waiting = []
    this.#waitingBytes = 0
    if (rows.length > 0) await this.#keepRows(rows)
    if (entries.length === 0) return
    const appended = await this.#store.append(entries)
    if (appended.some(({ repeated }) => repeated)) {
      throw new LineError([this.#from, this.#at], 'A message is there twice under one x-message-id.')
    }
    this.#messages += entries.length
  }

  async #keepRows(rows: readonly Row[]): Promise<void> {
    try {
      await this.#transaction.insertInto(this.#table).values(rows).execute()
    } catch (error) {
      const { code } = error as { code?: string }
      // SQLITE_CONSTRAINT…, and class 23 of PostgreSQL.
      if (code === undefined || !/^(?:SQLITE_CONSTRAINT|23)/.test(code)) throw error
      const to = this.#from + rows.length - 1
      throw new LineError(
        [this.#from, to],
        `They do not fit what is before them: ${(error as Error).message}`,
      )
    }
    this.#rows += rows.length
  }
}
