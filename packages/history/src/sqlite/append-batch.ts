import type { Appended, Entry } from 'stomping-ground'
import { recordRoom, writeRecord } from '../record.js'
import type { Question } from './protocol.js'

interface Call {
  readonly from: number
  readonly count: number
  readonly resolve: (appended: readonly Appended[]) => void
  readonly reject: (error: Error) => void
}

const INITIAL_BYTES = 65_536

/** What goes to the store in one transaction, packed as it comes: nothing of it is kept as objects. */
export class AppendBatch {
  #buffer: Buffer = Buffer.allocUnsafeSlow(INITIAL_BYTES)
  #end = 0
  #count = 0
  readonly #names: string[] = []
  readonly #indexes = new Map<string, number>()
  readonly #calls: Call[] = []

  get empty(): boolean {
    return this.#calls.length === 0
  }

  add(entries: readonly Entry[]): Promise<readonly Appended[]> {
    const from = this.#count
    for (const entry of entries) this.#write(entry)
    return new Promise((resolve, reject) => {
      this.#calls.push({ from, count: entries.length, resolve, reject })
    })
  }

  packed(): { question: Extract<Question, { do: 'append' }>; transfer: ArrayBuffer[] } {
    const records = this.#buffer.subarray(0, this.#end)
    const question = { do: 'append', names: this.#names, records, count: this.#count } as const
    return { question, transfer: [records.buffer as ArrayBuffer] }
  }

  resolve(offsets: Float64Array): void {
    for (const { from, count, resolve } of this.#calls) {
      const appended: Appended[] = []
      for (let i = from; i < from + count; i++) {
        appended.push({ offset: Math.abs(offsets[i]!), repeated: offsets[i]! < 0 })
      }
      resolve(appended)
    }
  }

  reject(error: Error): void {
    for (const { reject } of this.#calls) reject(error)
  }

  #write(entry: Entry): void {
    const room = 4 + recordRoom(entry)
    if (this.#end + room > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#end + room))
      this.#buffer.copy(larger, 0, 0, this.#end)
      this.#buffer = larger
    }
    let index = this.#indexes.get(entry.destination)
    if (index === undefined) {
      index = this.#names.length
      this.#indexes.set(entry.destination, index)
      this.#names.push(entry.destination)
    }
    this.#buffer.writeUInt32LE(index, this.#end)
    this.#end = writeRecord(this.#buffer, this.#end + 4, entry)
    this.#count++
  }
}
