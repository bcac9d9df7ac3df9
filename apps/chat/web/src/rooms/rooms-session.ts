import { roomsTopic, type Room } from '../../../contract/index.js'
import type { Api } from '../api.js'
import { backoffMs } from '../connection/backoff.js'
import type { Connection, Session, SessionUser } from '../connection/connection.js'
import { newId } from '../ids.js'
import { createStore, nextFrame, type Store } from '../store.js'
import { readBody } from '../wire.js'
import { NO_ROOMS, reduceRooms, type RoomsState } from './rooms-state.js'

/** The list of rooms as it changes. */
export class RoomsSession implements SessionUser {
  readonly #connection: Pick<Connection, 'use'>
  readonly #api: Pick<Api, 'rooms'>
  readonly #store = createStore(reduceRooms, NO_ROOMS, nextFrame)
  #unsubscribe: (() => void) | undefined
  #subscriptionReceipt = ''
  /** What was told while the list was being read: it is newer than the list. */
  #newer: Room[] = []
  #reading = 0
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #close: () => void = () => {}

  constructor(connection: Pick<Connection, 'use'>, api: Pick<Api, 'rooms'>) {
    this.#connection = connection
    this.#api = api
  }

  get state(): Store<RoomsState> {
    return this.#store
  }

  open(): void {
    void this.#read()
    this.#close = this.#connection.use(this)
  }

  close(): void {
    this.#close()
    this.#unsubscribe?.()
    this.closed()
  }

  opened(session: Session): void {
    const receipt = newId()
    this.#subscriptionReceipt = receipt
    try {
      this.#unsubscribe = session.subscribe(roomsTopic.to({}).destination, receipt, (body) =>
        this.#onRoom(body),
      )
    } catch {
      // The session ended at this moment; the next one subscribes.
    }
  }

  closed(): void {
    this.#unsubscribe = undefined
    clearTimeout(this.#timer)
  }

  receipt(id: string): void {
    // The subscription is active: no change falls between it and what is read now.
    if (id === this.#subscriptionReceipt) void this.#read()
  }

  refused(): void {}

  #onRoom(body: string): void {
    const event = readBody(roomsTopic.schema, body)
    if (event === undefined) return
    this.#newer.push(event.room)
    this.#store.dispatch({ type: 'room', room: event.room })
  }

  async #read(): Promise<void> {
    clearTimeout(this.#timer)
    const reading = ++this.#reading
    this.#newer = []
    try {
      const { rooms } = await this.#api.rooms()
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
    if (this.#unsubscribe === undefined) return
    const delay = 1_000 + backoffMs(this.#failures++)
    this.#timer = setTimeout(() => void this.#read(), delay)
  }
}
