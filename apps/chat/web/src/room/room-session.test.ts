import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatRequest, RoomDetail, RoomMessages } from '../../../contract/index.js'
import { ApiError } from '../api.js'
import type { FrameHeaders, OnMessage } from '../connection/link.js'
import type { Session, SessionUser } from '../connection/connection.js'
import { createIdentity, type IdentityStore } from '../identity.js'
import { RoomSession } from './room-session.js'
import type { Outgoing } from './outgoing.js'
import { OwnIds } from './own-ids.js'
import { createReadPlaces } from './read-places.js'
import type { RoomState } from './room-state.js'

const TOPIC = '/topic/chat/room/r'
const MEMBERS = `${TOPIC}/members`

interface Sent extends ChatRequest {
  readonly receipt: string
}

/** A session that remembers what was sent in it, and through which the room can speak. */
class FakeSession implements Session {
  readonly sent: Sent[] = []
  readonly topics = new Map<string, { receipt: string; onMessage: OnMessage; headers: FrameHeaders }>()
  broken = false

  subscribe(
    destination: string,
    receipt: string,
    onMessage: OnMessage,
    headers: FrameHeaders = {},
  ): () => void {
    this.topics.set(destination, { receipt, onMessage, headers })
    return () => this.topics.delete(destination)
  }

  publish(_destination: string, receipt: string, body: string): void {
    if (this.broken) throw new TypeError('There is no underlying STOMP connection')
    this.sent.push({ ...(JSON.parse(body) as ChatRequest), receipt })
  }

  say(topic: string, body: object, headers: FrameHeaders = {}): void {
    this.topics.get(topic)?.onMessage(JSON.stringify({ roomId: 'r', ...body }), headers)
  }

  /** The subscription to the room stands: what its RECEIPT says, by default that nothing was ever said. */
  subscribed({ last = 0, recovered = true, epoch = 'e' } = {}): void {
    user?.receipt(this.topics.get(TOPIC)?.receipt ?? '', {
      'x-stream-recovered': String(recovered),
      'x-stream-last': String(last),
      'x-stream-epoch': epoch,
    })
  }

  /** A message that is kept. */
  kept(offset: number, message: string, more: object = {}, epoch = 'e'): void {
    const said = { type: 'TALK', id: `${epoch}${offset}`, sender: '영희', message, time: Date.now(), ...more }
    this.say(TOPIC, said, { 'x-stream-offset': String(offset), 'x-stream-epoch': epoch })
  }

  /** What the server does with the newest thing that was sent. */
  echo(sender = '철수'): void {
    const { type, id, message } = this.sent.at(-1) as Sent
    this.say(TOPIC, { type, id, sender, message: message ?? '', time: Date.now() })
  }
}

let user: SessionUser | undefined
let identity: IdentityStore
let room: RoomSession
let answer: () => Promise<RoomDetail>
let older: (before: number) => Promise<RoomMessages>
const detail: RoomDetail = {
  room: { id: 'r', name: 'Room', createdAt: 0, members: 0 },
  members: ['a'],
  seq: 5,
}

const state = (): RoomState => room.state.get()
const steps = (): string[] => state().outgoing.map(({ step }) => step)
const notices = (): string[] =>
  state()
    .blocks.flatMap(({ entries }) => entries)
    .flatMap((entry) => (entry.kind === 'notice' ? [entry.happening.what] : []))
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

async function openRoom(name: string | null = '철수', unsent?: readonly Outgoing[]): Promise<FakeSession> {
  identity = createIdentity()
  if (name !== null) identity.choose(name)
  const connection = {
    use(it: SessionUser) {
      user = it
      return () => (user = undefined)
    },
  }
  room = new RoomSession(
    'r',
    {
      connection,
      api: { room: () => answer(), roomMessages: (_id, before) => older(before) },
      identity,
      ownIds: new OwnIds(),
      readPlaces: createReadPlaces(),
      schedule: (run) => run(),
    },
    unsent,
  )
  room.open()
  await settle()
  return newSession()
}

async function newSession(): Promise<FakeSession> {
  const session = new FakeSession()
  user?.opened(session)
  await settle()
  return session
}

async function enteredRoom(): Promise<FakeSession> {
  const session = await openRoom()
  session.subscribed()
  session.echo()
  await settle()
  return session
}

