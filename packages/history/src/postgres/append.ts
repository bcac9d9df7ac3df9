import type { PoolClient } from 'pg'
import type { Appended, Entry } from 'stomping-ground'
import { timeAt } from '../layout.js'
import { recordOf } from '../record.js'
import { noticeText } from './listener.js'

/** What one row holds at most, where it is not a single record. */
const CHUNK_BYTES = 131_072

/** Whose appends these are, and where the others hear of them. */
export interface Origin {
  readonly origin: string
  readonly channel: string
}

/**
 * Stores entries in the transaction that the connection is in.
 *
 * @returns where each of them is
 */
export async function append(
  client: PoolClient,
  origin: Origin,
  entries: readonly Entry[],
): Promise<Appended[]> {
  const appended = new Array<Appended>(entries.length)
  const parts = new Map<string, number[]>()
  for (const [at, { destination }] of entries.entries()) {
    const part = parts.get(destination)
    if (part === undefined) parts.set(destination, [at])
    else part.push(at)
  }
  // In one order everywhere: two processes that lock the same rows never wait for each other in a circle.
  for (const name of [...parts.keys()].toSorted()) {
    const places = parts.get(name)!
    const part = places.map((at) => entries[at]!)
    const answers = await appendTo(client, origin, name, part)
    for (const [i, at] of places.entries()) appended[at] = answers[i]!
  }
  return appended
}

async function appendTo(
  client: PoolClient,
  { origin, channel }: Origin,
  name: string,
  entries: readonly Entry[],
): Promise<Appended[]> {
  const { id, last, time } = await locked(client, name)
  const known = await knownIds(client, id, entries)
  const fresh: { records: Uint8Array[]; ids: Buffer[]; offsets: number[] } = {
    records: [],
    ids: [],
    offsets: [],
  }
  let offset = last
  let newest = time
  const answers = entries.map((entry): Appended => {
    const there = entry.id === undefined ? undefined : known.get(entry.id)
    if (there !== undefined) return { offset: there, repeated: true }
    offset++
    newest = Math.max(newest, entry.time)
    fresh.records.push(recordOf({ ...entry, time: newest }))
    if (entry.id !== undefined) {
      known.set(entry.id, offset)
      fresh.ids.push(Buffer.from(entry.id))
      fresh.offsets.push(offset)
    }
    return { offset, repeated: false }
  })
  if (fresh.records.length === 0) return answers
  await insertChunks(client, id, last + 1, fresh.records)
  await client.query('update destinations set last = $2, time = $3 where id = $1', [id, offset, newest])
  if (fresh.ids.length > 0) {
    await client.query(
      'insert into message_ids (destination, id, message) select $1, i, o from unnest($2::bytea[], $3::bigint[]) as t(i, o)',
      [id, fresh.ids, fresh.offsets],
    )
  }
  await client.query('select pg_notify($1, $2)', [channel, noticeText([origin, name, last + 1, offset])])
  return answers
}

interface Row {
  readonly id: string
  readonly last: number
  readonly time: number
}

/** The row of a destination, made where it is missing, and locked until the transaction ends. */
async function locked(client: PoolClient, name: string): Promise<Row> {
  const { rows } = await client.query<{ id: string; last: string; time: number }>(
    `insert into destinations as d (name, last, time) values ($1, 0, 0)
     on conflict (sha256(name)) do update set last = d.last returning id, last, time`,
    [Buffer.from(name)],
  )
  const { id, last, time } = rows[0]!
  if (last !== '0') return { id, last: Number(last), time }
  // New, or forgotten while this waited: a statement of its own sees the offsets of what was forgotten before.
  const found = await client.query<{ value: string }>("select value from meta where name = 'forgotten'")
  return { id, last: Number(found.rows[0]!.value), time }
}

async function knownIds(
  client: PoolClient,
  id: string,
  entries: readonly Entry[],
): Promise<Map<string, number>> {
  const asked = entries.flatMap((entry) => (entry.id === undefined ? [] : [Buffer.from(entry.id)]))
  if (asked.length === 0) return new Map()
  const { rows } = await client.query<{ id: Buffer; message: string }>(
    'select id, message from message_ids where destination = $1 and id = any($2::bytea[])',
    [id, asked],
  )
  return new Map(rows.map((row) => [row.id.toString(), Number(row.message)]))
}

async function insertChunks(
  client: PoolClient,
  id: string,
  from: number,
  records: readonly Uint8Array[],
): Promise<void> {
  let first = from
  for (let i = 0; i < records.length;) {
    const chunk = [records[i]!]
    let bytes = records[i++]!.length
    while (i < records.length && bytes + records[i]!.length <= CHUNK_BYTES) {
      bytes += records[i]!.length
      chunk.push(records[i++]!)
    }
    const last = first + chunk.length - 1
    const time = timeAt(Buffer.from(chunk.at(-1)!), 0)
    await client.query(
      'insert into chunks (destination, last, first, time, data) values ($1, $2, $3, $4, $5)',
      [id, last, first, time, Buffer.concat(chunk, bytes)],
    )
    first = last + 1
  }
}
