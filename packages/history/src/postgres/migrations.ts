import { randomBytes } from 'node:crypto'
import type { PoolClient } from 'pg'

/**
 * The steps from nothing to the newest tables. Forward only: a step that was released is never changed. Names and ids are
 * octets: text of PostgreSQL holds no NUL. They are found by their hashes: a row of an index has 2,700 octets at most.
 */
const MIGRATIONS: readonly string[] = [
  `create table destinations (
     id bigint generated always as identity primary key, name bytea not null,
     last bigint not null, time double precision not null
   );
   create unique index destinations_by_name on destinations (sha256(name));
   -- One row for what one commit brought to one destination, or a part of it.
   create table chunks (
     destination bigint not null references destinations on delete cascade,
     last bigint not null, first bigint not null, time double precision not null, data bytea not null,
     primary key (destination, last)
   );
   create table message_ids (
     destination bigint not null references destinations on delete cascade,
     id bytea not null, message bigint not null,
     primary key (destination, id)
   );
   create index message_ids_by_message on message_ids (destination, message);
   insert into meta values ('forgotten', '0'), ('checked', '');`,
]

/** Any number that is ours: one process at a time migrates. */
const LOCK = 7_613_428_511

/**
 * Brings a schema up to date, one process at a time, in a transaction.
 *
 * @returns the epoch
 */
export async function migrate(client: PoolClient, schema: string): Promise<string> {
  await client.query('select pg_advisory_xact_lock($1)', [LOCK])
  await client.query(`create schema if not exists "${schema}"`)
  await client.query('create table if not exists meta (name text primary key, value text not null)')
  await client.query("insert into meta values ('version', '0'), ('epoch', $1) on conflict do nothing", [
    randomBytes(9).toString('base64url'),
  ])
  const { rows } = await client.query<{ name: string; value: string }>('select name, value from meta')
  const meta = new Map(rows.map(({ name, value }) => [name, value]))
  const version = Number(meta.get('version'))
  if (version > MIGRATIONS.length) {
    throw new Error(`the schema ${schema} was written by a newer version of @stomping-ground/history.`)
  }
  for (const step of MIGRATIONS.slice(version)) await client.query(step)
  await client.query("update meta set value = $1 where name = 'version'", [String(MIGRATIONS.length)])
  return meta.get('epoch')!
}
