import { ownRooms, roomsTopic, type RoomEvent } from '../../../contract/index.js'
import type { Api } from '../api.js'
import { backoffMs } from '../connection/backoff.js'
import type { Connection, Session, SessionUser } from '../connection/connection.js'
import type { IdentityStore } from '../identity.js'
import { newId } from '../ids.js'
import { createStore, nextFrame, type Store } from '../store.js'
import { readBody } from '../wire.js'
import { NO_ROOMS, reduceRooms, type RoomsState } from './rooms-state.js'

export interface RoomsSurroundings {
  readonly connection: Pick<Connection, 'use'>
  readonly api: Pick<Api, 'rooms'>
  readonly identity: Pick<IdentityStore, 'get' | 'subscribe'>
}

/** The list of rooms as it changes: those of everyone, and the private ones of whoever is signed in. */
export class RoomsSession implements SessionUser {
  readonly #surroundings: RoomsSurroundings
  readonly #store = createStore(reduceRooms, NO_ROOMS, nextFrame)
  #session: Session | undefined
  /** A session that was opened as a guest's stays one; whoever signs in gets another. */
  #isGuests = false
  /** By destination. */
  readonly #subscriptions = new Map<string, () => void>()
  readonly #receipts = new Set<string>()
  /** What was told while the list was being read: it is newer than the list. */
  #newer: RoomEvent[] = []
  #reading = 0
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #close: () => void = () => {}

  constructor(surroundings: RoomsSurroundings) {
    this.#surroundings = surroundings
  }

  get state(): Store<RoomsState> {
    return this.#store
  }

  open(): void {
    const { connection, identity } = this.#surroundings
    void this.#read()
    const leave = connection.use(this)
    const stopWatching = identity.subscribe(() => this.#listen())
    this.#close = () => {
      leave()
      stopWatching()
    }
  }

  close(): void {
    this.#close()
    for (const unsubscribe of this.#subscriptions.values()) unsubscribe()
    this.closed()
  }

  opened(session: Session): void {
    this.#session = session
    this.#isGuests = this.#surroundings.identity.get().account === null
    this.#listen()
  }

  closed(): void {
    this.#session = undefined
    this.#subscriptions.clear()
    this.#receipts.clear()
    clearTimeout(this.#timer)
  }

  receipt(id: string): void {
    // The subscription is active: no change falls between it and what is read now.
    if (this.#receipts.has(id)) void this.#read()
  }

  refused(): void {}

  #listen(): void {
    this.#subscribe(roomsTopic.to({}).destination)
    if (!this.#isGuests && typeof this.#surroundings.identity.get().account === 'string')
      this.#subscribe(ownRooms.to({}).destination)
  }

  #subscribe(destination: string): void {
    if (this.#session === undefined || this.#subscriptions.has(destination)) return
    const receipt = newId()
    this.#receipts.add(receipt)
    try {
      const onBody = (body: string): void => this.#onEvent(body)
      this.#subscriptions.set(destination, this.#session.subscribe(destination, receipt, onBody))
    } catch {
      // The session ended at this moment; the next one subscribes.
    }
  }

  #onEvent(body: string): void {
    const event = readBody(roomsTopic.schema, body)
    if (event === undefined) return
    this.#newer.push(event)
    this.#store.dispatch({ type: 'event', event })
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer)
    const reading = ++this.#reading
    this.#newer = []
    try {
      const { rooms } = await this.#surroundings.api.rooms()
      if (reading !== this.#reading) return
      this.#failures = 0
      this.#store.dispatch({ type: 'list', rooms, newer: this.#newer })
    } catch {
      if (reading === this.#reading) this.#readLater()
    }
    this.#newer = []
  }

  #readLater(): void {
    this.#store.dispatch({ type: 'unreachable' })
    // Without a session the next one reads the list.
    if (this.#session === undefined) return
    const delay = 1_000 + backoffMs(this.#failures++)
    this.#timer = setTimeout(() => void this.#read(), delay)
  }
}
