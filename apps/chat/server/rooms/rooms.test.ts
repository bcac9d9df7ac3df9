import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Libsql from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'
import { StartError } from '../start-error.js'
import { removeTemporaryFolders, temporaryFolder } from '../testing/test-chat.js'
import { closeDatabase, openDatabase } from '../database/database.js'
import type { Database } from '../database/database.js'
import { Rooms } from './rooms.js'
import type { RoomsOptions } from './rooms.js'

afterAll(removeTemporaryFolders)

async function withDatabase(
  run: (database: Database) => Promise<void>,
  folder = temporaryFolder(),
): Promise<void> {
  const database = await openDatabase(folder)
  try {
    await run(database)
  } finally {
    await closeDatabase(database)
  }
}

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
      expect(asked.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
      expect(asked[1]).toMatchObject({ reason: { code: 'room-name-taken' } })
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
      await expect(rooms.create('점심')).rejects.toThrow('no such table')
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
        expect(() => rooms.use(id)).toThrow(refused('room-unknown'))
        expect(() => rooms.get(id)).toThrow(refused('room-unknown'))
      }
    }))
})

describe('a database that cannot be used', () => {
  const folderWith = (content: string | Buffer): string => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'chat.db'), content)
    return folder
  }

  it('is one line: a file that is no database', async () => {
    const opened = openDatabase(
      folderWith('this is a letter to my grandmother, and no database at all'.repeat(100)),
    )
    await expect(opened).rejects.toThrow(/^The database .*chat\.db cannot be used: file is not a database$/)
    await expect(opened).rejects.toBeInstanceOf(StartError)
  })

  it('is one line: a folder that cannot be made', async () => {
    const folder = join(folderWith(''), 'chat.db', 'below')
    await expect(openDatabase(folder)).rejects.toThrow(
      /^The folder .* \(DATA_DIR\) cannot be written to: ENOTDIR/,
    )
  })

  it('is one line: a folder in the place of the file', async () => {
    const folder = temporaryFolder()
    await closeDatabase(await openDatabase(join(folder, 'chat.db')))
    await expect(openDatabase(folder)).rejects.toThrow(/^The database .* cannot be used: /)
  })

  it('is one line: tables of a newer version', async () => {
    const folder = temporaryFolder()
    await withDatabase(
      async (database) => void (await Rooms.load(database, { limit: 1, owned: 1, open: false })),
      folder,
    )
    const file = new Libsql(join(folder, 'chat.db'))
    file.exec("insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')")
    file.close()
    await expect(openDatabase(folder)).rejects.toThrow(
      'The database was written by a newer version of this chat.',
    )
  })
})
