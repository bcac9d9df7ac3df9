import type Libsql from 'libsql'
import type { Head, Keep, PageBounds } from 'stomping-ground'
import { TIME_AT, bytesOf, idAt, places, recordsIn, timeAt, withContent } from '../layout.js'
import type { Chunk } from '../layout.js'
import type { Sqlite } from './database.js'

/** What one row holds at most, where it is not a single record: what is read or trimmed for one message stays small. */
const CHUNK_BYTES = 131_072
/** Destinations whose state is remembered, and ids of publishers that are, of all destinations together. */
const REMEMBERED = 10_000
const ALL_REMEMBERED_IDS = 1_000_000
/** Names that one call of `destinations` gives. */
const NAMES = 1_000

interface Destination {
  readonly id: number
  first: number
  last: number
  time: number
  /** Offsets by the publishers' ids, oldest first; read from the chunks when the first id comes. */
  ids: Map<string, number> | undefined
}

interface ChunkRow {
  readonly first: number
  readonly last: number
  readonly data: ArrayBuffer
}

/** The part of one commit that goes to one destination. */
interface Batch {
  readonly name: string
  readonly state: Destination
  first: number
  records: Buffer[]
  bytes: number
  /** Ids that this commit adds. */
  readonly ids: Map<string, number>
}

/** The tables of the history: what the store's thread does. */
export class Tables {
  readonly #database: Sqlite
  readonly #rememberedIds: number
  readonly #known = new Map<string, Destination>()
  #idCount = 0
  readonly #statements

