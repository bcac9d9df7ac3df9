import { StompHeaders, utf8Decode, utf8Encode } from '@stomping-ground/codec'
import assert from 'node:assert/strict'
import type { Content, Entry, HistoryStore, StoredMessage } from '../broker/history/store.js'
import type { Runner } from './contract/kit.js'

/** Opens a store that holds nothing yet. */
export type MakeStore = () => HistoryStore | Promise<HistoryStore>

const BOUNDS = { count: 1_000, bytes: 1_000_000 }

/**
 * What every store of the history promises, as tests: run it with yours.
 *
 * ```ts
 * historyStoreContract({ describe, test }, () => memoryStore())
 * ```
 */
export function historyStoreContract({ describe, test: plainTest }: Runner, makeStore: MakeStore): void {
  const test = (name: string, run: (store: HistoryStore) => Promise<void>): void =>
    plainTest(name, async () => {
      const store = await makeStore()
      await store.start()
      try {
        await run(store)
      } finally {
        await store.stop()
      }
    })

  describe('append', () => {
    test('counts the offsets of each destination from 1, one by one', async (store) => {
      assert.deepEqual(
        await offsets(store, entry('/topic/a'), entry('/topic/b'), entry('/topic/a')),
        [1, 1, 2],
      )
      assert.deepEqual(await offsets(store, entry('/topic/a'), entry('/topic/b')), [3, 2])
    })

    test('keeps the order of the calls, and answers in it', async (store) => {
      const answered: number[] = []
      await Promise.all(
        Array.from({ length: 50 }, async (_, i) => {
          const [appended] = await store.append([entry('/topic/a', `${i}`)])
          answered.push(appended!.offset)
        }),
      )
      const all = Array.from({ length: 50 }, (_, i) => i + 1)
      if (store.watch === undefined) assert.deepEqual(answered, all)
      assert.deepEqual(
        answered.toSorted((a, b) => a - b),
        all,
      )
      assert.deepEqual(
        bodies(await store.read('/topic/a', 1, BOUNDS)),
        all.map((i) => `${i - 1}`),
      )
    })

    test('brings headers and body back as they were', async (store) => {
      const headers = new StompHeaders(['a', 'b', 'c:d\n\r\0', '한글', 'a', 'again', '', ''])
      const body = Uint8Array.of(0, 255, 10, 0)
      await store.append([{ ...entry('/topic/한글'), headers, body }, entry('/topic/한글', '')])
      const [first, second] = await store.read('/topic/한글', 1, BOUNDS)
      assert.deepEqual(first!.headers.flat, headers.flat)
      assert.deepEqual(Buffer.from(first!.body), Buffer.from(body))
      assert.equal(second!.body.length, 0)
      assert.deepEqual(second!.headers.flat, [])
    })

    test('keeps a message of a megabyte, and a thousand small ones in one call', async (store) => {
      const large = 'x'.repeat(1_048_576)
      await store.append([entry('/topic/a', large)])
      await store.append(Array.from({ length: 1_000 }, (_, i) => entry('/topic/a', `${i}`)))
      const [first] = await store.read('/topic/a', 1, BOUNDS)
      assert.equal(utf8Decode(first!.body), large)
      assert.equal((await store.heads(['/topic/a']))[0]!.last, 1_001)
    })

    test('knows a repeated id in the same destination, in one call too, and stores it once', async (store) => {
      const one = { ...entry('/topic/a', 'x'), id: 'id-1' }
      const first = await store.append([one, entry('/topic/a', 'y'), { ...one, body: utf8Encode('again') }])
      assert.deepEqual(first, [
        { offset: 1, repeated: false },
        { offset: 2, repeated: false },
        { offset: 1, repeated: true },
      ])
      assert.deepEqual(await store.append([one]), [{ offset: 1, repeated: true }])
      assert.deepEqual(await store.append([{ ...one, destination: '/topic/b' }]), [
        { offset: 1, repeated: false },
      ])
      assert.deepEqual(bodies(await store.read('/topic/a', 1, BOUNDS)), ['x', 'y'])
    })

    test('of two calls with the same id at the same time, stores one', async (store) => {
      const one = { ...entry('/topic/a', 'x'), id: 'id-1' }
      const both = await Promise.all([store.append([one]), store.append([one])])
      assert.deepEqual(
        both.map(([answer]) => answer!.offset),
        [1, 1],
      )
      assert.equal(both.filter(([answer]) => answer!.repeated).length, 1)
    })

    test('never goes back in time', async (store) => {
      for (const time of [1_000, 3_000, 2_000, 4_000]) await store.append([{ ...entry('/topic/a'), time }])
      const times = (await store.read('/topic/a', 1, BOUNDS)).map(({ time }) => time)
      assert.deepEqual(times, [1_000, 3_000, 3_000, 4_000])
    })
  })

  describe('replace', () => {
    const content = (body: string, ...flat: string[]): Content => ({
      headers: new StompHeaders(flat),
      body: utf8Encode(body),
    })

    test('puts other headers and another body in the place of one message, and of no other', async (store) => {
      await store.append(
        Array.from({ length: 5 }, (_, i) => ({ ...entry('/topic/a', `${i + 1}`), time: i * 1_000 })),
      )
      await store.append([entry('/topic/a', '6'), entry('/topic/b', 'b')])
      for (const [offset, body] of [
        [3, 'three'.repeat(1_000)],
        [1, ''],
        [5, 'five'],
        [6, 'six'],
        [5, '다섯'],
      ] as const) {
        assert.equal(await store.replace('/topic/a', offset, content(body, 'a', 'b:c\n', 'a', body)), true)
      }
      const read = await store.read('/topic/a', 1, BOUNDS)
      assert.deepEqual(bodies(read), ['', '2', 'three'.repeat(1_000), '4', '다섯', 'six'])
      assert.deepEqual(
        read.map(({ offset }) => offset),
        [1, 2, 3, 4, 5, 6],
      )
      assert.deepEqual(
        read.map(({ time }) => time),
        [0, 1_000, 2_000, 3_000, 4_000, 4_000],
      )
      assert.deepEqual(read[4]!.headers.flat, ['a', 'b:c\n', 'a', '다섯'])
      assert.deepEqual(read[3]!.headers.flat, [])
      assert.deepEqual(bodies(await store.read('/topic/b', 1, BOUNDS)), ['b'])
      assert.deepEqual(await store.heads(['/topic/a']), [{ first: 1, last: 6 }])
      assert.deepEqual(await offsets(store, entry('/topic/a', '7')), [7])
    })

    test('is about what was appended before it was called, and leaves the last call’s content', async (store) => {
      const [, ...answers] = await Promise.all([
        store.append([entry('/topic/a', 'x'), entry('/topic/a', 'y')]),
        ...(store.watch === undefined ? [store.replace('/topic/a', 1, content('early'))] : []),
      ])
      assert.ok(answers.every(Boolean))
      await Promise.all(
        ['1', '2', '3'].map(async (body) => assert.ok(await store.replace('/topic/a', 1, content(body)))),
      )
      assert.deepEqual(bodies(await store.read('/topic/a', 1, BOUNDS)), ['3', 'y'])
    })

    test('leaves the publisher’s id known', async (store) => {
      const one = { ...entry('/topic/a', 'x'), id: 'id-1' }
      await store.append([entry('/topic/a'), one])
      assert.equal(await store.replace('/topic/a', 2, content('another, and longer')), true)
      assert.deepEqual(await store.append([one]), [{ offset: 2, repeated: true }])
    })

    test('says where there is no such message', async (store) => {
      for (let i = 1; i <= 4; i++) await store.append([entry('/topic/a', `${i}`)])
      await store.trim([{ destination: '/topic/a', count: 2, since: -Infinity }])
      for (const offset of [-1, 0, 1, 2, 5, Number.MAX_SAFE_INTEGER]) {
        assert.equal(await store.replace('/topic/a', offset, content('new')), false)
      }
      assert.equal(await store.replace('/topic/nothing', 1, content('new')), false)
      assert.equal(await store.replace('/topic/a', 3, content('new')), true)
      assert.deepEqual(bodies(await store.read('/topic/a', 1, BOUNDS)), ['new', '4'])
    })
  })

  describe('read', () => {
    test('gives what there is from an offset on, within bounds, and at least one message', async (store) => {
      await store.append(Array.from({ length: 10 }, (_, i) => entry('/topic/a', `${i + 1}`)))
      const read = async (from: number, bounds = BOUNDS): Promise<string[]> =>
        bodies(await store.read('/topic/a', from, bounds))
      assert.deepEqual(await read(8), ['8', '9', '10'])
      assert.deepEqual(await read(11), [])
      assert.deepEqual(await read(1_000), [])
      assert.deepEqual(await read(0, { count: 2, bytes: 1_000 }), ['1', '2'])
      assert.deepEqual(await read(5, { count: 1_000, bytes: 1 }), ['5'])
      assert.deepEqual(await store.read('/topic/nothing', 1, BOUNDS), [])
    })

    test('sees what was appended before it was called', async (store) => {
      for (let i = 1; i <= 20; i++) {
        await store.append([entry('/topic/a', `${i}`)])
        assert.equal((await store.read('/topic/a', i, BOUNDS)).length, 1)
        assert.deepEqual(await store.heads(['/topic/a', '/topic/b']), [
          { first: 1, last: i },
          { first: 1, last: 0 },
        ])
      }
    })
  })

  describe('offsetAt', () => {
    test('finds the first message that is not older', async (store) => {
      for (const time of [1_000, 2_000, 2_000, 3_000]) await store.append([{ ...entry('/topic/a'), time }])
      for (const [time, offset] of [
        [0, 1],
        [1_000, 1],
        [1_001, 2],
        [2_000, 2],
        [2_000.5, 4],
        [3_001, 5],
      ] as const) {
        assert.equal(await store.offsetAt('/topic/a', time), offset)
      }
      assert.equal(await store.offsetAt('/topic/nothing', 1_000), 1)
    })
  })

  describe('trim', () => {
    const filled = async (store: HistoryStore): Promise<void> => {
      for (let i = 1; i <= 10; i++) await store.append([{ ...entry('/topic/a', `${i}`), time: i * 1_000 }])
      await store.append([entry('/topic/b', 'b')])
    }

    test('keeps the newest ones, at least as many as it is told', async (store) => {
      await filled(store)
      await store.trim([{ destination: '/topic/a', count: 3, since: -Infinity }])
      const [{ first, last }] = (await store.heads(['/topic/a'])) as [{ first: number; last: number }]
      assert.equal(last, 10)
      assert.equal(first, 8)
      assert.deepEqual(bodies(await store.read('/topic/a', 1, BOUNDS)), ['8', '9', '10'])
      assert.equal(await store.offsetAt('/topic/a', 0), 8)
      assert.deepEqual(await offsets(store, entry('/topic/a')), [11])
      assert.deepEqual(await store.heads(['/topic/b']), [{ first: 1, last: 1 }])
    })

    test('keeps what is young enough', async (store) => {
      await filled(store)
      await store.trim([{ destination: '/topic/a', count: 1_000, since: 4_000 }])
      assert.deepEqual(await store.heads(['/topic/a']), [{ first: 4, last: 10 }])
    })

    test('never gives an offset twice, also where everything is gone', async (store) => {
      await filled(store)
      await store.trim([{ destination: '/topic/a', count: 1_000, since: 1e15 }])
      const [{ first, last }] = (await store.heads(['/topic/a'])) as [{ first: number; last: number }]
      assert.equal(first, last + 1)
      assert.ok(last >= 10)
      assert.deepEqual(await store.read('/topic/a', 1, BOUNDS), [])
      const [offset] = await offsets(store, entry('/topic/a', 'new'))
      assert.ok(offset! > 10)
      assert.deepEqual(bodies(await store.read('/topic/a', 1, BOUNDS)), ['new'])
    })

    test('lists what holds messages', async (store) => {
      await filled(store)
      const names: string[] = []
      for (let after: string | undefined; ;) {
        const some = await store.destinations(after)
        if (some.length === 0) break
        names.push(...some)
        after = some.at(-1)
      }
      assert.deepEqual(names.toSorted(), ['/topic/a', '/topic/b'])
      await store.trim([{ destination: '/topic/nothing', count: 1, since: 0 }])
    })
  })

  describe('the store', () => {
    test('has an epoch that can stand in a header and in a message id', async (store) => {
      assert.match(store.epoch, /^[A-Za-z0-9_-]{6,}$/)
      await store.check()
    })

    test('carries out what it was asked for before it stops, and stops once', async (store) => {
      const appending = Promise.all(
        Array.from({ length: 10 }, () => Promise.resolve(store.append([entry('/topic/a')]))),
      )
      await store.stop()
      assert.equal((await appending).length, 10)
      await store.stop()
    })
  })
}

function entry(destination: string, body = ''): Entry {
  return { destination, headers: new StompHeaders(), body: utf8Encode(body), time: 1_000, id: undefined }
}

async function offsets(store: HistoryStore, ...entries: Entry[]): Promise<number[]> {
  return (await store.append(entries)).map(({ offset }) => offset)
}

function bodies(messages: readonly StoredMessage[]): string[] {
  return messages.map(({ body }) => utf8Decode(body))
}
