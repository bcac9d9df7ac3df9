import { afterEach, beforeEach, vi } from 'vitest'
import type { ChatRequest, RoomDetail } from '../../../contract/index.js'
import { ApiError, type Api } from '../api.js'
import { createIdentity } from '../identity.js'
import { Outbox } from '../outbox.js'
import { OwnIds } from '../room/own-ids.js'
import { RoomSession } from '../room/room-session.js'
import type { RoomState } from '../room/room-state.js'
import { transmitIn } from '../room/transmit.js'
import { ReadPlaces } from '../rooms/read-places.js'
import { FakeClient, type FakeSubscription } from './fake-client.js'

export const TOPIC = '/topic/chat/room/r'
export const MEMBERS = `${TOPIC}/members`
export const MEMBERS_NOW = '/app/chat/room/r/members'
export const CHANGES = `${TOPIC}/changes`

export const detail: RoomDetail = {
  room: { id: 'r', name: 'Room', createdAt: 0, members: 0 },
  members: ['a'],
  seq: 5,
}

/** What HTTP answers. */
export const http: { -readonly [Name in 'room' | 'roomMessages']: Api[Name] } = {
  room: () => Promise.resolve(detail),
  roomMessages: () => Promise.reject(unreachable()),
}

export const unreachable = (): ApiError => new ApiError(0, { code: 'network', message: '' })

let shown: RoomSession

/** For the tests of one file: timers, storage and answers are each test's own. */
export function inOneRoom(): void {
  beforeEach(() => {
    vi.useFakeTimers()
    const kept = new Map<string, string>()
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    })
    http.room = () => Promise.resolve(detail)
    http.roomMessages = () => Promise.reject(unreachable())
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })
}

/** A server of one room, and the page that was opened on it last. */
export class RoomServer {
  readonly fake = new FakeClient<ChatRequest>()
  readonly identity = createIdentity()
  readonly room: RoomSession

  constructor() {
    const { identity } = this
    const { client } = this.fake
    const schedule = (run: () => void): void => run()
    this.room = new RoomSession('r', new Outbox(transmitIn('r', { client, identity }), schedule), {
      client,
      api: { room: (id) => http.room(id), roomMessages: (id, where) => http.roomMessages(id, where) },
      identity,
      ownIds: new OwnIds(),
      readPlaces: new ReadPlaces({ client, identity, schedule }),
      schedule,
    })
  }

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

export const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

export async function openRoom(name: string | null = '철수'): Promise<RoomServer> {
  const server = new RoomServer()
  shown = server.room
  if (name !== null) server.identity.choose(name)
  shown.open()
  await settle()
  return server.back()
}

export async function enteredRoom(): Promise<RoomServer> {
  const server = await openRoom()
  server.subscribed()
  server.echo()
  await settle()
  return server
}

export const state = (): RoomState => shown.state.get()
export const outgoing = (): string[] => shown.outbox.state.get().map(({ step }) => step)
/** The log in short: texts, and notices by what they are. */
export const log = (): string[] =>
  state()
    .blocks.flatMap(({ entries }) => entries)
    .map((entry) => (entry.kind === 'talk' ? entry.text : `<${entry.happening.what}>`))
export const notices = (): string[] =>
  state()
    .blocks.flatMap(({ entries }) => entries)
    .flatMap((entry) => (entry.kind === 'notice' ? [entry.happening.what] : []))
