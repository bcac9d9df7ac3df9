import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, expect, it } from 'vitest'
import { postgresPrograms } from '../../../../tools/requirements.js'
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

it('a copy by pg_dump is restored as docs/backup.md says', async () => {
  const dataDir = temporaryFolder()
  const source = await testPlace(dataDir)
  await fillChat({ config: { dataDir } })
  const lines = await exportOf(source)
  const target = await testPlace(temporaryFolder())
  const client = new pg.Client({ connectionString: target.databaseUrl! })
  await client.connect()
  await client.query('drop schema stomping_ground_chat, stomping_ground_history cascade')
  const file = join(dataDir, 'chat.dump')
  const run = (program: string, ...args: string[]): void => {
    const { status, stderr } = spawnSync(join(postgresPrograms!, program), args)
    expect([status, stderr.toString()]).toEqual([0, ''])
  }
  run('pg_dump', '--format=custom', '--schema=stomping_ground_*', `--file=${file}`, source.databaseUrl!)
  run('pg_restore', '--no-owner', `--dbname=${target.databaseUrl!}`, file)
  const page = readFileSync(new URL('../../../../docs/backup.md', import.meta.url), 'utf8')
  await client.query(/^```sql\n(.*?)^```$/ms.exec(page)![1]!)
  await client.end()
  const restored = await exportOf(target)
  expect(content(restored)).toEqual(content(lines))
  expect(restored[0]).not.toEqual(lines[0])
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
