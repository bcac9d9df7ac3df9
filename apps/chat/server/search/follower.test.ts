import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { closeDatabase, openDatabase } from '../database/database.js'
import type { Database } from '../database/database.js'
import type { SaidMessage } from '../history/room-history.js'
import { removeTemporaryFolders, temporaryFolder, testPlace } from '../testing/test-database.js'
import { Follower } from './follower.js'
import { MessageIndex } from './message-index.js'
import type { Candidate } from './message-index.js'

/** What a history keeps, as far as a follower sees it. */
class TestHistory {
  epoch = 'one'
  first = 1
  said: string[] = []
  /** Set: what it fails with. */
  broken: Error | undefined
  /** Called before a page is given. */
  onPage: () => void | Promise<void> = () => {}
  timeOf = (offset: number): number => 1_000 + offset

  heads(roomIds: readonly string[]): Promise<Map<string, { first: number; last: number }>> {
    if (this.broken !== undefined) return Promise.reject(this.broken)
    return Promise.resolve(new Map(roomIds.map((id) => [id, { first: this.first, last: this.said.length }])))
  }

  async following(_roomId: string, from: number, count: number): Promise<SaidMessage[]> {
    const page = this.said.slice(from - 1, from - 1 + count).map((text, i) => this.#message(from + i, text))
    await this.onPage()
    return page
  }

  #message(offset: number, text: string): SaidMessage {
    const said = {
      type: 'TALK',
      roomId: 'r',
      sender: '민지',
      message: text,
      id: `${offset}`,
      time: 0,
    } as const
    return {
      offset,
      time: this.timeOf(offset),
      message: text === 'deleted' ? { ...said, deleted: 'author' } : said,
    }
  }
}

let database: Database
let history: TestHistory
let index: MessageIndex
const failures: unknown[] = []
const open: Follower[] = []

beforeEach(async () => {
  database = await openDatabase(await testPlace(temporaryFolder()))
  history = new TestHistory()
  index = new MessageIndex(database)
  failures.length = 0
})
afterEach(async () => {
  for (const follower of open.splice(0)) await follower.close()
  await closeDatabase(database)
})
afterAll(removeTemporaryFolders)

function follower(rooms: () => string[] = () => ['r']): Follower {
  const one = new Follower({
    index,
    newest: history,
    history,
    rooms,
    failed: (error) => failures.push(error),
    everyMs: 1,
    sweepMs: 3_600_000,
  })
  open.push(one)
  return one
}

/** What can be found by these grams, newest first. */
const found = async (...grams: string[]): Promise<Candidate[]> =>
  index.find({ grams, rooms: undefined, before: Number.MAX_SAFE_INTEGER, count: 1_000 })
const offsets = async (...grams: string[]): Promise<number[]> =>
  (await found(...grams)).map(({ offset }) => offset)

async function indexed(): Promise<number | undefined> {
  return (await index.places()).get('r')?.indexed
}

async function until(what: () => Promise<unknown>, value: unknown): Promise<void> {
  await expect.poll(what, { interval: 2 }).toEqual(value)
}

