import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatRequest, RoomDetail, RoomMessages } from '../../../contract/index.js'
import { ApiError, type MessagesWhere } from '../api.js'
import { createIdentity, type IdentityStore } from '../identity.js'
import { Outbox } from '../outbox.js'
import { ReadPlaces } from '../rooms/read-places.js'
import { FakeClient, type FakeSubscription } from '../testing/fake-client.js'
import { OwnIds } from './own-ids.js'
import { RoomSession, transmitIn } from './room-session.js'
import type { RoomState } from './room-state.js'

const TOPIC = '/topic/chat/room/r'
const MEMBERS = `${TOPIC}/members`
const MEMBERS_NOW = '/app/chat/room/r/members'
const CHANGES = `${TOPIC}/changes`

/** A server of one room. */
class Room {
  readonly fake = new FakeClient<ChatRequest>()

  get requests(): ChatRequest[] {
    return this.fake.sent.map(({ body }) => body)
  }

  get topic(): FakeSubscription {
    return this.fake.to(TOPIC)
  }

  say(topic: string, body: object): void {
    this.fake.to(topic).say({ roomId: 'r', ...body })
  }

  /** The subscription to the room stands. By default nothing was ever said. */
  subscribed({ last = 0, recovered = true, epoch = 'e', first = true } = {}): void {
    const replayUntil = last === 0 ? undefined : last
    this.topic.active({ first, recovered, replayUntil, epoch })
    this.fake.to(MEMBERS).active()
  }

  /** Who is here, as the session is answered. */
  members(seq: number, ...members: string[]): void {
    this.fake.to(MEMBERS_NOW).say({ members, registered: [], seq })
  }

  /** A message that is kept. */
  kept(offset: number, message: string, more: object = {}, epoch = 'e'): void {
    const said = { type: 'TALK', id: `${epoch}${offset}`, sender: '영희', message, time: Date.now(), ...more }
    this.topic.say({ roomId: 'r', ...said }, { offset, epoch })
  }

  /** What the server does with the newest thing that was sent. */
  echo(sender = '철수'): void {
    const { type, id, message } = this.requests.at(-1)!
    this.say(TOPIC, { type, id, sender, message: message ?? '', time: Date.now() })
  }

  /** The session is lost. */
  lost(): void {
    this.fake.end()
  }

  async back(): Promise<this> {
    this.fake.begin()
    await settle()
    return this
  }
}

let identity: IdentityStore
let room: RoomSession
let answer: () => Promise<RoomDetail>
let pages: (where: MessagesWhere) => Promise<RoomMessages>
const detail: RoomDetail = {
  room: { id: 'r', name: 'Room', createdAt: 0, members: 0 },
  members: ['a'],
  seq: 5,
}

const state = (): RoomState => room.state.get()
const outgoing = (): string[] => room.outbox.state.get().map(({ step }) => step)
const notices = (): string[] =>
  state()
    .blocks.flatMap(({ entries }) => entries)
    .flatMap((entry) => (entry.kind === 'notice' ? [entry.happening.what] : []))
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

async function openRoom(name: string | null = '철수'): Promise<Room> {
  const server = new Room()
  identity = createIdentity()
  if (name !== null) identity.choose(name)
  const { client } = server.fake
  const schedule = (run: () => void): void => run()
  room = new RoomSession('r', new Outbox(transmitIn('r', { client, identity }), schedule), {
    client,
    api: { room: () => answer(), roomMessages: (_id, where) => pages(where) },
    identity,
    ownIds: new OwnIds(),
    readPlaces: new ReadPlaces({ client, identity, schedule }),
    schedule,
  })
  room.open()
  await settle()
  return server.back()
}

async function enteredRoom(): Promise<Room> {
  const server = await openRoom()
  server.subscribed()
  server.echo()
  await settle()
  return server
}

