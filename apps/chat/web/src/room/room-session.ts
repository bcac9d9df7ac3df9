import {
  CHAT_MESSAGE,
  membersTopic,
  roomTopic,
  type ChatMessage,
  type ChatRequest,
} from '../../../contract/index.js'
import { ApiError, type Api } from '../api.js'
import { backoffMs } from '../connection/backoff.js'
import type { Connection, Session, SessionUser } from '../connection/connection.js'
import type { FrameHeaders, FrameRefusal, OnMessage } from '../connection/link.js'
import { enteringName, nameToSend, type IdentityStore } from '../identity.js'
import { newId } from '../ids.js'
import { createStore, nextFrame, type Store } from '../store.js'
import { readBody } from '../wire.js'
import { Answers } from './answers.js'
import { firstOffset } from './entries.js'
import { isGap } from './members.js'
import { MAX_OUTGOING, type Outgoing } from './outgoing.js'
import type { OwnIds } from './own-ids.js'
import type { ReadPlaces } from './read-places.js'
import { placeOf, replayOf, startHeaders } from './replay.js'
import { NEW_ROOM, reduceRoom, type RoomAction, type RoomState } from './room-state.js'

const NO_ANSWER = { code: 'timeout', message: 'No answer.' } as const

export interface RoomSurroundings {
  readonly connection: Pick<Connection, 'use'>
  readonly api: Pick<Api, 'room' | 'roomMessages'>
  readonly identity: IdentityStore
  readonly ownIds: OwnIds
  readonly readPlaces: Pick<ReadPlaces, 'get' | 'read'>
  readonly schedule?: (run: () => void) => void
}

/** One room as this page takes part in it: enters it in every session of the connection, and keeps what is not sent. */
export class RoomSession implements SessionUser {
  readonly roomId: string
  readonly #surroundings: RoomSurroundings
  readonly #store
  readonly #answers = new Answers()
  #session: Session | undefined
  #enterId = ''
  #enteredAs: string | null = null
  #subscriptions: (() => void)[] = []
  #subscriptionReceipts = new Set<string>()
  #roomReceipt = ''
  #readingOlder: Promise<void> | undefined
  #lostAt: number | undefined
  /** Whether the session before ended without a message being missed. */
  #missedNothing = false
  #reading = 0
  #snapshotFailures = 0
  #snapshotTimer: ReturnType<typeof setTimeout> | undefined
  #close: () => void = () => {}