describe('a follower', () => {
  it('takes in what is there, what is said, and nothing that was deleted', async () => {
    history.said = ['밥은', '국', 'deleted']
    const one = follower()
    one.start()
    await until(indexed, 3)
    expect(await offsets('밥')).toEqual([1])
    expect(await offsets('de')).toEqual([])
    history.said.push('밥')
    one.changed('r')
    await until(() => offsets('밥'), [4, 1])
    await until(() => Promise.resolve(one.behind), 0)
  })

  it('goes on where another one has ended', async () => {
    history.said = Array.from({ length: 450 }, (_, i) => `말 ${i + 1}`)
    const first = follower()
    let ended: Promise<void> | undefined
    history.onPage = () => {
      ended ??= first.close()
    }
    first.start()
    await until(() => Promise.resolve(ended !== undefined), true)
    await ended
    expect(await indexed()).toBe(100)
    const pages = vi.spyOn(history, 'following')
    follower().start()
    await until(indexed, 450)
    expect(pages.mock.calls[0]?.[1]).toBe(101)
    expect((await offsets('말')).length).toBe(450)
  })

  it('drops what was trimmed', async () => {
    history.said = Array.from({ length: 1_200 }, (_, i) => `말 ${i + 1}`)
    follower().start()
    await until(indexed, 1_200)
    history.first = 1_199
    follower().start()
    const place = async (): Promise<unknown> => (await index.places()).get('r')
    await expect.poll(place, { interval: 2 }).toMatchObject({ first: 1_199, indexed: 1_200 })
    expect(await offsets('말')).toEqual([1_200, 1_199])
  })

  it('begins anew in another epoch', async () => {
    history.said = ['하나', '둘', '셋']
    follower().start()
    await until(indexed, 3)
    Object.assign(history, { epoch: 'two', said: ['넷'] })
    follower().start()
    await until(indexed, 1)
    expect(await offsets('셋')).toEqual([])
    expect(await found('넷')).toMatchObject([{ offset: 1, epoch: 'two' }])
  })

  it('forgets a room that is gone, with all that was said in it', async () => {
    history.said = ['하나', '둘']
    const rooms = ['r']
    const one = follower(() => rooms)
    one.start()
    await until(indexed, 2)
    rooms.pop()
    history.first = 3
    one.changed('r')
    await until(() => index.places(), new Map())
    expect(await offsets('둘')).toEqual([])
  })

  it('keeps the place of a room that it does not know, as long as something can be found of it', async () => {
    history.said = ['하나']
    const one = follower(() => [])
    one.changed('r')
    await until(() => Promise.resolve(one.behind), 0)
    await until(indexed, 1)
    expect(await offsets('하')).toEqual([1])
  })

  it('shares a room with another process: each message is found once', async () => {
    history.said = Array.from({ length: 900 }, (_, i) => `말 ${i + 1}`)
    const both = [follower(), follower()]
    for (const one of both) one.start()
    await until(indexed, 900)
    await until(() => Promise.resolve(both.map(({ behind }) => behind)), [0, 0])
    expect(await offsets('말')).toEqual(Array.from({ length: 900 }, (_, i) => 900 - i))
    expect(failures).toEqual([])
  })

  it('does not bring back a text that was replaced while it was reading', async () => {
    history.said = ['옛말']
    let replaced = false
    history.onPage = async () => {
      if (replaced) return
      replaced = true
      history.said = ['새말']
      await index.replace('r', 1, { offset: 1, time: 1_001, text: '새말', message: '{}' })
    }
    follower().start()
    await until(indexed, 1)
    expect(await offsets('옛말')).toEqual([])
    expect(await offsets('새말')).toEqual([1])
  })

  it('numbers messages of one moment in their order, a clock that stands still among them', async () => {
    history.timeOf = () => 5
    history.said = Array.from({ length: 5_000 }, (_, i) => `말 ${i + 1}`)
    follower().start()
    await until(indexed, 5_000)
    const newest = await offsets('말')
    expect(newest).toEqual(Array.from({ length: 1_000 }, (_, i) => 5_000 - i))
  }, 30_000)
})

it('a message that is replaced is found by its new text alone, and one that is deleted by none', async () => {
  history.said = ['하나', '둘']
  follower().start()
  await until(indexed, 2)
  await index.replace('r', 1, { offset: 1, time: 1_001, text: '셋', message: '{"new":1}' })
  expect(await offsets('하나')).toEqual([])
  expect(await found('셋')).toMatchObject([{ offset: 1, message: '{"new":1}' }])
  await index.replace('r', 1, undefined)
  expect(await offsets('셋')).toEqual([])
  expect(await offsets('둘')).toEqual([2])
})

it('what cannot be done now is done later, and said once', async () => {
  history.said = ['하나']
  history.broken = new Error('away')
  const one = follower()
  one.changed('r')
  await until(() => Promise.resolve(failures.length), 1)
  expect(one.behind).toBe(1)
})
