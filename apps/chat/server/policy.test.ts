import { describe, expect, it } from 'vitest'
import { nameKey } from './names/text.js'
import { demand, may, policy } from './policy.js'
import type { Person } from './policy.js'
import type { KeptRoom } from './rooms/room.js'

const account = (name: string): Person & { account: { id: string; name: string } } => ({
  account: { id: name, name },
  name,
})
const owner = account('owner')
const member = account('member')
const stranger = account('stranger')
const guest: Person = { account: undefined, name: 'guest' }
const unnamed: Person = { account: undefined }

function room(more: Partial<KeptRoom> = {}): KeptRoom {
  return {
    id: 'r',
    name: 'Room',
    createdAt: 0,
    owner: owner.account,
    invitation: undefined,
    people: new Map(),
    bans: new Map(),
    ...more,
  }
}
const secret = room({
  invitation: 'x',
  people: new Map([owner, member].map(({ account: one }) => [one.id, one])),
})
const banned = (name: string, endsAt?: number): KeptRoom =>
  room({ bans: new Map([[nameKey(name), { name, endsAt }]]) })

const code = (act: () => void): string | undefined => {
  try {
    act()
  } catch (error) {
    return (error as { code: string }).code
  }
  return undefined
}

describe('being in a room', () => {
  it.each([
    ['a guest, an open room', guest, room(), undefined],
    ['nobody yet, an open room', unnamed, room(), undefined],
    ['a stranger, a private room', stranger, secret, 'room-unknown'],
    ['a guest, a private room', guest, secret, 'room-unknown'],
    ['a member, a private room', member, secret, undefined],
    ['who is banned', guest, banned('GUEST'), 'banned'],
    ['who was kicked', guest, banned('guest', Date.now() + 60_000), 'kicked'],
    ['who was kicked a while ago', guest, banned('guest', Date.now() - 1), undefined],
    ['who has said no name yet', unnamed, banned('guest'), undefined],
    ['the owner, whatever is kept of them', owner, banned('owner'), undefined],
    ['a guest, a room without an owner', guest, room({ owner: undefined }), undefined],
    ['a ban that outlived an owner', guest, { ...banned('guest'), owner: undefined }, 'banned'],
  ])('%s', (_what, who, where, expected) => {
    expect(code(() => demand(policy.beInRoom, { who, room: where }))).toBe(expected)
    expect(may(policy.beInRoom, { who, room: where })).toBe(expected === undefined)
  })
})

describe('running a room', () => {
  it.each([
    ['its owner', owner, room(), undefined],
    ['an account', stranger, room(), 'owner-only'],
    ['a guest', guest, room(), 'account-needed'],
    ['anyone, where nobody owns it', stranger, room({ owner: undefined }), 'owner-only'],
    ['a guest, where nobody owns it', unnamed, room({ owner: undefined }), 'account-needed'],
    ['a member of a private room', member, secret, 'owner-only'],
    ['a stranger, who may not know of it', stranger, secret, 'room-unknown'],
    ['a guest, who may not know of it', guest, secret, 'room-unknown'],
  ])('%s', (_what, who, where, expected) => {
    for (const rule of [policy.runRoom, policy.invite]) {
      const refusal = code(() => demand(rule, { who, room: where }))
      const wanted = rule === policy.invite && where !== secret ? (expected ?? 'request-invalid') : expected
      expect(refusal).toBe(wanted)
    }
    const about = { who, room: where, whom: member }
    expect(code(() => demand(policy.removePerson, about))).toBe(expected)
  })

  it('does not reach the owner', () => {
    expect(code(() => demand(policy.removePerson, { who: owner, room: room(), whom: owner }))).toBe(
      'owner-stays',
    )
    expect(code(() => demand(policy.leaveForGood, { who: owner, room: secret }))).toBe('owner-stays')
    expect(code(() => demand(policy.leaveForGood, { who: member, room: secret }))).toBeUndefined()
    expect(code(() => demand(policy.leaveForGood, { who: stranger, room: secret }))).toBe('room-unknown')
  })
})

describe('writing to somebody', () => {
  it.each([
    ['a guest', guest, member.account, false, 'account-needed'],
    ['an account', stranger, member.account, false, undefined],
    ['to oneself', stranger, stranger.account, false, 'person-yourself'],
    ['to nobody', stranger, undefined, false, 'person-unavailable'],
    ['to somebody who blocks', stranger, member.account, true, 'person-unavailable'],
  ])('%s', (_what, who, whom, blocked, expected) => {
    expect(code(() => demand(policy.writeTo, { who, whom, blocked }))).toBe(expected)
  })
})
