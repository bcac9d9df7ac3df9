import type { Activation, ClientError, Position, ReceivedMessage } from '@stomping-ground/client'
import { newId } from '@stomping-ground/client'
import {
  chatMessage,
  roomTopic,
  type ChangeEvent,
  type ChatMessage,
  type Place,
  type RoomNews,
} from '../../../contract/index.js'
import { ApiError, type Api } from '../api.js'
import type { PageClient } from '../connection/client.js'
import { enteringName, nameToSend, type IdentityStore } from '../identity.js'
import type { Outbox } from '../outbox.js'
import { Reading } from '../reading.js'
import { createStore, nextFrame, type Store } from '../store.js'
import type { ReadPlaces } from '../rooms/read-places.js'
import { readAs } from '../wire.js'
import type { Happening } from './entries.js'
import { isGap } from './members.js'
import type { OwnIds } from './own-ids.js'
import { RoomChanges } from './room-changes.js'
import { RoomPages } from './room-pages.js'
import { NEW_ROOM, reduceRoom, type RoomAction, type RoomState } from './room-state.js'
import { RoomSubscriptions } from './room-subscriptions.js'

export interface RoomSurroundings {
  readonly client: PageClient
  readonly api: Pick<Api, 'room' | 'roomMessages'>
  readonly identity: IdentityStore
  readonly ownIds: OwnIds
  readonly readPlaces: Pick<ReadPlaces, 'of' | 'read'>
  readonly schedule?: (run: () => void) => void
}

/** One room as this page takes part in it: enters it in every session. */
export class RoomSession {
  readonly roomId: string
  readonly outbox: Outbox
  readonly pages: RoomPages
  readonly changes: RoomChanges
  readonly #surroundings: RoomSurroundings
  readonly #store
  readonly #snapshot
  readonly #refresh: Reading<void>
  readonly #subscriptions: RoomSubscriptions
  #enterId = ''
  #enteredAs: string | null = null
  #lostAt: number | undefined
  /** Whether the session before ended without a message being missed. */
  #missedNothing = false
  #stops: readonly (() => void)[] = []

