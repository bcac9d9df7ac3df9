import type { Database } from '../database/database.js'
import type { OwnRoom } from './room.js'

/** All rooms with owners, people and bans, oldest first. */
export async function readRooms(database: Database): Promise<OwnRoom[]> {
  const rows = await database.selectFrom('rooms').selectAll().orderBy('created_at').orderBy('id').execute()
  const rooms = new Map<string, OwnRoom & { owner: OwnRoom['owner'] }>()
  for (const { id, name, name_key, created_at } of rows) {
    rooms.set(id, {
      id,
      name,
      nameKey: name_key,
      createdAt: created_at,
      owner: undefined,
      invitation: undefined,
      people: new Map(),
      bans: new Map(),
    })
  }
  await readOwners(database, rooms)
  await readPeople(database, rooms)
  for (const { room_id, name_key, name, ends_at } of await database
    .selectFrom('room_bans')
    .selectAll()
    .orderBy('made_at')
    .orderBy('name_key')
    .execute()) {
    rooms.get(room_id)?.bans.set(name_key, { name, endsAt: ends_at ?? undefined })
  }
  return [...rooms.values()]
}

type ReadRooms = ReadonlyMap<string, OwnRoom & { owner: OwnRoom['owner'] }>

async function readOwners(database: Database, rooms: ReadRooms): Promise<void> {
  const rows = await database
    .selectFrom('room_owners')
    .innerJoin('accounts', 'accounts.id', 'room_owners.account_id')
    .select(['room_id', 'accounts.id as id', 'name', 'invitation'])
    .execute()
  for (const { room_id, id, name, invitation } of rows) {
    const room = rooms.get(room_id)
    if (room !== undefined) Object.assign(room, { owner: { id, name }, invitation: invitation ?? undefined })
  }
}

async function readPeople(database: Database, rooms: ReadRooms): Promise<void> {
  const rows = await database
    .selectFrom('room_members')
    .innerJoin('accounts', 'accounts.id', 'room_members.account_id')
    .select(['room_id', 'accounts.id as id', 'name'])
    .orderBy('joined_at')
    .orderBy('account_id')
    .execute()
  for (const { room_id, id, name } of rows) rooms.get(room_id)?.people.set(id, { id, name })
}
