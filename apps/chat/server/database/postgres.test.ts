import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PostgresServer } from '../../../../tools/postgres-server.js'
import { missing, requirements } from '../../../../tools/requirements.js'
import { StartError } from '../start-error.js'
import { closeDatabase, openDatabase } from './database.js'
import type { Database, DatabaseOptions } from './database.js'
import { MIGRATIONS } from './migrations.js'

describe.skipIf(missing(requirements.postgres))('in PostgreSQL', () => {
  let server: PostgresServer

  beforeAll(async () => {
    server = await PostgresServer.started()
  })
  afterAll(() => server.remove())

  const url = (change: Partial<URL> = {}): string => Object.assign(new URL(server.url), change).href
  const open = (databaseUrl = url(), options?: DatabaseOptions): Promise<Database> =>
    openDatabase({ dataDir: '', databaseUrl }, options)

  async function run(statement: string, databaseUrl = url()): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows
    } finally {
      await client.end()
    }
  }

  async function made(name: string, more = ''): Promise<string> {
    await run(`create database ${name} ${more}`)
    return url({ pathname: `/${name}` })
  }

  const account = (name: string) => ({ id: name, name, name_key: name, password: '', created_at: Date.now() })

  it('is brought up to date once by processes that start at the same time, beside tables of others', async () => {
    const at = await made('together')
    await run('create table kysely_migration (mine text)', at)
    const opened = await Promise.all(Array.from({ length: 5 }, () => open(at)))
    await Promise.all(opened.map(closeDatabase))
    const steps = await run('select name from stomping_ground_chat.kysely_migration order by name', at)
    expect(steps.map(({ name }) => name)).toEqual(Object.keys(MIGRATIONS))
  })

  it('gives times and counts as numbers', async () => {
    const database = await open(await made('numbers'))
    const row = account('민지')
    await database.insertInto('accounts').values(row).execute()
    const found = database
      .selectFrom('accounts')
      .select(['created_at', (eb) => eb.fn.countAll<number>().as('count')])
      .groupBy('created_at')
    expect(await found.execute()).toEqual([{ created_at: row.created_at, count: 1 }])
    await closeDatabase(database)
  })

  describe('a URL of no use is one line', () => {
    it.each<[string, () => Promise<string>, RegExp]>([
      [
        'nothing listens',
        async () => url({ port: '1' }),
        /^The database 127\.0\.0\.1:1\/postgres \(DATABASE_URL\) cannot be used: Nothing listens there\./,
      ],
      [
        'no such host',
        async () => url({ hostname: 'none.invalid' }),
        /cannot be used: (There is no host|The name)/,
      ],
      ['no such database', async () => url({ pathname: '/none' }), /There is no such database\. .*createdb/],
      [
        'a wrong password',
        async () => {
          await run("create role guarded login password 'right'")
          await server.guard('guarded')
          return url({ username: 'guarded', password: 'wr0ng' })
        },
        /User or password are wrong\./,
      ],
      ['no such user', async () => url({ username: 'nobody' }), /does not let this user in|no such user/],
      [
        'no right to make tables',
        async () => {
          await run('create role narrow login')
          return (await made('narrow')).replace('test@', 'narrow@')
        },
        /may not make a schema.*grant create on database/,
      ],
      [
        'another encoding',
        () => made('latin', "encoding 'LATIN1' template template0 lc_collate 'C' lc_ctype 'C'"),
        /Its encoding is LATIN1/,
      ],
      [
        'a standby',
        async () => {
          const at = await made('standby')
          await run('alter database standby set default_transaction_read_only = on')
          return at
        },
        /It takes no changes/,
      ],
      [
        'tables of a newer version',
        async () => {
          const at = await made('newer')
          await closeDatabase(await open(at))
          await run("insert into stomping_ground_chat.kysely_migration values ('9999-later', '')", at)
          return at
        },
        /^The database was written by a newer version of this chat\.$/,
      ],
    ])('%s', async (_what, at, message) => {
      const opened = open(await at())
      await expect(opened).rejects.toBeInstanceOf(StartError)
      await expect(opened).rejects.toThrow(message)
      await expect(opened).rejects.not.toThrow(/wr0ng|\n/)
    })
  })

  it('is away and back by itself, and each change says so once', async () => {
    const told: boolean[] = []
    const database = await open(await made('restarted'), { onAvailability: (there) => told.push(there) })
    const names = () => database.selectFrom('accounts').select('name').execute()
    await database.insertInto('accounts').values(account('민지')).execute()
    await server.stop('SIGQUIT')
    for (let time = 0; time < 3; time++) {
      await expect(names()).rejects.toMatchObject({ code: 'service-unavailable' })
    }
    expect(told).toEqual([false])
    await server.start()
    expect(await names()).toEqual([{ name: '민지' }])
    expect(told).toEqual([false, true])
    await closeDatabase(database)
  })

  it('undoes a transaction that the database went away in, and goes on with the next', async () => {
    const database = await open(await made('halfway'))
    const cut = database.transaction().execute(async (transaction) => {
      await transaction.insertInto('accounts').values(account('반')).execute()
      await run("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'halfway'")
      await transaction.insertInto('accounts').values(account('쪽')).execute()
    })
    await expect(cut).rejects.toMatchObject({ code: 'service-unavailable' })
    expect(await database.selectFrom('accounts').selectAll().execute()).toEqual([])
    await closeDatabase(database)
  })

  it('gives up what takes too long, and a connection on which it might go on', async () => {
    // Connecting has to be done in that time too.
    const bounds = { connections: 1, waiting: 1, timeoutMs: 1_000 }
    const at = await made('slow')
    const database = await open(at, { bounds })
    const holder = new pg.Client({ connectionString: at })
    await holder.connect()
    await holder.query('begin; lock table stomping_ground_chat.accounts')
    const names = () => database.selectFrom('accounts').select('name').execute()
    // One waits for the lock, one for the connection, and there is no room for a third.
    const asked = await Promise.allSettled([names(), names(), names()])
    expect(asked).toMatchObject(
      Array.from({ length: 3 }, () => ({ reason: { code: 'service-unavailable' } })),
    )
    await holder.end()
    expect(await names()).toEqual([])
    await closeDatabase(database)
  })

  it('keeps the password out of what is logged when it is away', async () => {
    let why: unknown
    const at = url({ username: 'test', password: 'wr0ng' })
    const database = await open(at, { onAvailability: (_there, error) => (why = error) })
    await server.stop()
    await expect(database.selectFrom('rooms').selectAll().execute()).rejects.toThrow('at the moment')
    expect(String((why as Error).stack)).not.toContain('wr0ng')
    await server.start()
    await closeDatabase(database)
  })
})