beforeEach(() => {
  vi.useFakeTimers()
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  })
  answer = () => Promise.resolve(detail)
  older = () => Promise.reject(new ApiError(0, { code: 'network', message: '' }))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('entering', () => {
  it('subscribes first, then sends ENTER with an id and the name, and nothing before there is a name', async () => {
    const session = await openRoom(null)
    expect(session.sent).toEqual([])
    identity.choose('철수')
    expect([...session.topics.keys()]).toEqual([TOPIC, MEMBERS])
    expect(session.sent).toMatchObject([{ type: 'ENTER', roomId: 'r', sender: '철수', message: '' }])
    expect(session.sent[0]?.receipt).toBe(session.sent[0]?.id)
  })

  it('shows its own coming once, and is in by the broadcast or by the receipt', async () => {
    const session = await openRoom()
    expect(state().entry).toBe('entering')
    user?.receipt(session.sent[0]?.receipt ?? '', {})
    expect(state().entry).toBe('in')
    session.echo()
    session.echo()
    await settle()
    session.say(MEMBERS, { type: 'JOIN', name: '철수', members: 2, seq: 6 })
    expect(notices()).toEqual(['came'])
    expect(state().members.names).toContain('철수')
  })

  it('comes back as the guest that it was', async () => {
    const session = await openRoom('')
    expect(session.sent[0]).not.toHaveProperty('sender')
    session.echo('손님-1234')
    expect(state().name).toBe('손님-1234')
    user?.closed()
    expect((await newSession()).sent[0]).toMatchObject({ sender: '손님-1234' })
  })

  it('is refused with the reason, and tried again in the session of another name', async () => {
    const session = await openRoom()
    const receiptId = session.sent[0]?.receipt
    user?.refused({ receiptId, code: 'sender-characters', message: 'No.' })
    expect(state()).toMatchObject({ entry: 'refused', entryRefusal: { code: 'sender-characters' } })
    identity.choose('영희')
    expect(session.sent).toHaveLength(1)
    user?.closed()
    expect((await newSession()).sent).toMatchObject([{ type: 'ENTER', sender: '영희' }])
  })

  it('knows a room that there is not, by HTTP and by the refused subscription', async () => {
    answer = () => Promise.reject(new ApiError(404, { code: 'room-unknown', message: 'No such room.' }))
    await openRoom()
    expect(state().found).toBe('no')
    answer = () => Promise.resolve(detail)
    const session = await openRoom()
    const receiptId = session.topics.get(TOPIC)?.receipt
    user?.refused({ receiptId, code: 'room-unknown', message: 'No such room.' })
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
})

describe('a lost session', () => {
  it('is entered again, and the return is said in place of the coming', async () => {
    await enteredRoom()
    user?.closed()
    vi.setSystemTime(Date.now() + 8_000)
    const session = await newSession()
    session.subscribed()
    session.echo()
    expect(notices()).toEqual(['came', 'returned'])
    const entries = state().blocks.flatMap((block) => block.entries)
    expect(entries.at(-1)).toMatchObject({ happening: { what: 'returned', awayMs: 8_000 } })
  })

  it('is not what a new name is', async () => {
    await enteredRoom()
    identity.choose('영수')
    user?.closed()
    const session = await newSession()
    expect(session.sent).toMatchObject([{ type: 'ENTER', sender: '영수' }])
    session.echo('영수')
    expect(notices()).toEqual(['came', 'came'])
  })

  it('reads again who is here', async () => {
    await enteredRoom()
    user?.closed()
    answer = () => Promise.resolve({ ...detail, members: ['b'], seq: 1 })
    const session = await newSession()
    session.echo()
    await settle()
    expect(state().members.names).toEqual(['b'])
  })
})

describe('sending', () => {
  it('gives each message an id that is also its receipt', async () => {
    const session = await enteredRoom()
    room.send('hi')
    const talk = session.sent.at(-1)
    expect(talk).toMatchObject({ type: 'TALK', roomId: 'r', message: 'hi' })
    expect(talk?.receipt).toBe(talk?.id)
    expect(steps()).toEqual(['sending'])
    session.echo()
    expect(steps()).toEqual([])
  })

  it('keeps what is written without a session, and sends it in order once the room is entered again', async () => {
    await enteredRoom()
    user?.closed()
    room.send('one')
    room.send('two')
    expect(steps()).toEqual(['waiting', 'waiting'])
    const session = await newSession()
    expect(session.sent.map(({ type }) => type)).toEqual(['ENTER'])
    session.echo()
    expect(session.sent.map(({ message }) => message)).toEqual(['', 'one', 'two'])
    expect(steps()).toEqual(['sending', 'sending'])
  })

  it('sends under the same id what no broadcast has confirmed', async () => {
    const session = await enteredRoom()
    room.send('hi')
    user?.closed()
    const next = await newSession()
    next.echo()
    expect(next.sent.at(-1)).toMatchObject({ type: 'TALK', message: 'hi', id: session.sent.at(-1)?.id })
  })

  it('keeps what a session that has just ended did not take', async () => {
    const session = await enteredRoom()
    session.broken = true
    room.send('hi')
    expect(steps()).toEqual(['waiting'])
  })

  it('ties an ERROR to its message, and says others in the log', async () => {
    const session = await enteredRoom()
    room.send('hi')
    user?.refused({ receiptId: session.sent.at(-1)?.receipt, code: 'message-too-long', message: 'Too long.' })
    expect(state().outgoing).toMatchObject([{ step: 'failed', refusal: { code: 'message-too-long' } }])
    user?.refused({ receiptId: undefined, code: 'x', message: 'Something else.' })
    expect(notices()).toEqual(['came', 'refused'])
    room.retry(state().outgoing[0]?.id ?? '')
    expect(steps()).toEqual(['sending'])
    session.echo()
    expect(steps()).toEqual([])
  })

  it('does not wait for ever for an answer, and takes a late one', async () => {
    const session = await enteredRoom()
    room.send('hi')
    await vi.advanceTimersByTimeAsync(15_000)
    expect(state().outgoing).toMatchObject([{ step: 'failed', refusal: { code: 'timeout' } }])
    session.echo()
    expect(steps()).toEqual([])
    const talks = state().blocks.flatMap(({ entries }) => entries.filter(({ kind }) => kind === 'talk'))
    expect(talks).toMatchObject([{ own: true }])
  })

  it('hands over what is not sent when the room is left, for the next time', async () => {
    const session = await enteredRoom()
    session.broken = true
    room.send('hi')
    const unsent = room.close()
    expect(session.topics.size).toBe(0)
    const next = await openRoom('철수', unsent)
    next.echo()
    expect(next.sent.at(-1)).toMatchObject({ message: 'hi', id: unsent[0]?.id })
  })
})

describe('who is here', () => {
  it('says who left, and reads the list again when an event was missed', async () => {
    const session = await enteredRoom()
    session.say(MEMBERS, { type: 'LEAVE', name: 'a', members: 0, seq: 6 })
    expect(notices()).toEqual(['came', 'left'])
    expect(state().members.names).toEqual([])
    answer = () => Promise.resolve({ ...detail, members: ['x', 'y'], seq: 9 })
    session.say(MEMBERS, { type: 'JOIN', name: 'y', members: 2, seq: 9 })
    await settle()
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
    const session = await openRoom()
    expect(session.topics.get(TOPIC)?.headers).toEqual({ 'x-stream-offset': 'last=50' })
    session.subscribed({ last: 12 })
    session.kept(11, 'eleven')
    session.kept(12, 'twelve')
    session.echo()
    session.kept(13, 'thirteen')
    expect(log()).toEqual(['eleven', 'twelve', '<came>', 'thirteen'])
    expect(state()).toMatchObject({ heard: 1, more: true, last: { offset: 13, epoch: 'e' } })
  })

  it('has one line where the new begins, after what this browser has read', async () => {
    let session = await openRoom()
    session.subscribed({ last: 2 })
    session.kept(1, 'one')
    session.kept(2, 'two')
    room.markRead()
    room.close()
    session = await openRoom()
    session.subscribed({ last: 4 })
    for (const [i, text] of ['one', 'two', 'three', 'four'].entries()) session.kept(i + 1, text)
    session.kept(5, 'five')
    expect(log()).toEqual(['one', 'two', '<new>', 'three', 'four', 'five'])
  })

  it('knows its own messages after a reload, by their ids and by the account', async () => {
    let session = await enteredRoom()
    room.send('mine')
    const id = session.sent.at(-1)?.id ?? ''
    room.close()
    session = await openRoom()
    identity.signedIn('철수')
    session.subscribed({ last: 3 })
    session.kept(1, 'mine', { id })
    session.kept(2, 'of a guest of my name', { sender: '철수' })
    session.kept(3, 'of my account', { sender: '철수', registered: true })
    const own = state().blocks.flatMap(({ entries }) =>
      entries.map((entry) => entry.kind === 'talk' && entry.own),
    )
    expect(own).toEqual([true, false, true])
  })

  it('is read page by page, to the first, with the line where it belongs', async () => {
    createReadPlaces().read('r', { offset: 2, epoch: 'e' })
    const session = await openRoom()
    session.subscribed({ last: 5 })
    session.kept(5, 'five')
    const page = (...offsets: number[]): RoomMessages => ({
      first: 1,
      last: 5,
      epoch: 'e',
      messages: offsets.map((offset) => ({
        offset,
        message: {
          type: 'TALK',
          roomId: 'r',
          id: `e${offset}`,
          sender: '영희',
          message: `${offset}`,
          time: 0,
        },
      })),
    })
    const asked: number[] = []
    const pages = [page(3, 4), page(1, 2)]
    older = (before) => {
      asked.push(before)
      return Promise.resolve(pages.shift() as RoomMessages)
    }
    await Promise.all([room.readOlder(), room.readOlder()])
    expect(log()).toEqual(['3', '4', 'five'])
    expect(state().more).toBe(true)
    await room.readOlder()
    expect(log()).toEqual(['1', '2', '<new>', '3', '4', 'five'])
    expect(state().more).toBe(false)
    expect(asked).toEqual([5, 3])
  })

  it('can be asked for again when it could not be read', async () => {
    const session = await openRoom()
    session.subscribed({ last: 5 })
    session.kept(5, 'five')
    await expect(room.readOlder()).rejects.toThrow(ApiError)
    older = () => Promise.resolve({ first: 5, last: 5, epoch: 'e', messages: [] })
    await room.readOlder()
    expect(state().more).toBe(false)
  })
})

describe('what was missed', () => {
  async function lostAfter(offset: number): Promise<FakeSession> {
    const session = await openRoom()
    session.subscribed({ last: offset })
    for (let i = 1; i <= offset; i++) session.kept(i, `${i}`)
    session.echo()
    user?.closed()
    return newSession()
  }

  it('comes by offset and epoch, below a line, and is heard', async () => {
    const session = await lostAfter(2)
    expect(session.topics.get(TOPIC)?.headers).toEqual({
      'x-stream-offset': 'offset=3',
      'x-stream-epoch': 'e',
    })
    session.subscribed({ last: 4 })
    session.kept(3, 'three')
    session.kept(4, 'four')
    session.echo()
    expect(log()).toEqual(['1', '2', '<came>', '<new>', 'three', 'four'])
    expect(state().heard).toBe(2)
  })

  it('has no line when it is only what one wrote oneself', async () => {
    const before = await enteredRoom()
    room.send('mine')
    const { id } = before.sent.at(-1) as Sent
    user?.closed()
    const session = await newSession()
    session.subscribed({ last: 1 })
    session.kept(1, 'mine', { id })
    session.echo()
    expect(log()).toEqual(['<came>', 'mine'])
    expect(steps()).toEqual([])
  })

  it('is said to be missing where it is not kept any more, and where the numbering is another', async () => {
    let session = await lostAfter(2)
    session.subscribed({ last: 9, recovered: false })
    session.kept(9, 'nine')
    session.echo()
    expect(log()).toEqual(['1', '2', '<came>', '<gap>', 'nine'])
    user?.closed()
    session = await newSession()
    session.subscribed({ last: 1, recovered: false, epoch: 'other' })
    session.kept(1, 'of another history', {}, 'other')
    session.echo()
    expect(log().slice(5)).toEqual(['<gap>', 'of another history'])
    user?.closed()
    expect((await newSession()).topics.get(TOPIC)?.headers).toEqual({
      'x-stream-offset': 'offset=2',
      'x-stream-epoch': 'other',
    })
  })

  it('is nothing in a room in which nothing was ever said', async () => {
    await enteredRoom()
    user?.closed()
    expect((await newSession()).topics.get(TOPIC)?.headers).toMatchObject({ 'x-stream-offset': 'offset=1' })
  })
})

it('shows a message as sent once the server keeps it, and in the log once it comes', async () => {
  const session = await enteredRoom()
  room.send('hi')
  user?.receipt(session.sent.at(-1)?.receipt ?? '', {})
  expect(steps()).toEqual(['sent'])
  await vi.advanceTimersByTimeAsync(60_000)
  expect(steps()).toEqual(['sent'])
  session.echo()
  expect(steps()).toEqual([])
})
