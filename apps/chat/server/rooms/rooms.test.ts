import { afterAll, describe, expect, it } from 'vitest'
import { removeTemporaryFolders, withTestDatabase as withDatabase } from '../testing/test-database.js'
import type { Database } from '../database/database.js'
import { Rooms } from './rooms.js'
import type { RoomsOptions } from './rooms.js'

afterAll(removeTemporaryFolders)

const refused = (code: string): unknown => expect.objectContaining({ code })

describe('Rooms', () => {
  const load = (database: Database, options: Partial<RoomsOptions> = {}): Promise<Rooms> =>
    Rooms.load(database, { limit: 100, owned: 100, open: false, ...options })

  it('gives ids that a URL can hold as they are', () =>
    withDatabase(async (database) => {
      const { id } = await (await load(database)).create('점심')
      expect(id).toMatch(/^[a-z0-9]{10}$/)
    }))

  it('gives a name to one of two who ask for it at the same time', () =>
    withDatabase(async (database) => {
      const rooms = await load(database)
      const asked = await Promise.allSettled([rooms.create('점심'), rooms.create(' 점심 ')])
      const taken = { reason: refused('room-name-taken') }
      expect(asked.filter(({ status }) => status === 'rejected')).toMatchObject([taken])
    }))

  it('has as many rooms as its limit, also when several are asked for at the same time', () =>
    withDatabase(async (database) => {
      const rooms = await load(database, { limit: 2 })
      const asked = await Promise.allSettled(['a', 'b', 'c'].map((name) => rooms.create(name)))
      expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
      expect(asked[1]).toMatchObject({ reason: { code: 'room-limit' } })
      expect(rooms.all()).toHaveLength(2)
    }))

  it('frees a name whose room could not be written', () =>
    withDatabase(async (database) => {
      const rooms = await load(database)
      await database.schema.alterTable('rooms').renameTo('gone').execute()
      await expect(rooms.create('점심')).rejects.toThrow(/no such table|does not exist/)
      await database.schema.alterTable('gone').renameTo('rooms').execute()
      expect(await rooms.create('점심')).toMatchObject({ name: '점심' })
    }))

  it('opens a room whose id is another room’s name, and another whose id differs in case only', () =>
    withDatabase(async (database) => {
      const rooms = await load(database, { open: true })
      await rooms.create('lunch')
      for (const id of ['lunch', 'LUNCH', 'Dinner', 'dinner'])
        expect(await rooms.use(id)).toMatchObject({ id })
      await expect(rooms.create('dinner')).rejects.toEqual(refused('room-name-taken'))
      expect((await load(database)).all()).toHaveLength(6)
    }))

  it('knows no room that nobody made, names of what every object has included', () =>
    withDatabase(async (database) => {
      const rooms = await load(database)
      for (const id of ['nowhere', '', '__proto__', 'constructor']) {
        await expect((async () => rooms.use(id))()).rejects.toEqual(refused('room-unknown'))
        expect(() => rooms.get(id)).toThrow(refused('room-unknown'))
      }
    }))
})
