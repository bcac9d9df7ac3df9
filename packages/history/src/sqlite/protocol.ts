import type { Head, Keep, PageBounds } from 'stomping-ground'
import type { Chunk } from '../layout.js'

/** What the store's thread is started with. */
export interface ThreadOptions {
  readonly file: string
  readonly rememberedIds: number
}

/** What the store asks its thread for. Answers come in the order of the questions. */
export type Question =
  /** `records` holds, for each message, the index of its destination as u32 and its record. */
  | {
      readonly do: 'append'
      readonly names: readonly string[]
      readonly records: Uint8Array
      readonly count: number
    }
  /** `content` is what a record holds from its headers on. */
  | {
      readonly do: 'replace'
      readonly name: string
      readonly offset: number
      readonly content: Uint8Array
    }
  | { readonly do: 'heads'; readonly names: readonly string[] }
  | { readonly do: 'read'; readonly name: string; readonly from: number; readonly bounds: PageBounds }
  | { readonly do: 'offsetAt'; readonly name: string; readonly time: number }
  | { readonly do: 'destinations'; readonly after: string | undefined }
  | { readonly do: 'continueAt'; readonly name: string; readonly offset: number }
  | { readonly do: 'adopt'; readonly epoch: string }
  | { readonly do: 'clear'; readonly epoch: string }
  | { readonly do: 'trim'; readonly keeps: readonly Keep[] }
  | { readonly do: 'check' }
  | { readonly do: 'backup'; readonly file: string }
  | { readonly do: 'queue'; readonly changes: readonly PackedChange[] }
  | { readonly do: 'queued'; readonly after: number }
  | { readonly do: 'close' }

/** What becomes of a message in a durable queue; `record` holds when it expires in the place of its time. */
export type PackedChange = PackedMessage | { readonly settled: number }

export interface PackedMessage {
  readonly key: number
  readonly queue: string
  readonly messageId: string
  readonly record: Uint8Array
}

export interface Answers {
  /** For each message its offset, negative where it is there already. */
  append: Float64Array
  replace: boolean
  heads: readonly Head[]
  read: readonly Chunk[]
  offsetAt: number
  destinations: readonly string[]
  continueAt: undefined
  adopt: undefined
  clear: undefined
  trim: undefined
  check: undefined
  backup: undefined
  queue: undefined
  queued: readonly PackedMessage[]
  close: undefined
}

export type Answer =
  | { readonly ok: true; readonly value: Answers[Question['do']] }
  | { readonly ok: false; readonly error: { readonly message: string; readonly code: string | undefined } }

/** The thread's first word. */
export type Ready =
  { readonly ready: true; readonly epoch: string } | { readonly ready: false; readonly error: string }