  constructor(roomId: string, surroundings: RoomSurroundings, unsent: readonly Outgoing[] = []) {
    this.roomId = roomId
    this.#surroundings = surroundings
    this.#store = createStore(
      reduceRoom,
      { ...NEW_ROOM, outgoing: unsent },
      surroundings.schedule ?? nextFrame,
    )
  }

  get state(): Store<RoomState> {
    return this.#store
  }

  open(): void {
    const { connection, identity } = this.#surroundings
    void this.readSnapshot()
    const leave = connection.use(this)
    // The first name lets it in; a later one comes with a session of its own, which enters.
    const stopWatching = identity.subscribe(() => {
      if (this.#store.get().entry === 'out') this.enter()
    })
    this.#close = () => {
      leave()
      stopWatching()
    }
  }

  /** Leaves the room; the session goes on. Returns what was not sent. */
  close(): readonly Outgoing[] {
    this.#close()
    for (const unsubscribe of this.#subscriptions) unsubscribe()
    this.closed()
    return this.#store.get().outgoing
  }

  /** Enters under the name that the identity holds; does nothing while there is no session, name or room. */
  enter(): void {
    const identity = this.#surroundings.identity.get()
    const { entry, found } = this.#store.get()
    const session = this.#session
    const name = enteringName(identity)
    if (session === undefined || name === null || found !== 'yes') return
    if (entry === 'entering' || entry === 'in') return
    this.#enterId = newId()
    this.#enteredAs = name
    this.#do({ type: 'entering' })
    this.#publishing(() => {
      this.#subscribe(session)
      const request = { type: 'ENTER', roomId: this.roomId, message: '', id: this.#enterId } as const
      session.publish(CHAT_MESSAGE, this.#enterId, body(request, nameToSend(identity)))
    })
  }

  /** Returns `false`, and does nothing, when too much is waiting already. */
  send(text: string): boolean {
    if (this.#store.get().outgoing.length >= MAX_OUTGOING) return false
    const id = newId()
    this.#surroundings.ownIds.add(id)
    this.#do({ type: 'enqueue', id, text, time: Date.now() })
    this.#flush()
    return true
  }

  retry(id: string): void {
    this.#do({ type: 'retry', id })
    this.#flush()
  }

  discard(id: string): void {
    this.#do({ type: 'discard', id })
  }

  async readSnapshot(): Promise<void> {
    clearTimeout(this.#snapshotTimer)
    const reading = ++this.#reading
    try {
      const detail = await this.#surroundings.api.room(this.roomId)
      // A later reading knows better.
      if (reading !== this.#reading) return
      this.#do({ type: 'snapshot', detail })
      this.#snapshotFailures = 0
      this.enter()
    } catch (error) {
      if (reading !== this.#reading) return
      if (error instanceof ApiError && error.status === 404) this.#do({ type: 'unknown' })
      else this.#snapshotLater()
    }
  }

  opened(session: Session): void {
    this.#session = session
    if (this.#store.get().found === 'yes') this.enter()
    else void this.readSnapshot()
  }

  closed(): void {
    // A session that ends for a new name is not lost.
    const renamed = this.#enteredAs !== enteringName(this.#surroundings.identity.get())
    if (this.#store.get().entry === 'in' && !renamed) this.#lostAt ??= Date.now()
    this.#session = undefined
    this.#subscriptions = []
    this.#subscriptionReceipts.clear()
    clearTimeout(this.#snapshotTimer)
    this.#answers.clear()
    this.#do({ type: 'session-lost' })
  }

  refused({ receiptId, code, message }: FrameRefusal): void {
    const refusal = { code, message }
    if (receiptId !== undefined && this.#store.get().outgoing.some(({ id }) => id === receiptId)) {
      this.#answers.came(receiptId)
      this.#do({ type: 'failed', id: receiptId, refusal })
    } else if (receiptId === this.#enterId || this.#subscriptionReceipts.has(receiptId ?? '')) {
      this.#do(code === 'room-unknown' ? { type: 'unknown' } : { type: 'entry-refused', refusal })
    } else {
      this.#do({ type: 'happened', id: newId(), time: Date.now(), happening: { what: 'refused', refusal } })
    }
  }

  receipt(id: string, headers: FrameHeaders): void {
    if (id === this.#enterId) return this.#entered(undefined)
    if (id === this.#roomReceipt) return this.#replaying(headers)
    // What is kept comes to the log, if it has not come already.
    this.#answers.came(id)
    this.#do({ type: 'stored', id })
  }

  /** What has come is read: a later opening of the room says what came after it. */
  markRead(): void {
    const { last } = this.#store.get()
    if (last !== undefined) this.#surroundings.readPlaces.read(this.roomId, last)
  }

  /**
   * Reads the messages before those that are here.
   *
   * @throws ApiError
   */
  readOlder(): Promise<void> {
    const reading = this.#readingOlder ?? this.#readBefore(firstOffset(this.#store.get().blocks))
    this.#readingOlder = reading
    return reading.finally(() => (this.#readingOlder = undefined))
  }

  async #readBefore(offset: number | undefined): Promise<void> {
    if (offset === undefined) return
    const page = await this.#surroundings.api.roomMessages(this.roomId, offset)
    const { last } = this.#store.get()
    // Of another epoch: nothing of it stands before what is here.
    const messages = page.epoch === last?.epoch ? page.messages : []
    this.#do({ type: 'older', page: { ...page, messages }, isOwn: (message) => this.#isOwn(message) })
  }

  #replaying(headers: FrameHeaders): void {
    const { last } = this.#store.get()
    const replay = replayOf(headers)
    if (replay === undefined) return
    const { recovered, until, epoch } = replay
    const known = this.#surroundings.readPlaces.get()[this.roomId]
    const gap = last !== undefined && !recovered
    const readUpTo = last ?? (known?.epoch === epoch ? known : undefined)
    this.#missedNothing = last !== undefined && recovered && until <= last.offset
    const line = gap ? undefined : readUpTo?.offset
    this.#do({ type: 'replay', until, epoch, readUpTo: line, gap, time: Date.now() })
  }

  #isOwn({ id, sender, registered }: ChatMessage): boolean {
    const { ownIds, identity } = this.#surroundings
    return ownIds.has(id) || (registered === true && sender === identity.get().account)
  }

  #subscribe(session: Session): void {
    const { roomId } = this
    const listen = (destination: string, onMessage: OnMessage, start?: FrameHeaders): string => {
      const receipt = newId()
      this.#subscriptionReceipts.add(receipt)
      this.#subscriptions.push(session.subscribe(destination, receipt, onMessage, start))
      return receipt
    }
    const onMessage: OnMessage = (text, headers) => this.#onMessage(text, headers)
    const start = startHeaders(this.#store.get().last)
    this.#roomReceipt = listen(roomTopic.to({ roomId }).destination, onMessage, start)
    listen(membersTopic.to({ roomId }).destination, (text) => this.#onMember(text))
  }

  #onMessage(text: string, headers: FrameHeaders): void {
    const message = readBody(roomTopic.schema, text)
    if (message === undefined) return
    if (message.type === 'ENTER' && message.id === this.#enterId)
      return this.#ownEntry(message.sender, () => this.#do({ type: 'message', message, own: true }))
    this.#answers.came(message.id)
    this.#do({ type: 'message', message, own: this.#isOwn(message), place: placeOf(headers) })
  }

  /** Our own coming: shown as everyone's is, except after a lost connection, where coming back is what happened. */
  #ownEntry(name: string, show: () => void): void {
    this.#surroundings.identity.give(name)
    const lostAt = this.#lostAt
    this.#lostAt = undefined
    if (lostAt === undefined) show()
    else if (this.#missedNothing) {
      const time = Date.now()
      this.#do({
        type: 'happened',
        id: newId(),
        time,
        happening: { what: 'returned', awayMs: time - lostAt },
      })
    }
    this.#entered(name)
  }

  #entered(name: string | undefined): void {
    const already = this.#store.get().entry === 'in'
    this.#do({ type: 'entered', name })
    if (already) return
    // Both subscriptions are active by now, so no event falls between them and the snapshot.
    void this.readSnapshot()
    this.#flush()
  }

  #onMember(text: string): void {
    const event = readBody(membersTopic.schema, text)
    if (event === undefined || event.type === 'GONE') return
    if (event.type === 'ROOM') return this.#do({ type: 'room', room: event.room })
    const gap = isGap(this.#store.get().members, event)
    this.#do({ type: 'member', event })
    if (event.type === 'LEAVE') {
      this.#do({
        type: 'happened',
        id: newId(),
        time: Date.now(),
        happening: { what: 'left', name: event.name },
      })
    }
    if (gap) void this.readSnapshot()
  }

  #flush(): void {
    const { entry, outgoing } = this.#store.get()
    const session = this.#session
    if (entry !== 'in' || session === undefined) return
    const sender = nameToSend(this.#surroundings.identity.get())
    for (const { id, text, step } of outgoing) {
      if (step !== 'waiting') continue
      this.#publishing(() => {
        session.publish(
          CHAT_MESSAGE,
          id,
          body({ type: 'TALK', roomId: this.roomId, message: text, id }, sender),
        )
        this.#do({ type: 'published', id })
        this.#answers.expect(id, () => this.#do({ type: 'failed', id, refusal: NO_ANSWER }))
      })
    }
  }

  /** A session that ends at this moment throws; its end is reported on its own, and everything goes again after it. */
  #publishing(publish: () => void): void {
    try {
      publish()
    } catch {
      // What was not published is still waiting.
    }
  }

  #snapshotLater(): void {
    this.#do({ type: 'unreachable' })
    // Without a session the next one reads it.
    if (this.#session === undefined) return
    const delay = 1_000 + backoffMs(this.#snapshotFailures++)
    this.#snapshotTimer = setTimeout(() => void this.readSnapshot(), delay)
  }

  #do(action: RoomAction): void {
    this.#store.dispatch(action)
  }
}

function body(request: Omit<ChatRequest, 'sender'>, sender: string | undefined): string {
  return JSON.stringify(sender === undefined ? request : { ...request, sender })
}
