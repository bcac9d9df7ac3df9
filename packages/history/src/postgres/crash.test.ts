import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { missing, requirements } from '../../../../tools/requirements.js'
import { CuttingProxy } from '../../../../tools/cutting-proxy.js'
import { PostgresServer } from '../../../../tools/postgres-server.js'
import { ServerProcess } from '../../test/server-process.js'
import { underLoad } from '../../test/under-load.js'

/** How often a server is killed; more on demand: `HISTORY_KILLS=100 npx vitest run packages/history/src/postgres/crash`. */
const KILLS = Number(process.env['HISTORY_KILLS'] ?? 10)
const TOPIC = '/topic/kept/room'

let database: PostgresServer

/** A server in a process of its own, and what stands between it and the database. */
async function node(): Promise<{ server: ServerProcess; proxy: CuttingProxy }> {
  const { port } = new URL(database.url)
  const proxy = await CuttingProxy.started(Number(port))
  const url = database.url.replace(`:${port}/`, `:${proxy.port}/`)
  const server = await ServerProcess.started('postgres', url)
  onTestFinished(async () => {
    await server.kill()
    await proxy.close()
  })
  return { server, proxy }
}

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)]!
}

describe.skipIf(missing(requirements.postgres))('two servers on one PostgreSQL', () => {
  beforeAll(async () => {
    database = await PostgresServer.started()
  }, 60_000)
  afterAll(() => database?.remove())

  test(
    `of which one is killed ${KILLS} times, and the network to the database is cut and stalls, bring every confirmed message to everyone, once and in order`,
    async () => {
      const nodes = [await node(), await node()]
      const ports = nodes.map(
        ({ server }) =>
          () =>
            server.port,
      )
      let round = 0
      const wrong = await underLoad(TOPIC, KILLS, ports, async (confirmed) => {
        const { server, proxy } = pick(nodes)
        await server.kill()
        await server.start()
        await confirmed(1 + Math.floor(Math.random() * 100))
        if (round++ % 2 === 0) return proxy.cut()
        // The other one goes on, once the database has given up what this one holds.
        proxy.stall()
        await confirmed(100)
        proxy.flow()
      })
      expect(wrong).toEqual([])
    },
    60_000 + KILLS * 10_000,
  )

  test('go on when the database was ended as by a crash under load, and started again', async () => {
    const nodes = [await node(), await node()]
    const wrong = await underLoad(
      '/topic/kept/another',
      3,
      nodes.map(
        ({ server }) =>
          () =>
            server.port,
      ),
      async () => {
        await database.stop('SIGQUIT')
        await database.start()
      },
    )
    expect(wrong).toEqual([])
  }, 120_000)
})
