import { describe, expect, it } from 'vitest'
import { authorOf } from './changes/authorship.js'
import { nameKey } from './names/text.js'
import { demand, may, policy } from './policy.js'
import type { Person } from './policy.js'
import type { ChatMessage } from '../contract/index.js'
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

describe('changing what was said', () => {
  const SECRET = 's'.repeat(22)
  const OTHER = 't'.repeat(22)
  const EDIT_MS = 60_000
  const said = (more: Partial<ChatMessage> = {}): ChatMessage => ({
    type: 'TALK',
    roomId: 'r',
    id: 'm',
    sender: 'member',
    message: 'hello',
    time: Date.now(),
    registered: true,
    ...more,
  })
  const signed = said({ sender: 'guest', registered: undefined, author: authorOf(SECRET, 'm') })
  const unsigned = said({ sender: 'guest', registered: undefined })
  const old = said({ time: Date.now() - EDIT_MS })
  const gone = said({ deleted: 'owner' })
  const namesake: Person = { account: undefined, name: 'member' }

  /** How editing is refused, and deleting. */
  type Outcome = readonly [editing: string | undefined, deleting: string | undefined]
  const granted: Outcome = [undefined, undefined]
  const notYours: Outcome = ['message-not-yours', 'message-not-yours']
  const both = (refusal: string): Outcome => [refusal, refusal]

  it.each<[string, Person, KeptRoom, ChatMessage, string | undefined, Outcome]>([
    ['one’s own', member, room(), said(), undefined, granted],
    ['one’s own, with any secret', member, room(), said(), OTHER, granted],
    ['one’s own, in a private room', member, secret, said(), undefined, granted],
    ['one’s own, when it is old', member, room(), old, undefined, ['edit-too-late', undefined]],
    ['one’s own, which is deleted', member, room(), gone, undefined, ['message-deleted', undefined]],
    ['one’s own, while banned', member, banned('member'), said(), undefined, both('banned')],
    ['one’s own, while kicked', member, banned('member', Infinity), said(), undefined, both('kicked')],
    ['what one may not know of', stranger, secret, said(), undefined, both('room-unknown')],
    ['another’s', stranger, room(), said(), undefined, notYours],
    ['an account’s, as a guest of its name', namesake, room(), said(), SECRET, notYours],
    ['a guest’s, with the secret', guest, room(), signed, SECRET, granted],
    ['a guest’s, with the secret, before any name', unnamed, room(), signed, SECRET, granted],
    ['a guest’s, with the secret, as an account', stranger, room(), signed, SECRET, granted],
    ['a guest’s, with another secret', guest, room(), signed, OTHER, notYours],
    ['a guest’s, without a secret', guest, room(), signed, undefined, notYours],
    ['a guest’s, as an account of that name', account('guest'), room(), signed, undefined, notYours],
    ['what was said without a secret, with one', guest, room(), unsigned, SECRET, notYours],
    ['in one’s own room', owner, room(), said(), undefined, ['message-not-yours', undefined]],
    ['in one’s own room, when it is old', owner, room(), old, undefined, ['message-not-yours', undefined]],
    ['in a room that nobody owns', owner, room({ owner: undefined }), said(), undefined, notYours],
  ])('%s', (_what, who, where, message, known, [editing, deleting]) => {
    const wish = { who, room: where, message, secret: known }
    expect(code(() => demand(policy.editMessage, { ...wish, editMs: EDIT_MS }))).toBe(editing)
    expect(code(() => demand(policy.deleteMessage, wish))).toBe(deleting)
  })
})
