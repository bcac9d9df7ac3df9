import type { Database } from '../database/database.js'
import type { OwnRoom } from './room.js'

type Read = OwnRoom & { owner: OwnRoom['owner'] }

/** All rooms with owners, people and bans, oldest first, as they were at one moment. */
export function readRooms(database: Database): Promise<OwnRoom[]> {
  return read(database)
}

/** One of them, or `undefined` where there is none of this id. */
export async function readRoom(database: Database, id: string): Promise<OwnRoom | undefined> {
  return (await read(database, id))[0]
}

function read(database: Database, id?: string): Promise<OwnRoom[]> {
  if (database.isTransaction) return readIn(database, id)
  // SQLite has no other level.
  const snapshot = database.transaction().setIsolationLevel('repeatable read')
  return snapshot.execute((transaction) => readIn(transaction, id))
}

async function readIn(database: Database, id: string | undefined): Promise<OwnRoom[]> {
  const rows = await database
    .selectFrom('rooms')
    .selectAll()
    .$if(id !== undefined, (query) => query.where('id', '=', id!))
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  if (rows.length === 0) return []
  const rooms = new Map<string, Read>()
  for (const { id: roomId, name, created_at: createdAt } of rows) {
    const nothing = { owner: undefined, invitation: undefined, people: new Map(), bans: new Map() }
    rooms.set(roomId, { id: roomId, name, createdAt, ...nothing })
  }
  await readOwners(database, rooms, id)
  await readPeople(database, rooms, id)
  await readBans(database, rooms, id)
  return [...rooms.values()]
}

type ReadRooms = ReadonlyMap<string, Read>

async function readOwners(database: Database, rooms: ReadRooms, roomId: string | undefined): Promise<void> {
  const rows = await database
    .selectFrom('room_owners')
    .innerJoin('accounts', 'accounts.id', 'room_owners.account_id')
    .select(['room_id', 'accounts.id as id', 'name', 'invitation'])
    .$if(roomId !== undefined, (query) => query.where('room_id', '=', roomId!))
    .execute()
  for (const { room_id, id, name, invitation } of rows) {
    const room = rooms.get(room_id)
    if (room !== undefined) Object.assign(room, { owner: { id, name }, invitation: invitation ?? undefined })
  }
}

async function readPeople(database: Database, rooms: ReadRooms, roomId: string | undefined): Promise<void> {
  const rows = await database
    .selectFrom('room_members')
    .innerJoin('accounts', 'accounts.id', 'room_members.account_id')
    .select(['room_id', 'accounts.id as id', 'name'])
    .$if(roomId !== undefined, (query) => query.where('room_id', '=', roomId!))
    .orderBy('joined_at')
    .orderBy('account_id')
    .execute()
  for (const { room_id, id, name } of rows) rooms.get(room_id)?.people.set(id, { id, name })
}

async function readBans(database: Database, rooms: ReadRooms, roomId: string | undefined): Promise<void> {
  const rows = await database
    .selectFrom('room_bans')
    .selectAll()
    .$if(roomId !== undefined, (query) => query.where('room_id', '=', roomId!))
    .orderBy('made_at')
    .orderBy('name_key')
    .execute()
  for (const { room_id, name_key, name, ends_at } of rows) {
    rooms.get(room_id)?.bans.set(name_key, { name, endsAt: ends_at ?? undefined })
  }
}
