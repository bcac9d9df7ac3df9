import { createStompServer } from 'stomping-ground'
import { beforeEach, expect, it } from 'vitest'
import type { MemberEvent } from '../../contract/index.js'
import { GUEST } from '../accounts/account.js'
import type { ChatSession } from '../accounts/account.js'
import { Names } from '../names/names.js'
import { Members } from './members.js'
import { Presence } from './presence.js'

let names: Names
let presence: Presence
let members: Members
let events: MemberEvent[]

beforeEach(() => {
  names = new Names()
  events = []
  members = new Members({ firstSeq: 100, announce: (event) => events.push(event) })
  members.open(createStompServer().cluster)
  presence = new Presence({ names, members })
})

const session = (): ChatSession => ({ signal: new AbortController().signal, user: GUEST }) as ChatSession

function named(name: string): ChatSession {
  const one = session()
  names.claim(one, name)
  return one
}

function told(): string[] {
  return events
    .splice(0)
    .map(({ type, roomId, name, members, seq }) => `${seq} ${type} ${name} ${roomId} ${members}`)
}

it('tells JOIN when a session with a name subscribes', () => {
  presence.subscribed(named('민지'), 'a')
  presence.subscribed(named('수민'), 'a')
  expect(told()).toEqual(['101 JOIN 민지 a 1', '102 JOIN 수민 a 2'])
  expect(members.of('a')).toEqual({ members: ['민지', '수민'], registered: [], seq: 102 })
})

it('tells JOIN of each of its rooms when a subscribed session gets its name', () => {
  const one = session()
  presence.subscribed(one, 'a')
  presence.subscribed(one, 'b')
  expect(told()).toEqual([])
  expect(members.count('a')).toBe(0)
  names.claim(one, '민지')
  presence.named(one, '민지')
  expect(told()).toEqual(['101 JOIN 민지 a 1', '101 JOIN 민지 b 1'])
})

it('tells nothing of a session without a name', () => {
  const one = session()
  presence.subscribed(one, 'a')
  expect(presence.unsubscribed(one, 'a')).toBe(true)
  expect(told()).toEqual([])
  names.claim(one, '민지')
  presence.named(one, '민지')
  expect(told()).toEqual([])
})

it('counts a session with two subscriptions to a room once, and it leaves with the last of them', () => {
  const one = named('민지')
  presence.subscribed(one, 'a')
  presence.subscribed(one, 'a')
  expect(presence.unsubscribed(one, 'a')).toBe(false)
  expect(told()).toEqual(['101 JOIN 민지 a 1'])
  expect(presence.unsubscribed(one, 'a')).toBe(true)
  expect(told()).toEqual(['102 LEAVE 민지 a 0'])
})

it('tells JOIN with the first session of a name and LEAVE with the last', () => {
  const [one, other] = [named('민지'), named('민지')]
  presence.subscribed(one, 'a')
  presence.subscribed(other, 'a')
  presence.unsubscribed(one, 'a')
  expect(told()).toEqual(['101 JOIN 민지 a 1'])
  expect(members.of('a').members).toEqual(['민지'])
  presence.unsubscribed(other, 'a')
  expect(told()).toEqual(['102 LEAVE 민지 a 0'])
})

it('counts on in a room that was empty for a while', () => {
  const one = named('민지')
  presence.subscribed(one, 'a')
  presence.unsubscribed(one, 'a')
  presence.subscribed(one, 'a')
  expect(told().at(-1)).toBe('103 JOIN 민지 a 1')
})

it('knows an untouched room as empty, and takes no notice of a subscription that it never saw', () => {
  expect(members.of('z')).toEqual({ members: [], registered: [], seq: 100 })
  expect(presence.unsubscribed(named('민지'), 'z')).toBe(false)
  expect(told()).toEqual([])
})

it('tells of a registered name that it is one', () => {
  const account = { id: '1', name: '민지' }
  const one = { ...named('민지'), user: { name: '1', account, loginId: '1' } } as ChatSession
  names.claim(one, '민지')
  presence.subscribed(named('수민'), 'a')
  presence.subscribed(one, 'a')
  expect(events.map(({ name, registered }) => [name, registered])).toEqual([
    ['수민', undefined],
    ['민지', true],
  ])
  expect(members.of('a').registered).toEqual(['민지'])
})
