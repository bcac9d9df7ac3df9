import { beforeEach, describe, expect, it } from 'vitest'
import type { ChatMessage, RoomMessages } from '../../../contract/index.js'
import { ApiError, type MessagesWhere } from '../api.js'
import { isTrimmed } from './room-log.js'
import { RoomPages } from './room-pages.js'
import { NEW_ROOM, reduceRoom, type RoomAction, type RoomState } from './room-state.js'

/** As the server has it. */
const PAGE = 50
const LAST = 500

let state: RoomState
let asked: MessagesWhere[]
let fails: boolean
let epoch: string
/** The first that is kept. */
let kept: number
/** Whether everything was edited meanwhile. */
let edited: boolean
let pages: RoomPages

const message = (offset: number, text = `${offset}`): ChatMessage => ({
  type: 'TALK',
  roomId: 'r',
  id: `m${offset}`,
  sender: '영희',
  message: text,
  time: 0,
})
const take = (action: RoomAction): void => void (state = reduceRoom(state, action))
const came = (offset: number): void =>
  take({ type: 'message', message: message(offset), own: false, place: { offset, epoch: 'e' } })
const texts = ({ blocks }: Pick<RoomState, 'blocks'>): string[] =>
  blocks
    .flatMap(({ entries }) => entries)
    .map((entry) => (entry.kind === 'talk' ? entry.text : `<${entry.happening.what}>`))
const upward = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`)

function answer(where: MessagesWhere): RoomMessages {
  const from = 'from' in where ? where.from : Math.max(kept, where.before - PAGE)
  const to = Math.min(LAST, 'from' in where ? where.from + PAGE - 1 : where.before - 1)
  const messages = upward(from, to).map((text) => ({
    offset: Number(text),
    message: message(Number(text), edited ? `${text}!` : text),
  }))
  return { first: kept, last: LAST, epoch, messages }
}

beforeEach(() => {
  state = NEW_ROOM
  asked = []
  fails = false
  epoch = 'e'
  kept = 1
  edited = false
  pages = new RoomPages({
    roomId: 'r',
    api: {
      roomMessages: async (_, where) => {
        asked.push(where)
        if (fails) throw new ApiError(0, { code: 'network', message: '' })
        return answer(where)
      },
    },
    state: () => state,
    take,
    isOwn: () => false,
    now: (one) => (one.id === 'm498' ? { ...one, message: '498, told' } : one),
  })
})

/** The end of the log. */
function opened(readUpTo?: number): void {
  take({ type: 'replay', until: LAST, epoch: 'e', readUpTo, gap: false, time: 0 })
  came(LAST)
}

describe('older messages', () => {
  it('are read page by page, one at a time, as they are now', async () => {
    opened()
    await Promise.all([pages.readOlder(), pages.readOlder()])
    expect(asked).toEqual([{ before: 500 }])
    expect(texts(state)).toEqual([...upward(450, 497), '498, told', '499', '500'])
    expect(state.more).toBe(true)
  })

  it('have the line above the first that was not read', async () => {
    opened(497)
    await pages.readOlder()
    expect(texts(state).slice(-5)).toEqual(['497', '<new>', '498, told', '499', '500'])
  })

  it('can be asked for again when they could not be read', async () => {
    opened()
    fails = true
    await expect(pages.readOlder()).rejects.toThrow(ApiError)
    fails = false
    await pages.readOlder()
    expect(texts(state)).toHaveLength(51)
  })

  it('are none where the history is another', async () => {
    opened()
    epoch = 'other'
    await pages.readOlder()
    expect([texts(state), state.more]).toEqual([['500'], false])
  })

  it('end with the first', async () => {
    take({ type: 'replay', until: 3, epoch: 'e', readUpTo: undefined, gap: false, time: 0 })
    came(3)
    await pages.readOlder()
    expect([texts(state), state.more]).toEqual([['1', '2', '3'], false])
    expect(isTrimmed(state)).toBe(false)
  })

  it('end with the first that is kept; that there were others before it is said then', async () => {
    kept = 499
    opened()
    expect(isTrimmed(state)).toBe(false)
    await pages.readOlder()
    expect([texts(state), isTrimmed(state)]).toEqual([['499', '500'], true])
  })
})

it('reads once more what is shown, and no more than that', async () => {
  opened()
  await pages.readOlder()
  asked = []
  edited = true
  await pages.refresh()
  expect(asked).toEqual([{ before: 501 }, { before: 451 }])
  expect([texts(state)[0], texts(state).at(-1), texts(state).length]).toEqual(['450!', '500!', 51])
})

describe('a message that is looked for', () => {
  it('is shown where it is there already', async () => {
    opened()
    await pages.seek(500)
    expect(asked).toEqual([])
    expect(state).toMatchObject({ sought: { offset: 500 }, past: undefined })
  })

  it('is shown with those around it, from where one reads in both directions, in place of the end', async () => {
    opened()
    await pages.seek(200)
    expect(asked).toEqual([{ before: 225 }])
    expect(texts(state.past!)).toEqual(upward(175, 224))
    await pages.readNewer()
    await pages.readOlder()
    expect(asked.slice(1)).toEqual([{ from: 225 }, { before: 175 }])
    expect(texts(state.past!)).toEqual(upward(125, 274))
    came(501)
    expect(texts(state)).toEqual(['500', '501'])
    pages.toPresent()
    expect(state).toMatchObject({ past: undefined, sought: undefined })
  })

  it('becomes a part of the log where one has read on to it', async () => {
    opened(300)
    await pages.seek(430)
    await pages.readNewer()
    expect(state.past).toBeUndefined()
    expect(texts(state)).toEqual([...upward(405, 497), '498, told', '499', '500'])
    expect(state.more).toBe(true)
  })

  it('is part of the log at once where its page reaches that', async () => {
    opened()
    await pages.seek(480)
    expect(state.past).toBeUndefined()
    expect(texts(state)[0]).toBe('455')
  })

  it('is changed in what is shown, too', async () => {
    opened()
    await pages.seek(200)
    take({ type: 'changed', message: { ...message(200, 'edited'), edited: 1 } })
    expect(texts(state.past!)).toContain('edited')
  })

  it('is not gone to when somebody went elsewhere meanwhile', async () => {
    opened()
    const seeking = pages.seek(200)
    pages.toPresent()
    await seeking
    expect(state).toMatchObject({ past: undefined, sought: undefined })
  })
})