  constructor(database: Sqlite, rememberedIds: number) {
    const prepare = (sql: string): Libsql.Statement => database.prepare(sql)
    this.#database = database
    this.#rememberedIds = rememberedIds
    this.#statements = {
      begin: prepare('begin immediate'),
      commit: prepare('commit'),
      rollback: prepare('rollback'),
      find: prepare('select id, last, time from destinations where name = ?'),
      first: prepare('select min(last) as last from chunks where destination = ?'),
      firstOf: prepare('select first from chunks where destination = ? and last = ?'),
      make: prepare('insert into destinations (name, last, time) values (?, ?, ?)'),
      move: prepare('update destinations set last = ?, time = ? where id = ?'),
      insert: prepare('insert into chunks (destination, last, first, time, data) values (?, ?, ?, ?, ?)'),
      read: prepare(
        'select first, data from chunks where destination = ? and last >= ? order by last limit ?',
      ),
      change: prepare('update chunks set data = ? where destination = ? and last = ?'),
      holder: prepare(
        'select first, last, data from chunks where destination = ? and last >= ? order by last limit 1',
      ),
      back: prepare(
        'select first, last, data from chunks where destination = ? and last < ? order by last desc limit 16',
      ),
      at: prepare('select first, data from chunks where destination = ? and time >= ? order by last limit 1'),
      names: prepare('select name from destinations where name > ? order by name limit ?'),
      drop: prepare('delete from chunks where destination = ? and last <= ?'),
      old: prepare('select max(last) as last from chunks where destination = ? and time < ?'),
      forget: prepare('delete from destinations where id = ?'),
      meta: prepare('select value from meta where name = ?'),
      note: prepare('insert into meta values (?, ?) on conflict do update set value = excluded.value'),
    }
  }

  /** Runs in one transaction: all of it is on the disk when this returns, or none. */
  transaction<T>(run: () => T): T {
    const { begin, commit, rollback } = this.#statements
    begin.run()
    try {
      const result = run()
      commit.run()
      return result
    } catch (error) {
      try {
        rollback.run()
      } catch {
        // A disk that is full may have ended it already.
      }
      // What is remembered may be of what has not happened.
      this.#known.clear()
      this.#idCount = 0
      throw error
    }
  }

  /** Appends `records`: for each message the index of its name as u32, and its record. @returns see `Answers.append` */
  append(names: readonly string[], records: Buffer, count: number): Float64Array {
    const offsets = new Float64Array(count)
    const batches: (Batch | undefined)[] = []
    let at = 0
    for (let i = 0; i < count; i++) {
      const index = records.readUInt32LE(at)
      const length = records.readUInt32LE(at + 4)
      const batch = (batches[index] ??= this.#batch(names[index]!))
      offsets[i] = this.#add(batch, records.subarray(at + 4, at + 4 + length))
      at += 4 + length
    }
    for (const batch of batches) if (batch !== undefined) this.#finish(batch)
    return offsets
  }

  /** @returns whether there is such a message */
  replace(name: string, offset: number, content: Uint8Array): boolean {
    const state = this.#find(name)
    if (state === undefined || offset < state.first || offset > state.last) return false
    const { holder, change } = this.#statements
    const chunk = holder.get(state.id, offset) as ChunkRow
    change.run(withContent(bytesOf(chunk.data), offset - chunk.first, content), state.id, chunk.last)
    return true
  }

  heads(names: readonly string[]): Head[] {
    return names.map((name) => {
      const { first, last } = this.#find(name) ?? { first: this.#forgotten() + 1, last: this.#forgotten() }
      return { first, last }
    })
  }

  read(name: string, from: number, { count, bytes }: PageBounds): Chunk[] {
    const state = this.#find(name)
    const chunks: Chunk[] = []
    let messages = 0
    let size = 0
    for (let next = from; state !== undefined && next <= state.last && messages < count && size < bytes;) {
      // Of chunks with one message each a page takes many, of full ones few.
      const limit = size === 0 ? 16 : Math.ceil(Math.min(count - messages, (bytes / size) * chunks.length))
      const rows = this.#statements.read.all(state.id, next, Math.max(1, limit)) as {
        first: number
        data: Buffer
      }[]
      if (rows.length === 0) break
      for (const { first, data: blob } of rows) {
        const data = bytesOf(blob)
        chunks.push({ first, data })
        const held = recordsIn(data)
        messages += first + held - Math.max(first, next)
        size += data.length
        next = first + held
        if (messages >= count || size >= bytes) break
      }
    }
    return chunks
  }

  offsetAt(name: string, time: number): number {
    const state = this.#find(name)
    if (state === undefined) return this.#forgotten() + 1
    const chunk = this.#statements.at.get(state.id, time) as { first: number; data: ArrayBuffer } | undefined
    if (chunk === undefined) return state.last + 1
    let offset = chunk.first
    const data = bytesOf(chunk.data)
    for (const at of places(data)) {
      if (timeAt(data, at) >= time) break
      offset++
    }
    return offset
  }

  destinations(after: string | undefined): string[] {
    return (this.#statements.names.all(after ?? '', NAMES) as { name: string }[]).map(({ name }) => name)
  }

  trim(keeps: readonly Keep[]): void {
    for (const { destination, count, since } of keeps) {
      const state = this.#find(destination)
      if (state === undefined) continue
      const old = Number.isFinite(since)
        ? (this.#statements.old.get(state.id, since) as { last: number | null }).last
        : null
      const last = Math.max(state.last - count, old ?? 0)
      if (last < state.first) continue
      this.#statements.drop.run(state.id, last)
      state.first = this.#firstOf(state.id, state.last)
      if (state.first > state.last) this.#forget(destination, state)
    }
  }

  continueAt(name: string, offset: number): void {
    if (this.#find(name) !== undefined) throw new Error(`The history has ${name} already.`)
    this.#statements.make.run(name, offset - 1, 0)
  }

  adopt(epoch: string): void {
    this.#statements.note.run('epoch', epoch)
  }

  clear(epoch: string): void {
    this.#known.clear()
    this.#idCount = 0
    this.#database.exec(
      "delete from chunks; delete from destinations; delete from meta where name = 'forgotten'",
    )
    this.adopt(epoch)
  }

  check(): void {
    this.#statements.note.run('checked', Date.now())
  }

  backup(file: string): void {
    this.#database.prepare('vacuum into ?').run(file)
  }

  #batch(name: string): Batch {
    const state = this.#find(name) ?? this.#make(name)
    return { name, state, first: state.last + 1, records: [], bytes: 0, ids: new Map() }
  }

  #add(batch: Batch, record: Buffer): number {
    const { state } = batch
    const id = idAt(record, 0)
    if (id !== undefined) {
      const ids = this.#idsOf(state)
      const known = ids.get(id)
      if (known !== undefined) return -known
      this.#remember(ids, id, state.last + 1)
    }
    if (batch.records.length > 0 && batch.bytes + record.length > CHUNK_BYTES) this.#write(batch)
    state.time = Math.max(state.time, timeAt(record, 0))
    record.writeDoubleLE(state.time, TIME_AT)
    batch.records.push(record)
    batch.bytes += record.length
    return ++state.last
  }

  #finish(batch: Batch): void {
    if (batch.records.length === 0) return
    this.#write(batch)
    const { id, last, time } = batch.state
    this.#statements.move.run(last, time, id)
  }

  #write(batch: Batch): void {
    const { state, records, first, bytes } = batch
    const data = records.length === 1 ? records[0]! : Buffer.concat(records, bytes)
    this.#statements.insert.run(state.id, first + records.length - 1, first, state.time, data)
    batch.first += records.length
    batch.records = []
    batch.bytes = 0
  }

  #find(name: string): Destination | undefined {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const row = this.#statements.find.get(name) as { id: number; last: number; time: number } | undefined
    if (row === undefined) return undefined
    const { id, last, time } = row
    return this.#know(name, { id, last, time, first: this.#firstOf(id, last), ids: undefined })
  }

  #make(name: string): Destination {
    const last = this.#forgotten()
    const { lastInsertRowid } = this.#statements.make.run(name, last, 0)
    return this.#know(name, { id: Number(lastInsertRowid), last, time: 0, first: last + 1, ids: undefined })
  }

  #know(name: string, state: Destination): Destination {
    if (this.#known.size >= REMEMBERED) {
      const [oldest, { ids }] = this.#known.entries().next().value!
      this.#idCount -= ids?.size ?? 0
      this.#known.delete(oldest)
    }
    this.#known.set(name, state)
    return state
  }

  #firstOf(id: number, last: number): number {
    const found = (this.#statements.first.get(id) as { last: number | null }).last
    if (found === null) return last + 1
    return (this.#statements.firstOf.get(id, found) as { first: number }).first
  }

  /** A destination that holds nothing is forgotten; its offsets are not used again. */
  #forget(name: string, { id, last, ids }: Destination): void {
    this.#statements.note.run('forgotten', Math.max(last, this.#forgotten()))
    this.#statements.forget.run(id)
    this.#idCount -= ids?.size ?? 0
    this.#known.delete(name)
  }

  #forgotten(): number {
    return (this.#statements.meta.get('forgotten') as { value: number } | undefined)?.value ?? 0
  }

  #idsOf(state: Destination): Map<string, number> {
    if (state.ids !== undefined) return state.ids
    const found: [string, number][] = []
    for (let before = state.last + 1; found.length < this.#rememberedIds;) {
      const rows = this.#statements.back.all(state.id, before) as ChunkRow[]
      if (rows.length === 0) break
      for (const { first, data: blob } of rows) {
        const data = bytesOf(blob)
        const own: [string, number][] = []
        let offset = first
        for (const at of places(data)) {
          const id = idAt(data, at)
          if (id !== undefined) own.push([id, offset])
          offset++
        }
        found.push(...own.toReversed())
        before = first
      }
    }
    state.ids = new Map(found.slice(0, this.#rememberedIds).toReversed())
    this.#idCount += state.ids.size
    return state.ids
  }

  #remember(ids: Map<string, number>, id: string, offset: number): void {
    ids.set(id, offset)
    if (ids.size > this.#rememberedIds) ids.delete(ids.keys().next().value!)
    else this.#idCount++
    if (this.#idCount <= ALL_REMEMBERED_IDS) return
    // They are in the chunks: those of destinations that are used again are read again.
    for (const state of this.#known.values()) if (state.ids !== ids) state.ids = undefined
    this.#idCount = ids.size
  }
}
