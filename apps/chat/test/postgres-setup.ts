import { postgresStore } from '@stomping-ground/history'
import pg from 'pg'
import { PostgresServer } from '../../../tools/postgres-server.js'
import { closeDatabase, openDatabase } from '../server/database/database.js'

/** What is lost in a crash of the tests' PostgreSQL is nobody's loss. */
const FAST = ['synchronous_commit=off', 'full_page_writes=off', 'max_connections=400']

/** Starts a PostgreSQL for the run, with a database that those of the tests are copies of. @returns what ends it */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await PostgresServer.started(FAST)
  try {
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    await client.query('create database chat_template')
    await client.end()
    const url = new URL(server.url)
    url.pathname = '/chat_template'
    await closeDatabase(await openDatabase({ dataDir: '', databaseUrl: url.href }))
    const history = postgresStore({ url: url.href })
    await history.start()
    await history.stop()
    process.env['CHAT_TEST_POSTGRES_URL'] = server.url
  } catch (error) {
    await server.remove()
    throw error
  }
  return () => server.remove()
}
