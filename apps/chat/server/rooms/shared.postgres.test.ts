import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../accounts/account.js'
import { closeDatabase, openDatabase } from '../database/database.js'
import type { Database } from '../database/database.js'
import { removeTemporaryFolders, temporaryFolder, testPlace } from '../testing/test-database.js'
import { Doors } from './doors.js'
import type { KeptRoom } from './room.js'
import { Rooms } from './rooms.js'

afterAll(removeTemporaryFolders)

/** What one node has of the rooms. */
interface Node {
  readonly database: Database
  readonly rooms: Rooms
  readonly doors: Doors
}

const refused = (code: string): unknown => expect.objectContaining({ code })

describe('two nodes that share a database', () => {
  let one: Node
  let two: Node
  let accounts: Account[]

  async function node(folder: string): Promise<Node> {
    const database = await openDatabase(await testPlace(folder))
    const rooms = await Rooms.load(database, { limit: 100, owned: 3, open: true })
    return { database, rooms, doors: new Doors(rooms, { people: 4, bans: 3 }) }
  }

  beforeEach(async () => {
    const folder = temporaryFolder()
    ;[one, two] = await Promise.all([node(folder), node(folder)])
    accounts = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ id: name, name }))
    const rows = accounts.map(({ id, name }) => ({ id, name, name_key: name, password: '', created_at: 0 }))
    await one.database.insertInto('accounts').values(rows).execute()
  })
  afterEach(async () => {
    for (const { database } of [one, two]) await closeDatabase(database)
  })

  const owner = (): Account => accounts[0]!
  const outcomes = async (asked: Promise<unknown>[]): Promise<unknown[]> =>
    (await Promise.allSettled(asked)).flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  const shown = ({ id, name, people, bans, invitation }: KeptRoom): unknown => ({
    id,
    name,
    invitation,
    people: [...people.keys()].toSorted(),
    bans: [...bans.keys()].toSorted(),
  })

  it('make the first room once', async () => {
    const rows = await one.database.selectFrom('rooms').select('id').execute()
    expect(rows).toEqual([{ id: 'lounge' }])
    expect([one, two].map(({ rooms }) => rooms.all().length)).toEqual([1, 1])
  })

  it('make a room that both are asked for at the same time once, and tell each of their own that it is there', async () => {
    const told: unknown[] = []
    for (const { rooms } of [one, two]) rooms.onMade(({ id }, here) => told.push([id, here]))
    const ids = Array.from({ length: 20 }, (_, number) => `open-${number}`)
    const use = async ({ rooms }: Node, id: string): Promise<KeptRoom> => rooms.use(id)
    const made = await Promise.all(ids.flatMap((id) => [use(one, id), use(two, id)]))
    expect(made.map(({ id }) => id)).toEqual(ids.flatMap((id) => [id, id]))
    expect(await one.database.selectFrom('rooms').select('id').execute()).toHaveLength(21)
    expect(told).toHaveLength(40)
    for (const id of ids) {
      expect(told).toContainEqual([id, true])
      expect(told).toContainEqual([id, false])
    }
  })

  it('give a name once, to a new room and to one that is renamed', async () => {
    const names = Array.from({ length: 5 }, (_, number) => `점심 ${number}`)
    const failures = await outcomes(
      names.flatMap((name) => [one.rooms.create(name), two.rooms.create(` ${name.normalize('NFD')} `)]),
    )
    expect(failures).toEqual(names.map(() => refused('room-name-taken')))
    const [first, second] = [await one.rooms.create('x'), await one.rooms.create('y')]
    await two.rooms.reread(second.id)
    const renamed = await outcomes([one.rooms.rename(first.id, 'Z'), two.rooms.rename(second.id, 'z')])
    expect(renamed).toEqual([refused('room-name-taken')])
  })

  it('let one account own as many rooms as it can, and not one more', async () => {
    const asked = [1, 2, 3, 4].flatMap((number) =>
      [one, two].map(({ rooms }, at) => rooms.create(`room ${number} ${at}`, { owner: owner() })),
    )
    expect(await outcomes(asked)).toEqual(Array.from({ length: 5 }, () => refused('room-own-limit')))
  })

  it('lose nothing of what both change in one room at the same time, within its limits', async () => {
    const room = await one.rooms.create('방', { owner: owner(), private: true })
    await two.rooms.reread(room.id)
    const [, b, c, d, e, f] = accounts as [Account, Account, Account, Account, Account, Account]
    const failures = await outcomes([
      ...[b, c, d].map((who) => one.doors.letIn(room, who)),
      ...[d, e, f].map((who) => two.doors.letIn(room, who)),
      ...['x', 'y'].map((name) => one.doors.ban(room, name, undefined)),
      ...['Y', 'z', 'w'].map((name) => two.doors.ban(room, name, undefined)),
      two.rooms.rename(room.id, '새 이름'),
      one.doors.renewInvitation(room),
    ])
    // The owner and three of five are in; x, y, z, w were one too many.
    expect(failures).toEqual([1, 2, 3].map(() => refused('room-people-limit')))
    for (const { rooms } of [one, two]) await rooms.reread(room.id)
    const [mine, its] = [one.rooms.get(room.id), two.rooms.get(room.id)]
    expect(shown(mine)).toEqual(shown(its))
    expect([mine.people.size, mine.bans.size, mine.name]).toEqual([4, 3, '새 이름'])
  })

  it('know what the other has changed after reading the room again, and what it was before', async () => {
    const room = await one.rooms.create('방', { owner: owner(), private: true })
    expect(await two.rooms.reread(room.id)).toMatchObject({ before: undefined, now: { name: '방' } })
    const held = two.rooms.get(room.id)
    await one.doors.letIn(room, accounts[1]!)
    await one.doors.ban(room, '민지', undefined)
    await one.rooms.rename(room.id, '다른 방')
    const { before, now } = await two.rooms.reread(room.id)
    expect([before?.name, before?.people.size, before?.bans.size]).toEqual(['방', 1, 0])
    expect(now).toBe(held)
    expect(shown(held)).toEqual(shown(one.rooms.get(room.id)))
    await one.rooms.remove(room.id)
    expect(await two.rooms.reread(room.id)).toMatchObject({ before: { name: '다른 방' }, now: undefined })
    expect(two.rooms.has(room.id)).toBe(false)
    expect(await two.rooms.reread(room.id)).toEqual({ before: undefined, now: undefined })
  })

  it('refuse to change a room that the other has deleted', async () => {
    const room = await one.rooms.create('방', { owner: owner(), private: true })
    await two.rooms.reread(room.id)
    const held = two.rooms.get(room.id)
    await one.rooms.remove(room.id)
    expect(
      await outcomes([
        two.rooms.rename(room.id, 'x'),
        two.doors.letIn(held, accounts[1]!),
        two.doors.ban(held, '민지', undefined),
        two.rooms.remove(room.id),
      ]),
    ).toEqual(Array.from({ length: 4 }, () => refused('room-unknown')))
    // Known as gone when it is read again: then its sessions are cut.
    expect(await two.rooms.reread(room.id)).toMatchObject({ before: { name: '방' } })
  })

  it('let nobody in by an invitation that the other has replaced', async () => {
    const room = await one.rooms.create('방', { owner: owner(), private: true })
    await two.rooms.reread(room.id)
    const held = two.rooms.get(room.id)
    const { invitation } = held
    await one.doors.renewInvitation(room)
    const check = (now: KeptRoom): void => {
      if (now.invitation !== invitation) throw new Error('replaced')
    }
    await expect(two.doors.letIn(held, accounts[1]!, check)).rejects.toThrow('replaced')
  })

  it('find out about everything at once, and forget nothing that is made meanwhile', async () => {
    const [gone, renamed] = [await one.rooms.create('곧 지울 방'), await one.rooms.create('옛 이름')]
    await two.rooms.rereadAll()
    await one.rooms.remove(gone.id)
    await one.rooms.rename(renamed.id, '새 이름')
    const made = await one.rooms.create('새 방')
    const [changes, meanwhile] = await Promise.all([two.rooms.rereadAll(), two.rooms.create('그 사이')])
    const names = changes.map(({ before, now }) => [before?.name, now?.name])
    expect(names).toContainEqual(['곧 지울 방', undefined])
    expect(names).toContainEqual(['옛 이름', '새 이름'])
    expect(names).toContainEqual([undefined, '새 방'])
    expect(two.rooms.has(meanwhile.id)).toBe(true)
    await one.rooms.rereadAll()
    const ids = (rooms: Rooms): string[] => rooms.all().map(({ id }) => id)
    expect(ids(two.rooms)).toEqual(ids(one.rooms))
    // The last two may be of one millisecond.
    expect(ids(two.rooms).toSorted()).toEqual(['lounge', renamed.id, made.id, meanwhile.id].toSorted())
  })

  it('find a room that the other made a moment ago, and by its invitation', async () => {
    const room = await one.rooms.create('방', { owner: owner(), private: true })
    expect(shown(await two.rooms.byInvitation(room.invitation!))).toEqual(shown(room))
    const other = await one.rooms.create('다른 방')
    expect(await two.rooms.find(other.id)).toMatchObject({ name: '다른 방' })
    await expect((async () => two.rooms.find('none'))()).rejects.toEqual(refused('room-unknown'))
  })

  it('order rooms by when they were made, whichever made them', async () => {
    const ids: string[] = []
    for (let number = 0; number < 6; number++) {
      const { rooms } = number % 2 === 0 ? one : two
      ids.push((await rooms.create(`방 ${number}`)).id)
      // The other hears of it out of order.
      if (number === 3) for (const id of ids.toReversed()) await two.rooms.reread(id)
    }
    for (const id of ids.toReversed()) await one.rooms.reread(id)
    for (const id of ids.slice(4)) await two.rooms.reread(id)
    const all = one.rooms.all().map(({ id, createdAt }) => ({ id, createdAt }))
    expect(all.map(({ id }) => id).toSorted()).toEqual(['lounge', ...ids].toSorted())
    // What was made in the same millisecond is in one order, too.
    expect(all).toEqual(all.toSorted((a, b) => a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1)))
    expect(two.rooms.all().map(({ id }) => id)).toEqual(all.map(({ id }) => id))
  })
})
