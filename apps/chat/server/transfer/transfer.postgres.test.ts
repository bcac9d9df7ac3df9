import { afterAll, expect, it } from 'vitest'
import { fillChat } from '../testing/full-chat.js'
import { removeTemporaryFolders, temporaryFolder, testPlace } from '../testing/test-database.js'
import { content, exportOf, importInto } from '../testing/transfer.js'

afterAll(removeTemporaryFolders)

it('a chat moves from PostgreSQL to SQLite and back, and is the same', async () => {
  const dataDir = temporaryFolder()
  const inPostgres = await testPlace(dataDir)
  await fillChat({ config: { dataDir } })
  const lines = await exportOf(inPostgres)
  const inFiles = { dataDir: temporaryFolder(), databaseUrl: undefined }
  await importInto(inFiles, lines)
  const fromFiles = await exportOf(inFiles)
  // Each orders texts in its own way.
  expect(content(fromFiles).toSorted()).toEqual(content(lines).toSorted())
  const back = await testPlace(temporaryFolder())
  await importInto(back, fromFiles, true)
  expect(content(await exportOf(back))).toEqual(content(lines))
})

it('one import at a time: another one is refused, and the first goes on', async () => {
  const dataDir = temporaryFolder()
  const source = await testPlace(dataDir)
  await fillChat({ config: { dataDir } })
  const lines = await exportOf(source)
  const target = await testPlace(temporaryFolder())
  const both = await Promise.allSettled([importInto(target, lines), importInto(target, lines)])
  const failures = both.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
  expect(failures).toHaveLength(1)
  expect(failures[0]).toMatch(/is being imported|There is a chat already/)
  expect(content(await exportOf(target))).toEqual(content(lines))
})
