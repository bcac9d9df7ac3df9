import pg from 'pg'
import { REMEMBERED_IDS, StompHeaders, allow, createStompServer, embeddedBroker } from 'stomping-ground'
import type { HistoryStore } from 'stomping-ground'
import { brokerContract, connect, historyStoreContract } from 'stomping-ground/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { missing, requirements } from '../../../../tools/requirements.js'
import { systemClock } from '../../../server/src/clock.js'
import { contentOf } from '../../../server/src/messaging/messaging.js'
import { HistoryBroker } from '../../../server/src/broker/history/history.js'
import { PostgresServer } from '../../../../tools/postgres-server.js'
import { restorableContract } from '../../test/restorable-contract.js'
import type { RestorableStore } from '../restorable.js'
import { postgresStore } from './postgres-store.js'

let server: PostgresServer
let schemas = 0
const entry = (body: string, id?: string, destination = '/topic/a') => ({
  destination,
  headers: new StompHeaders(),
  body: Buffer.from(body),
  time: 1_000,
  id,
})
const ALL = { count: 100_000, bytes: 1e9 }
/** What the driver and the server say when the server goes or has gone. */
const AWAY = /ECONN|terminat|shutting down/i
const newSchema = (): string => `test_${schemas++}`

async function opened(schema = newSchema()): Promise<RestorableStore> {
  const store = postgresStore({ url: server.url, schema })
  onTestFinished(() => store.stop())
  await store.start()
  return store
}

/** What another client of the database does. */
async function sql(text: string): Promise<void> {
  const client = new pg.Client(server.url)
  await client.connect()
  await client.query(text)
  await client.end()
}

const bodies = async (store: HistoryStore, destination: string): Promise<string[]> =>
  (await store.read(destination, 1, ALL)).map(({ body }) => Buffer.from(body).toString())

