import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Accounts } from './accounts/accounts.js'
import type { Account } from './accounts/account.js'
import { closeDatabase, openDatabase } from './database/database.js'
import type { Database } from './database/database.js'
import { isPostgres } from './database/is-postgres.js'
import { Blocks } from './direct/blocks.js'
import { Conversations } from './direct/conversations.js'
import { Rooms } from './rooms/rooms.js'
import { removeTemporaryFolders, temporaryFolder, testPlace } from './testing/test-database.js'

/** So many of each thing there can be, and so many are asked for at once. */
const LIMIT = 5
const ASKED = 12

/** Those of several nodes, where they can share a database. */
let databases: Database[]
let accounts: Account[]

beforeEach(async () => {
  const place = await testPlace(temporaryFolder())
  const first = await openDatabase(place)
  databases = isPostgres(first) ? [first, await openDatabase(place), await openDatabase(place)] : [first]
  accounts = Array.from({ length: ASKED + 1 }, (_, i) => ({ id: `id ${i}`, name: `name ${i}` }))
})
afterEach(() => Promise.all(databases.map(closeDatabase)))
afterAll(removeTemporaryFolders)

const node = (i: number): Database => databases[i % databases.length]!

async function keepAccounts(): Promise<void> {
  const rows = accounts.map(({ id, name }) => ({ id, name, name_key: name, password: '', created_at: 0 }))
  await node(0).insertInto('accounts').values(rows).execute()
}

/** Asks for as many as `ASKED` at once. @returns the codes of those that are refused */
async function refused(ask: (i: number) => Promise<unknown>): Promise<unknown[]> {
  const asked = await Promise.allSettled(Array.from({ length: ASKED }, (_, i) => ask(i)))
  return asked.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: unknown }).code] : []))
}

async function count(table: 'accounts' | 'rooms' | 'conversations' | 'blocks'): Promise<number> {
  return (await node(0).selectFrom(table).selectAll().execute()).length
}

const all = (code: string): string[] => Array.from({ length: ASKED - LIMIT }, () => code)

describe('when much is asked for at the same time, of several nodes too, there are no more than there can be', () => {
  it('accounts', async () => {
    const nodes = databases.map((database) => new Accounts(database, LIMIT))
    const create = (i: number): Promise<unknown> => nodes[i % nodes.length]!.create(`name ${i}`, '')
    expect(await refused(create)).toEqual(all('account-limit'))
    expect(await count('accounts')).toBe(LIMIT)
  })

  it('rooms', async () => {
    // The first one is there, whoever made it.
    const options = { limit: LIMIT + 1, owned: 100, open: false }
    const nodes: Rooms[] = []
    for (const database of databases) nodes.push(await Rooms.load(database, options))
    expect(await refused((i) => nodes[i % nodes.length]!.create(`room ${i}`))).toEqual(all('room-limit'))
    expect(await count('rooms')).toBe(LIMIT + 1)
    // A room that another node has made is there, also where no other can be.
    const made = nodes.flatMap((rooms) => rooms.all()).at(-1)!
    const open = await Rooms.load(node(0), { ...options, open: true })
    expect(await open.use(made.id)).toMatchObject({ name: made.name })
  })

  it('conversations that one account has begun', async () => {
    await keepAccounts()
    const options = { kept: 10, started: LIMIT, listed: 100, page: 10 }
    const nodes = databases.map((database) => new Conversations(database, options))
    const write = (i: number): Promise<unknown> =>
      nodes[i % nodes.length]!.add(accounts[0]!, accounts[i + 1]!, `id${i}`, 'hello')
    expect(await refused(write)).toEqual(all('conversation-limit'))
    expect(await count('conversations')).toBe(LIMIT)
  })

  it('people whom one account blocks', async () => {
    await keepAccounts()
    const nodes = databases.map((database) => new Blocks(database, LIMIT))
    const block = (i: number): Promise<unknown> =>
      nodes[i % nodes.length]!.add(accounts[0]!, accounts[i + 1]!)
    expect(await refused(block)).toEqual(all('block-limit'))
    expect(await count('blocks')).toBe(LIMIT)
  })

  it('conversations, while those who are written to write at the same time', async () => {
    await keepAccounts()
    const options = { kept: 100, started: 100, listed: 100, page: 100 }
    const nodes = databases.map((database) => new Conversations(database, options))
    const write = (i: number): Promise<unknown> => {
      const [from, to] = i % 2 === 0 ? [0, 1] : [1, 0]
      return nodes[i % nodes.length]!.add(accounts[from]!, accounts[to]!, `id${i}`, 'hello')
    }
    expect(await refused(write)).toEqual([])
    expect(await count('conversations')).toBe(1)
  })
})
