import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ChatRequest, RoomDetail } from '../../../contract/index.js'
import { ApiError } from '../api.js'
import type { Session, SessionUser } from '../connection/connection.js'
import { createIdentity, type IdentityStore } from '../identity.js'
import { RoomSession } from './room-session.js'
import type { Outgoing } from './outgoing.js'
import type { RoomState } from './room-state.js'

const TOPIC = '/topic/chat/room/r'
const MEMBERS = `${TOPIC}/members`

interface Sent extends ChatRequest {
  readonly receipt: string
}

/** A session that remembers what was sent in it, and through which the room can speak. */
class FakeSession implements Session {
  readonly sent: Sent[] = []
  readonly topics = new Map<string, { receipt: string; onBody: (body: string) => void }>()
  broken = false

  subscribe(destination: string, receipt: string, onBody: (body: string) => void): () => void {
    this.topics.set(destination, { receipt, onBody })
    return () => this.topics.delete(destination)
  }

  publish(_destination: string, receipt: string, body: string): void {
    if (this.broken) throw new TypeError('There is no underlying STOMP connection')
    this.sent.push({ ...(JSON.parse(body) as ChatRequest), receipt })
  }

  say(topic: string, body: object): void {
    this.topics.get(topic)?.onBody(JSON.stringify({ roomId: 'r', ...body }))
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
    { connection, api: { room: () => answer() }, identity, schedule: (run) => run() },
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
    user?.receipt(session.sent[0]?.receipt ?? '')
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