describe.skipIf(missing(requirements.postgres))('a history in PostgreSQL', () => {
  beforeAll(async () => {
    server = await PostgresServer.started()
  }, 60_000)
  afterAll(() => server?.remove())

  historyStoreContract({ describe, test }, () => postgresStore({ url: server.url, schema: newSchema() }))

  describe('what another store kept', () => {
    restorableContract(() => {
      const schema = newSchema()
      return () => opened(schema)
    })
  })

  describe('with history in PostgreSQL', () => {
    brokerContract({ describe, test }, () => {
      const store = postgresStore({ url: server.url, schema: newSchema() })
      const retain = [{ destination: '/topic/**', count: 100 }]
      const observer = { available() {}, appended() {}, replayed() {}, trimFailed() {} }
      const surroundings = { clock: systemClock, observer, encode: contentOf }
      return new HistoryBroker(embeddedBroker(), { store, retain }, surroundings)
    })
  })

  test('of several processes has one order, without a gap, and remembers ids for all', async () => {
    const schema = newSchema()
    const stores = await Promise.all([opened(schema), opened(schema), opened(schema)])
    const epochs = new Set(stores.map(({ epoch }) => epoch))
    expect(epochs.size).toBe(1)
    const all = await Promise.all(
      stores.flatMap((store, i) =>
        Array.from({ length: 100 }, async (_, n) => {
          const appended = await store.append([
            entry(`${i} ${n}`),
            entry(`${i} ${n}`, undefined, '/topic/b'),
            entry('same', `id-${n}`, '/topic/c'),
          ])
          return appended
        }),
      ),
    )
    const numbers = Array.from({ length: 300 }, (_, i) => i + 1)
    expect(all.map(([a]) => a!.offset).toSorted((x, y) => x - y)).toEqual(numbers)
    expect(all.map(([, b]) => b!.offset).toSorted((x, y) => x - y)).toEqual(numbers)
    expect(all.filter(([, , c]) => !c!.repeated)).toHaveLength(100)
    for (const store of stores) {
      const read = await store.read('/topic/a', 1, ALL)
      expect(read.map(({ offset }) => offset)).toEqual(numbers)
      for (const i of [0, 1, 2]) {
        const own = read
          .map(({ body }) => Buffer.from(body).toString())
          .filter((body) => body.startsWith(`${i} `))
        expect(own).toEqual(Array.from({ length: 100 }, (_, n) => `${i} ${n}`))
      }
    }
  })

  test('brings subscribers of every process the same messages in the same order', async () => {
    const schema = newSchema()
    const nodes = await Promise.all(
      [0, 1].map(async () => {
        const stomp = createStompServer({
          history: {
            store: postgresStore({ url: server.url, schema }),
            retain: [{ destination: '/topic/**', count: 10_000 }],
          },
          permissions: { send: [allow('/topic/**')] },
        })
        onTestFinished(() => stomp.close())
        await stomp.start()
        return stomp
      }),
    )
    const subscriptions = await Promise.all(
      nodes.map(async (stomp) => {
        const client = await connect(stomp)
        return client.subscribe('/topic/room')
      }),
    )
    await Promise.all(
      nodes.flatMap((stomp, i) =>
        Array.from({ length: 50 }, (_, n) =>
          Promise.resolve(stomp.messaging.send('/topic/room', `${i} ${n}`)),
        ),
      ),
    )
    const got = await Promise.all(
      subscriptions.map(async (one) => {
        const offsets: string[] = []
        while (offsets.length < 100) offsets.push((await one.receive()).headers['x-stream-offset']!)
        return offsets
      }),
    )
    const numbers = Array.from({ length: 100 }, (_, i) => String(i + 1))
    expect(got).toEqual([numbers, numbers])
  })

  test('gives subscribers of every process what one has replaced, from what is at hand there too', async () => {
    const schema = newSchema()
    const nodes = await Promise.all(
      [0, 1].map(async () => {
        const stomp = createStompServer({
          history: {
            store: postgresStore({ url: server.url, schema }),
            retain: [{ destination: '/topic/**', count: 10_000 }],
          },
        })
        onTestFinished(() => stomp.close())
        await stomp.start()
        return stomp
      }),
    )
    const first = async (stomp: (typeof nodes)[number]): Promise<string> => {
      const client = await connect(stomp)
      const subscription = await client.subscribe('/topic/room', { headers: { 'x-stream-offset': 'first' } })
      return String((await subscription.receive()).body)
    }
    await nodes[0]!.messaging.send('/topic/room', 'old')
    await Promise.all(nodes.map((stomp) => first(stomp)))
    for (let n = 0; n < 20; n++) {
      const [here, there] = n % 2 === 0 ? nodes : nodes.toReversed()
      expect(await here!.history!.replace('/topic/room', 1, `new ${n}`)).toBe(true)
      expect(await first(here!)).toBe(`new ${n}`)
      while ((await first(there!)) !== `new ${n}`);
    }
  })

  test('tells what others append, at once and after the connection that listens was lost', async () => {
    const schema = newSchema()
    const [here, there] = [await opened(schema), await opened(schema)]
    const heard: string[] = []
    let wake = (): void => {}
    let looked = 0
    const until = async (what: string): Promise<void> => {
      while (!heard.includes(what, looked)) await new Promise<void>((resolve) => (wake = resolve))
      looked = heard.length
    }
    const told = (what: string): void => {
      heard.push(what)
      wake()
    }
    here.watch!({
      appended: (destination, first, last) => told(`${destination} ${first} ${last}`),
      replaced: (destination, offset) => told(`${destination} ${offset} replaced`),
      missed: () => told('missed'),
    })
    await until('missed')
    await here.append([entry('own')])
    await there.append([entry('x'), entry('y')])
    await until('/topic/a 2 3')
    const content = { headers: new StompHeaders(), body: Buffer.from('new') }
    await here.replace('/topic/a', 1, content)
    await there.replace('/topic/a', 3, content)
    await until('/topic/a 3 replaced')
    await sql(`notify ${schema}, 'nonsense'`)
    await until('missed')
    await sql(`select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen "${schema}"'`)
    await until('missed')
    await there.append([entry('z', undefined, '/topic/b')])
    await until('/topic/b 1 1')
    expect(heard).not.toContain('/topic/a 1 1')
    expect(heard).not.toContain('/topic/a 1 replaced')
    // Longer than a notice may be.
    await there.append([entry('long', undefined, `/topic/${'x'.repeat(8_000)}`)])
    await until('missed')
  })

  test('remembers as many ids of each destination as it has to', async () => {
    const store = await opened()
    for (const half of [0, 1]) {
      const count = REMEMBERED_IDS / 2
      for (const destination of ['/topic/a', '/topic/b']) {
        await store.append(
          Array.from({ length: count }, (_, i) => entry('', `${half * count + i}`, destination)),
        )
      }
    }
    await store.append([entry('', `${REMEMBERED_IDS}`)])
    await store.trim([{ destination: '/topic/a', count: 100_000, since: 0 }])
    expect(await store.append([entry('', '1'), entry('', '0')])).toMatchObject([
      { repeated: true },
      { repeated: false },
    ])
  })

  test('keeps names and ids of any octets and length', async () => {
    const store = await opened()
    const name = `/topic/${'\0한'.repeat(3_000)}`
    expect(await store.append([entry('x', '\0id', name), entry('x', '\0id', name)])).toEqual([
      { offset: 1, repeated: false },
      { offset: 1, repeated: true },
    ])
    expect(await store.heads([name])).toEqual([{ first: 1, last: 1 }])
    expect(await store.destinations(undefined)).toEqual([name])
  })

  test('gives no offset twice while one process appends and another forgets', async () => {
    const schema = newSchema()
    const [one, other] = [await opened(schema), await opened(schema)]
    const offsets: number[] = []
    for (let i = 0; i < 100; i++) {
      const [appended] = await Promise.all([
        one.append([entry('x')]),
        other.trim([{ destination: '/topic/a', count: 10, since: 1e15 }]),
      ])
      offsets.push(appended[0]!.offset)
    }
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
    expect(new Set(offsets).size).toBe(100)
  })

  test('takes what is appended by whoever was answered just now', async () => {
    const store = await opened()
    for (let i = 1; i <= 20; i++) {
      const [appended] = await store.append([entry('x')])
      expect(appended!.offset).toBe(i)
    }
  })

  test('refuses what a newer version has written, and a server that is not there', async () => {
    const schema = newSchema()
    await (await opened(schema)).stop()
    await sql(`update ${schema}.meta set value = '99' where name = 'version'`)
    await expect(postgresStore({ url: server.url, schema }).start()).rejects.toThrow(
      'written by a newer version',
    )
    await expect(postgresStore({ url: 'postgres://127.0.0.1:1/x' }).start()).rejects.toThrow(
      'The history cannot be kept in PostgreSQL: connect ECONNREFUSED',
    )
    expect(() => postgresStore({ url: server.url, schema: 'a;drop' })).toThrow('is no name of a schema')
  })

  test('refuses while the server is away, and goes on when it is back', async () => {
    const store = await opened()
    await store.append([entry('before', 'id-1')])
    await server.stop()
    await expect(store.append([entry('lost')])).rejects.toThrow(AWAY)
    await expect(store.check()).rejects.toThrow(AWAY)
    await server.start()
    await store.check()
    expect(await store.append([entry('again', 'id-1'), entry('after')])).toEqual([
      { offset: 1, repeated: true },
      { offset: 2, repeated: false },
    ])
  })
  test('that is restarted in the middle of writes has each call done or refused, never half', async () => {
    const store = await opened()
    const done = new Map<string, number>()
    const refused: string[] = []
    let enough = (): void => {}
    const writing = new Promise<void>((resolve) => (enough = resolve))
    const call = (id: string) => ['/topic/a', '/topic/b'].map((destination) => entry(id, id, destination))
    const writers = Array.from({ length: 10 }, async (_, writer) => {
      for (let n = 0; refused.length === 0; n++) {
        const id = `${writer} ${n}`
        try {
          const [a] = await store.append(call(id))
          done.set(id, a!.offset)
          if (done.size === 200) enough()
        } catch {
          refused.push(id)
        }
      }
    })
    await writing
    await server.stop('SIGQUIT')
    await Promise.all(writers)
    await expect(store.check()).rejects.toThrow(AWAY)
    await server.start()
    await store.check()
    const kept = await bodies(store, '/topic/a')
    expect(await bodies(store, '/topic/b')).toEqual(kept)
    expect(new Set(kept).size).toBe(kept.length)
    for (const [id, offset] of done) expect(kept[offset - 1]).toBe(id)
    for (const id of refused) await store.append(call(id))
    const all = [...done.keys(), ...refused].toSorted()
    expect((await bodies(store, '/topic/a')).toSorted()).toEqual(all)
    expect((await bodies(store, '/topic/b')).toSorted()).toEqual(all)
  })
})
