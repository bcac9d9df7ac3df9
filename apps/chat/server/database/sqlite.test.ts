import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Libsql from 'libsql'
import { afterAll, describe, expect, it } from 'vitest'
import { StartError } from '../start-error.js'
import { removeTemporaryFolders, temporaryFolder } from '../testing/test-database.js'
import { closeDatabase, openDatabase } from './database.js'
import type { Database } from './database.js'

afterAll(removeTemporaryFolders)

const open = (dataDir: string): Promise<Database> => openDatabase({ dataDir, databaseUrl: undefined })

describe('a database that cannot be used', () => {
  const folderWith = (content: string | Buffer): string => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'chat.db'), content)
    return folder
  }

  it('is one line: a file that is no database', async () => {
    const opened = open(folderWith('this is a letter to my grandmother, and no database at all'.repeat(100)))
    await expect(opened).rejects.toThrow(/^The database .*chat\.db cannot be used: file is not a database$/)
    await expect(opened).rejects.toBeInstanceOf(StartError)
  })

  it('is one line: a folder that cannot be made', async () => {
    const folder = join(folderWith(''), 'chat.db', 'below')
    await expect(open(folder)).rejects.toThrow(/^The folder .* \(DATA_DIR\) cannot be written to: ENOTDIR/)
  })

  it('is one line: a folder in the place of the file', async () => {
    const folder = temporaryFolder()
    await closeDatabase(await open(join(folder, 'chat.db')))
    await expect(open(folder)).rejects.toThrow(/^The database .* cannot be used: /)
  })

  it('is one line: tables of a newer version', async () => {
    const folder = temporaryFolder()
    await closeDatabase(await open(folder))
    const file = new Libsql(join(folder, 'chat.db'))
    file.exec("insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')")
    file.close()
    await expect(open(folder)).rejects.toThrow('The database was written by a newer version of this chat.')
  })
})
