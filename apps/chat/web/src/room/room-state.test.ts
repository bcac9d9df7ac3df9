import { describe, expect, it } from 'vitest'
import type { ChatMessage } from '../../../contract/index.js'
import { BLOCK_ENTRIES, MAX_ENTRIES, RUN_GAP_MS, type Entry, type Talk } from './entries.js'
import { NEW_ROOM, reduceRoom, type RoomAction, type RoomState } from './room-state.js'

const NOON = new Date(2026, 2, 2, 12).getTime()
let count = 0

function talk(sender: string, message: string, extra: Partial<ChatMessage> = {}): ChatMessage {
  return { type: 'TALK', roomId: 'r', sender, message, id: `m${++count}`, time: NOON, ...extra }
}
const heard = (message: ChatMessage, own = false): RoomAction => ({ type: 'message', message, own })
const run = (actions: readonly RoomAction[], from: RoomState = NEW_ROOM): RoomState =>
  actions.reduce(reduceRoom, from)
const entries = (state: RoomState): Entry[] => state.blocks.flatMap((block) => block.entries)
const talks = (state: RoomState): Talk[] => entries(state).filter((entry) => entry.kind === 'talk')

describe('the log', () => {
  it('has messages in the order of the room, whatever their clocks say', () => {
    const state = run([
      heard(talk('a', '1')),
      heard(talk('b', '2', { time: NOON - 5_000 })),
      heard(talk('a', '3')),
    ])
    expect(talks(state).map(({ text }) => text)).toEqual(['1', '2', '3'])
    expect(state.heard).toBe(3)
  })

  it('shows a message once, however often it comes', () => {
    const message = talk('a', '1')
    const once = run([heard(message)])
    expect(run([heard(message)], once)).toBe(once)
    const later = run(
      [...Array(200)].map(() => heard(talk('b', 'x'))),
      once,
    )
    expect(run([heard(message)], later)).toBe(later)
  })

  it('groups the run of a sender, and ends it with another sender, a notice, a pause, a day', () => {
    const heads = (...actions: RoomAction[]): boolean[] => talks(run(actions)).map(({ head }) => head)
    expect(heads(heard(talk('a', '1')), heard(talk('a', '2')), heard(talk('b', '3')))).toEqual([
      true,
      false,
      true,
    ])
    const enter = { type: 'ENTER', message: '' } as const
    expect(heads(heard(talk('a', '1')), heard(talk('b', '', enter)), heard(talk('a', '2')))).toEqual([
      true,
      true,
    ])
    expect(heads(heard(talk('a', '1')), heard(talk('a', '2', { time: NOON + RUN_GAP_MS })))).toEqual([
      true,
      true,
    ])
    const midnight = new Date(2026, 2, 3).getTime()
    const aroundMidnight = [talk('a', '1', { time: midnight - 1 }), talk('a', '2', { time: midnight })]
    expect(heads(...aroundMidnight.map((message) => heard(message)))).toEqual([true, true])
  })

  it('tells one’s own messages from those of another with the same name', () => {
    const state = run([heard(talk('a', '1'), true), heard(talk('a', '2'))])
    expect(talks(state).map(({ own, head }) => [own, head])).toEqual([
      [true, true],
      [false, true],
    ])
    expect(state.heard).toBe(1)
  })

  it('says the time once a minute and the day once a day', () => {
    const at = (ms: number) => heard(talk('a', 'x', { time: NOON + ms }))
    const state = run([at(0), at(30_000), at(60_000), at(24 * 3_600_000)])
    expect(talks(state).map(({ newMinute }) => newMinute)).toEqual([true, false, true, true])
    expect(entries(state).map(({ newDay }) => newDay)).toEqual([true, false, false, true])
  })

  it('makes a notice of an ENTER, and keeps its text', () => {
    const [notice] = entries(run([heard(talk('철수', '철수님이 입장했습니다.', { type: 'ENTER' }))]))
    expect(notice).toMatchObject({
      kind: 'notice',
      happening: { what: 'came', name: '철수', text: '철수님이 입장했습니다.' },
    })
  })

  it('draws only the newest block again', () => {
    const full = run(Array.from({ length: BLOCK_ENTRIES + 1 }, () => heard(talk('a', 'x'))))
    const next = run([heard(talk('a', 'y'))], full)
    expect(next.blocks[0]).toBe(full.blocks[0])
    expect(next.blocks[1]).not.toBe(full.blocks[1])
  })

  it('lets the oldest go at its bound, and the first that stays says its day, sender and time', () => {
    const state = run(Array.from({ length: MAX_ENTRIES }, () => heard(talk('a', 'x'))))
    expect(entries(state)).toHaveLength(MAX_ENTRIES)
    const past = run([heard(talk('a', 'newest'))], state)
    expect(entries(past)).toHaveLength(MAX_ENTRIES - BLOCK_ENTRIES + 1)
    expect(entries(past)[0]).toMatchObject({ newDay: true, head: true, newMinute: true })
    expect(talks(past).at(-1)?.text).toBe('newest')
  })
})

describe('who is here', () => {
  const snapshot = (members: string[], seq: number): RoomAction => ({
    type: 'members',
    members: { members, registered: [], seq },
  })
  const event = (type: 'JOIN' | 'LEAVE', name: string, seq: number): RoomAction => ({
    type: 'member',
    event: { type, roomId: 'r', name, members: 0, seq },
  })
  const names = (...actions: RoomAction[]): readonly string[] => run(actions).members.names

  it('is the snapshot, and the events that are newer', () => {
    expect(
      names(snapshot(['a', 'b'], 5), event('LEAVE', 'a', 5), event('JOIN', 'c', 6), event('LEAVE', 'b', 7)),
    ).toEqual(['a', 'c'])
  })

  it('keeps events that come before the snapshot until it is there', () => {
    const early = [event('JOIN', 'b', 5), event('JOIN', 'c', 6)]
    expect(names(...early, snapshot(['a', 'b'], 5))).toEqual(['a', 'b', 'c'])
  })

  it('starts anew in a new session, whose numbers may be lower', () => {
    const restarted = [snapshot(['a'], 57), { type: 'entering' } as const, event('JOIN', 'b', 2)]
    expect(names(...restarted)).toEqual(['a'])
    expect(names(...restarted, snapshot(['c'], 1))).toEqual(['c', 'b'])
  })

  it('has a name once', () => {
    expect(names(snapshot(['a'], 1), event('JOIN', 'a', 2))).toEqual(['a'])
  })
})
