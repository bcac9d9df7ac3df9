import { describe, expect, it, vi } from 'vitest'
import { ApiError } from '../api.js'
import {
  CHANGES,
  MEMBERS,
  MEMBERS_NOW,
  TOPIC,
  detail,
  enteredRoom,
  http,
  inOneRoom,
  notices,
  openRoom,
  outgoing,
  settle,
  state,
  unreachable,
} from '../testing/one-room.js'

inOneRoom()

describe('entering', () => {
  it('subscribes first, then sends ENTER at once with an id and the name, and nothing before there is a name', async () => {
    const server = await openRoom(null)
    expect(server.requests).toEqual([])
    server.identity.choose('철수')
    expect(server.fake.live().map(({ destination }) => destination)).toEqual([CHANGES, TOPIC, MEMBERS])
    expect(server.requests).toMatchObject([{ type: 'ENTER', roomId: 'r', sender: '철수', message: '' }])
    expect(server.fake.sent[0]?.options).toEqual({ id: server.requests[0]?.id, wait: false })
  })

  it('shows its own coming once, and is in by the broadcast or by the receipt', async () => {
    const server = await openRoom()
    expect(state().entry).toBe('entering')
    await server.fake.sent[0]?.done()
    expect(state().entry).toBe('in')
    server.echo()
    server.echo()
    await settle()
    server.say(MEMBERS, { type: 'JOIN', name: '철수', members: 2, seq: 6 })
    expect(notices()).toEqual(['came'])
  })

  it('comes back as the guest that it was', async () => {
    const server = await openRoom('')
    expect(server.requests[0]).not.toHaveProperty('sender')
    server.echo('손님-1234')
    expect(state().name).toBe('손님-1234')
    server.lost()
    await server.back()
    expect(server.requests.at(-1)).toMatchObject({ type: 'ENTER', sender: '손님-1234' })
  })

  it('is refused with the reason, and tried again in the session of another name', async () => {
    const server = await openRoom()
    await server.fake.sent[0]?.refused('sender-characters')
    expect(state()).toMatchObject({ entry: 'refused', entryRefusal: { code: 'sender-characters' } })
    server.identity.choose('영희')
    expect(server.requests).toHaveLength(1)
    server.lost()
    await server.back()
    expect(server.requests).toMatchObject([{}, { type: 'ENTER', sender: '영희' }])
  })

  it('is tried again with its subscriptions by who was put out', async () => {
    const server = await enteredRoom()
    server.topic.refused('kicked')
    server.fake.to(MEMBERS).refused('kicked')
    expect(state()).toMatchObject({ entry: 'refused', entryRefusal: { code: 'kicked' } })
    server.room.enter()
    expect([server.topic.kind, server.fake.to(MEMBERS).kind]).toEqual(['subscribing', 'subscribing'])
    expect(server.requests.map(({ type }) => type)).toEqual(['ENTER', 'ENTER'])
  })

  it('knows a room that there is not, by HTTP and by the refused subscription', async () => {
    http.room = () => Promise.reject(new ApiError(404, { code: 'room-unknown', message: 'No such room.' }))
    await openRoom()
    expect(state().found).toBe('no')
    http.room = () => Promise.resolve(detail)
    const server = await openRoom()
    server.topic.refused('room-unknown')
    expect(state().found).toBe('no')
  })

  it('opens by itself when a server that could not be reached is back', async () => {
    http.room = () => Promise.reject(unreachable())
    await openRoom()
    expect(state().found).toBe('unreachable')
    http.room = () => Promise.resolve(detail)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(state().found).toBe('yes')
    expect(state().entry).toBe('entering')
  })

  it('ends with its subscriptions when the room is left', async () => {
    const server = await enteredRoom()
    server.room.close()
    expect(server.fake.live().filter(({ destination }) => destination.startsWith(TOPIC))).toEqual([])
    server.lost()
    await server.back()
    expect(server.requests).toHaveLength(1)
  })
})

describe('a lost session', () => {
  it('is entered again, and the return is said in place of the coming', async () => {
    const server = await enteredRoom()
    server.lost()
    expect(state().entry).toBe('out')
    vi.setSystemTime(Date.now() + 8_000)
    await server.back()
    server.subscribed({ first: false })
    server.echo()
    expect(notices()).toEqual(['came', 'returned'])
    const entries = state().blocks.flatMap((block) => block.entries)
    expect(entries.at(-1)).toMatchObject({ happening: { what: 'returned', awayMs: 8_000 } })
  })

  it('is not what a new name is', async () => {
    const server = await enteredRoom()
    server.identity.choose('영수')
    server.lost()
    await server.back()
    expect(server.requests).toMatchObject([{}, { type: 'ENTER', sender: '영수' }])
    server.echo('영수')
    expect(notices()).toEqual(['came', 'came'])
  })

  it('reads again who is here', async () => {
    const server = await enteredRoom()
    server.lost()
    await server.back()
    server.subscribed({ first: false })
    server.members(1, 'b')
    expect(state().members.names).toEqual(['b'])
  })

  it('takes the ENTER that it did not answer along', async () => {
    const server = await openRoom()
    server.lost()
    await settle()
    expect(state()).toMatchObject({ entry: 'out', entryRefusal: undefined })
    await server.back()
    expect(server.requests.map(({ type }) => type)).toEqual(['ENTER', 'ENTER'])
  })
})

describe('sending', () => {
  it('gives each message an id, by which it is known when it comes', async () => {
    const server = await enteredRoom()
    server.room.send('hi')
    const talk = server.requests.at(-1)
    expect(talk).toMatchObject({ type: 'TALK', roomId: 'r', message: 'hi', sender: '철수' })
    expect(server.fake.sent.at(-1)?.options).toEqual({ id: talk?.id })
    expect(outgoing()).toEqual(['sending'])
    server.echo()
    expect(outgoing()).toEqual([])
    const talks = state().blocks.flatMap(({ entries }) => entries.filter(({ kind }) => kind === 'talk'))
    expect(talks).toMatchObject([{ own: true, id: talk?.id }])
  })
})

describe('who is here', () => {
  it('says who left, and reads the list again when an event was missed', async () => {
    const server = await enteredRoom()
    expect(state().members.names).toEqual(['a'])
    server.members(5, 'a', 'b')
    server.say(MEMBERS, { type: 'LEAVE', name: 'a', members: 0, seq: 6 })
    expect(notices()).toEqual(['came', 'left'])
    expect(state().members.names).toEqual(['b'])
    expect(() => server.fake.to(MEMBERS_NOW)).toThrow('Nobody has subscribed')
    server.say(MEMBERS, { type: 'JOIN', name: 'y', members: 2, seq: 9 })
    server.members(9, 'x', 'y')
    expect(state().members.names).toEqual(['x', 'y'])
  })
})
