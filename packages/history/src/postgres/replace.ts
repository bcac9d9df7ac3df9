import type { PoolClient } from 'pg'
import type { Content } from 'stomping-ground'
import { withContent } from '../layout.js'
import { contentOf } from '../record.js'
import type { Origin } from './append.js'
import { noticeText } from './listener.js'

export interface Replacement {
  readonly destination: string
  readonly offset: number
  readonly content: Content
}

/**
 * Replaces what a message says in the transaction that the connection is in.
 *
 * @returns whether there is such a message
 */
export async function replace(
  client: PoolClient,
  { origin, channel }: Origin,
  { destination, offset, content }: Replacement,
): Promise<boolean> {
  // Where it is trimmed meanwhile there is no row when the lock is had.
  const { rows } = await client.query<{ id: string; first: string; last: string; data: Buffer }>(
    `select destination as id, first, last, data from chunks
     where destination = (select id from destinations where sha256(name) = sha256($1)) and last >= $2
     order by last limit 1 for update`,
    [Buffer.from(destination), offset],
  )
  const [chunk] = rows
  if (chunk === undefined || Number(chunk.first) > offset) return false
  const data = withContent(chunk.data, offset - Number(chunk.first), contentOf(content))
  await client.query('update chunks set data = $3 where destination = $1 and last = $2', [
    chunk.id,
    chunk.last,
    data,
  ])
  await client.query('select pg_notify($1, $2)', [
    channel,
    noticeText([origin, destination, offset, offset, true]),
  ])
  return true
}