beforeEach(() => {
  vi.useFakeTimers()
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  })
  answer = () => Promise.resolve(detail)
  pages = () => Promise.reject(new ApiError(0, { code: 'network', message: '' }))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('entering', () => {
  it('subscribes first, then sends ENTER at once with an id and the name, and nothing before there is a name', async () => {
    const server = await openRoom(null)
    expect(server.requests).toEqual([])
    identity.choose('철수')
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
    identity.choose('영희')
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
    room.enter()
    expect([server.topic.kind, server.fake.to(MEMBERS).kind]).toEqual(['subscribing', 'subscribing'])
    expect(server.requests.map(({ type }) => type)).toEqual(['ENTER', 'ENTER'])
  })

  it('knows a room that there is not, by HTTP and by the refused subscription', async () => {
    answer = () => Promise.reject(new ApiError(404, { code: 'room-unknown', message: 'No such room.' }))
    await openRoom()
    expect(state().found).toBe('no')
    answer = () => Promise.resolve(detail)
    const server = await openRoom()
    server.topic.refused('room-unknown')
    expect(state().found).toBe('no')
  })

  it('opens by itself when a server that could not be reached is back', async () => {
    answer = () => Promise.reject(new ApiError(0, { code: 'network', message: '' }))
    await openRoom()
    expect(state().found).toBe('unreachable')
    answer = () => Promise.resolve(detail)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(state().found).toBe('yes')
    expect(state().entry).toBe('entering')
  })

  it('ends with its subscriptions when the room is left', async () => {
    const server = await enteredRoom()
    room.close()
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
    identity.choose('영수')
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
    room.send('hi')
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

/** The log in short: texts, and notices by what they are. */
const log = (): string[] =>
  state()
    .blocks.flatMap(({ entries }) => entries)
    .map((entry) => (entry.kind === 'talk' ? entry.text : `<${entry.happening.what}>`))

describe('what was said before', () => {
  it('is asked for with the subscription: the last page, and nobody has heard it newly', async () => {
    const server = await openRoom()
    expect(server.topic.options.from).toEqual({ last: 50 })
    server.subscribed({ last: 12 })
    server.kept(11, 'eleven')
    server.kept(12, 'twelve')
    server.echo()
    server.kept(13, 'thirteen')
    expect(log()).toEqual(['eleven', 'twelve', '<came>', 'thirteen'])
    expect(state()).toMatchObject({ heard: 1, more: true, last: { offset: 13, epoch: 'e' } })
  })

  it('has one line where the new begins, after what this browser has read', async () => {
    let server = await openRoom()
    server.subscribed({ last: 2 })
    server.kept(1, 'one')
    server.kept(2, 'two')
    room.markRead()
    room.close()
    server = await openRoom()
    server.subscribed({ last: 4 })
    for (const [i, text] of ['one', 'two', 'three', 'four'].entries()) server.kept(i + 1, text)
    server.kept(5, 'five')
    expect(log()).toEqual(['one', 'two', '<new>', 'three', 'four', 'five'])
  })

  it('knows its own messages after a reload, by their ids and by the account', async () => {
    let server = await enteredRoom()
    room.send('mine')
    const { id } = server.requests.at(-1)!
    room.close()
    server = await openRoom()
    identity.signedIn('철수')
    server.subscribed({ last: 3 })
    server.kept(1, 'mine', { id })
    server.kept(2, 'of a guest of my name', { sender: '철수' })
    server.kept(3, 'of my account', { sender: '철수', registered: true })
    const own = state().blocks.flatMap(({ entries }) =>
      entries.map((entry) => entry.kind === 'talk' && entry.own),
    )
    expect(own).toEqual([true, false, true])
  })
})

describe('what was missed', () => {
  async function lostAfter(offset: number): Promise<Room> {
    const server = await openRoom()
    server.subscribed({ last: offset })
    for (let i = 1; i <= offset; i++) server.kept(i, `${i}`)
    server.echo()
    server.lost()
    return server.back()
  }

  it('stands below a line, and is heard', async () => {
    const server = await lostAfter(2)
    server.subscribed({ first: false, last: 4 })
    server.kept(3, 'three')
    server.kept(4, 'four')
    server.echo()
    expect(log()).toEqual(['1', '2', '<came>', '<new>', 'three', 'four'])
    expect(state().heard).toBe(2)
  })

  it('stands below a line where nothing was said before', async () => {
    const server = await enteredRoom()
    server.lost()
    await server.back()
    server.subscribed({ first: false, last: 1 })
    server.kept(1, 'one')
    expect(log()).toEqual(['<came>', '<new>', 'one'])
  })

  it('has no line when it is only what one wrote oneself', async () => {
    const server = await enteredRoom()
    room.send('mine')
    const { id } = server.requests.at(-1)!
    server.lost()
    await server.back()
    server.subscribed({ first: false, last: 1 })
    server.kept(1, 'mine', { id })
    server.echo()
    expect(log()).toEqual(['<came>', 'mine'])
    expect(outgoing()).toEqual([])
  })

  it('is said to be missing where it is not kept any more, and where the numbering is another', async () => {
    const server = await lostAfter(2)
    server.subscribed({ first: false, last: 9, recovered: false })
    server.kept(9, 'nine')
    server.echo()
    expect(log()).toEqual(['1', '2', '<came>', '<gap>', 'nine'])
    server.lost()
    await server.back()
    server.subscribed({ first: false, last: 1, recovered: false, epoch: 'other' })
    server.kept(1, 'of another history', {}, 'other')
    server.echo()
    expect(log().slice(5)).toEqual(['<gap>', 'of another history'])
    expect(state().last).toEqual({ offset: 1, epoch: 'other' })
    // By its offset another message would be changed, or read before it.
    const offsets = state().blocks.flatMap(({ entries }) => entries.map(({ offset }) => offset))
    expect(offsets.filter((offset) => offset !== undefined)).toEqual([1])
    expect(state().more).toBe(false)
  })
})

describe('what is changed', () => {
  const change = (offset: number, message: string, more: object = {}): object => ({
    type: 'CHANGE',
    offset,
    epoch: 'e',
    message: { type: 'TALK', roomId: 'r', id: `e${offset}`, sender: '영희', message, time: 0, ...more },
  })

  it('is shown in its place, also when it comes before the message does', async () => {
    const server = await openRoom()
    server.subscribed({ last: 2 })
    server.kept(1, 'one')
    const changes = server.fake.to(CHANGES)
    changes.active()
    changes.say(change(1, 'one, edited', { edited: 5 }))
    changes.say(change(2, 'deleted', { deleted: 'author' }))
    server.kept(2, 'two')
    const entries = state().blocks.flatMap((block) => block.entries)
    expect(entries).toMatchObject([
      { text: 'one, edited', edited: 5 },
      { text: 'deleted', deleted: 'author' },
    ])
    expect(state().heard).toBe(0)
  })

  it('is sent with the place of the message and the secret of the browser', async () => {
    const server = await openRoom()
    server.subscribed({ last: 1 })
    server.kept(1, 'one')
    const secret = localStorage.getItem('wschat.author')
    void room.changes.edit(1, 'two', new AbortController().signal)
    void room.changes.delete(1)
    const which = { roomId: 'r', offset: 1, epoch: 'e', author: localStorage.getItem('wschat.author') }
    expect(secret ?? which.author).toMatch(/^[\w-]{22,64}$/)
    expect(server.fake.sent.slice(1)).toMatchObject([
      { destination: '/app/chat/message/edit', body: { ...which, message: 'two' } },
      { destination: '/app/chat/message/delete', body: which },
    ])
    room.send('three')
    expect(server.requests.at(-1)).toMatchObject({ author: which.author })
  })

  it('is read again where changes were missed that nobody has any more, until that works', async () => {
    const server = await openRoom()
    const changes = server.fake.to(CHANGES)
    changes.active()
    server.subscribed({ last: 1 })
    server.kept(1, 'one')
    server.lost()
    await server.back()
    changes.active({ first: false, recovered: false })
    await settle()
    expect(log()).toEqual(['one'])
    const message = {
      type: 'TALK',
      roomId: 'r',
      id: 'e1',
      sender: '영희',
      message: 'edited',
      time: 0,
    } as const
    pages = () => Promise.resolve({ first: 1, last: 1, epoch: 'e', messages: [{ offset: 1, message }] })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(log()).toEqual(['edited'])
  })
})