  constructor(roomId: string, outbox: Outbox, surroundings: RoomSurroundings) {
    this.roomId = roomId
    this.outbox = outbox
    this.#surroundings = surroundings
    this.#store = createStore(reduceRoom, NEW_ROOM, surroundings.schedule ?? nextFrame)
    this.changes = new RoomChanges({
      roomId,
      client: surroundings.client,
      epoch: () => this.#store.get().last?.epoch,
    })
    this.pages = new RoomPages({
      roomId,
      api: surroundings.api,
      state: () => this.#store.get(),
      take: (action) => this.#do(action),
      isOwn: (message) => this.#isOwn(message),
      now: (message) => this.changes.now(message),
    })
    this.#subscriptions = new RoomSubscriptions(roomId, surroundings.client, {
      onMessage: (message) => this.#onMessage(message),
      onActive: (activation) => this.#active(activation),
      onChange: (change) => this.#onChange(change),
      onChangesMissed: () => this.#onChangesMissed(),
      onNews: (news) => this.#onNews(news),
      onNewsActive: () => {
        void this.#snapshot.now()
        this.#subscriptions.readMembers()
      },
      onMembers: (members) => this.#do({ type: 'members', members }),
      onRefused: (error) => this.#refused(error),
    })
    this.#refresh = new Reading({
      ask: () => this.pages.refresh(),
      had: () => {},
      // Without a session the next one tells what was missed.
      failed: () => this.#isConnected,
    })
    this.#snapshot = new Reading({
      ask: () => surroundings.api.room(roomId),
      had: (detail) => {
        this.#do({ type: 'snapshot', detail })
        this.#comeIn()
      },
      failed: (error) => {
        const missing = error instanceof ApiError && error.status === 404
        this.#do({ type: missing ? 'unknown' : 'unreachable' })
        // Without a session the next one reads it.
        return !missing && this.#isConnected
      },
    })
  }

  get state(): Store<RoomState> {
    return this.#store
  }

  open(): void {
    const { client, identity } = this.#surroundings
    this.#stops = [
      this.outbox.show(),
      client.onSession(() => this.#greet()),
      client.connection.subscribe(() => this.#isConnected || this.#lost()),
      // The first name lets it in; a later one comes with a session of its own, which enters.
      identity.subscribe(() => this.#comeIn()),
    ]
    void this.#snapshot.now()
  }

  /** Leaves the room; the session goes on. */
  close(): void {
    for (const stop of this.#stops) stop()
    this.#subscriptions.close()
    this.#snapshot.stop()
    this.#refresh.stop()
    this.#lost()
  }

  /** Asks to be let in under the name that the identity holds; does nothing while there is no session, name or room. */
  enter(): void {
    const { entry } = this.#store.get()
    if (this.#isConnected && entry !== 'entering' && entry !== 'in') void this.#enter()
  }

  send(text: string): void {
    this.#surroundings.ownIds.add(this.outbox.send(text))
  }

  /** What has come is read: a later opening of the room says what came after it. */
  markRead(): void {
    const { last, past } = this.#store.get()
    if (last !== undefined && past === undefined) this.#surroundings.readPlaces.read(this.roomId, last)
  }

  get #isConnected(): boolean {
    return this.#surroundings.client.connection.getSnapshot().kind === 'connected'
  }

  #comeIn(): void {
    if (this.#store.get().entry === 'out') this.enter()
  }

  /** A session begins: what waits to be sent goes after ENTER, which gives the session its name. */
  async #greet(): Promise<void> {
    if (this.#store.get().found === 'yes') await this.#enter()
    else void this.#snapshot.now()
  }

  async #enter(): Promise<void> {
    const { client, identity } = this.#surroundings
    const { found } = this.#store.get()
    const name = enteringName(identity.get())
    if (name === null || found !== 'yes') return
    const id = newId()
    this.#enterId = id
    // A session that ended for a new name was not lost.
    if (this.#enteredAs !== name) this.#lostAt = undefined
    this.#enteredAs = name
    this.#do({ type: 'entering' })
    this.#subscriptions.open()
    const sender = nameToSend(identity.get())
    const body = { type: 'ENTER', roomId: this.roomId, message: '', id, ...(sender && { sender }) } as const
    try {
      await client.send(chatMessage.to({}), { body, id, wait: false })
      this.#entered(undefined)
    } catch (error) {
      // What a lost session did not answer, the next one does.
      if ((error as ClientError).by === 'server') this.#refused(error as ClientError)
    }
  }

  #onChange(change: ChangeEvent): void {
    this.changes.take(change)
    this.#do({ type: 'changed', message: change.message })
  }

  /** What stands in the log may not be so. */
  #onChangesMissed(): void {
    this.changes.forget()
    void this.#refresh.now()
  }

  #lost(): void {
    if (this.#store.get().entry === 'in') this.#lostAt ??= Date.now()
    this.#do({ type: 'session-lost' })
  }

  #refused({ code, message }: ClientError): void {
    this.#do(
      code === 'room-unknown' ? { type: 'unknown' } : { type: 'entry-refused', refusal: { code, message } },
    )
  }

  #active({ first, recovered, replayUntil, epoch }: Activation): void {
    const { last } = this.#store.get()
    this.#missedNothing = !first && recovered && replayUntil === undefined
    if (epoch === undefined) return
    const gap = last !== undefined && !recovered
    const known = this.#surroundings.readPlaces.of(this.roomId)
    const readUpTo = last ?? (known?.epoch === epoch ? known : undefined)
    const line = gap ? undefined : readUpTo?.offset
    this.#do({ type: 'replay', until: replayUntil ?? 0, epoch, readUpTo: line, gap, time: Date.now() })
  }

  #isOwn({ id, sender, registered }: ChatMessage): boolean {
    const { ownIds, identity } = this.#surroundings
    return ownIds.has(id) || (registered === true && sender === identity.get().account)
  }

  #onMessage({ body, position }: ReceivedMessage<unknown>): void {
    const message = readAs(roomTopic.schema, body)
    if (message === undefined) return
    if (message.type === 'ENTER' && message.id === this.#enterId)
      return this.#ownEntry(message.sender, () => this.#do({ type: 'message', message, own: true }))
    this.outbox.remove(message.id)
    this.#do({
      type: 'message',
      message: this.changes.now(message),
      own: this.#isOwn(message),
      place: placeOf(position),
    })
  }

  /** Our own coming: shown as everyone's is, except after a lost connection, where coming back is what happened. */
  #ownEntry(name: string, show: () => void): void {
    this.#surroundings.identity.give(name)
    const lostAt = this.#lostAt
    this.#lostAt = undefined
    if (lostAt === undefined) show()
    else if (this.#missedNothing) this.#happened({ what: 'returned', awayMs: Date.now() - lostAt })
    this.#entered(name)
  }

  #entered(name: string | undefined): void {
    this.#do({ type: 'entered', name })
  }

  #onNews(news: RoomNews): void {
    if (news.type === 'GONE') return
    if (news.type === 'ROOM') return this.#do({ type: 'room', room: news.room })
    const gap = isGap(this.#store.get().members, news)
    this.#do({ type: 'member', event: news })
    if (news.type === 'LEAVE') this.#happened({ what: 'left', name: news.name })
    if (gap) this.#subscriptions.readMembers()
  }

  #happened(happening: Happening): void {
    this.#do({ type: 'happened', id: newId(), time: Date.now(), happening })
  }

  #do(action: RoomAction): void {
    this.#store.dispatch(action)
  }
}

function placeOf(position: Position | undefined): Place | undefined {
  const { offset, epoch } = position ?? {}
  return offset === undefined || epoch === undefined ? undefined : { offset, epoch }
}
