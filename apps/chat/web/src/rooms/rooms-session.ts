import type { Subscription } from '@stomping-ground/client'
import { ownRooms, roomsTopic, type RoomEvent } from '../../../contract/index.js'
import type { Api } from '../api.js'
import type { PageClient } from '../connection/client.js'
import type { IdentityStore } from '../identity.js'
import { Reading } from '../reading.js'
import { createStore, nextFrame, type Store } from '../store.js'
import { readAs } from '../wire.js'
import { NO_ROOMS, reduceRooms, type RoomsState } from './rooms-state.js'

export interface RoomsSurroundings {
  readonly client: Pick<PageClient, 'connection' | 'subscribe'>
  readonly api: Pick<Api, 'rooms'>
  readonly identity: Pick<IdentityStore, 'get' | 'subscribe'>
}

/** The list of rooms as it changes: those of everyone, and the private ones of whoever is signed in. */
export class RoomsSession {
  readonly #surroundings: RoomsSurroundings
  readonly #store = createStore(reduceRooms, NO_ROOMS, nextFrame)
  readonly #list
  #everyones: Subscription | undefined
  #own: Subscription | undefined
  /** What was told while the list was being read: it is newer than the list. */
  #newer: RoomEvent[] = []
  #stopWatching: () => void = () => {}

  constructor(surroundings: RoomsSurroundings) {
    this.#surroundings = surroundings
    this.#list = new Reading({
      ask: () => {
        this.#newer = []
        return surroundings.api.rooms()
      },
      had: ({ rooms }) => this.#store.dispatch({ type: 'list', rooms, newer: this.#newer }),
      failed: () => {
        this.#store.dispatch({ type: 'unreachable' })
        // Without a session the next one reads the list.
        return surroundings.client.connection.getSnapshot().kind === 'connected'
      },
    })
  }

  get state(): Store<RoomsState> {
    return this.#store
  }

  open(): void {
    void this.#list.now()
    this.#everyones = this.#subscribe(roomsTopic.to({}).destination)
    this.#stopWatching = this.#surroundings.identity.subscribe(() => this.#identityChanged())
    this.#identityChanged()
  }

  close(): void {
    this.#stopWatching()
    this.#list.stop()
    this.#everyones?.unsubscribe()
    this.#own?.unsubscribe()
    this.#own = undefined
  }

  #identityChanged(): void {
    const { account } = this.#surroundings.identity.get()
    if (typeof account === 'string') this.#own ??= this.#subscribe(ownRooms.to({}).destination)
    if (account !== null) return
    this.#own?.unsubscribe()
    this.#own = undefined
  }

  #subscribe(destination: string): Subscription {
    return this.#surroundings.client.subscribe(
      destination,
      ({ body }) => this.#onEvent(readAs(roomsTopic.schema, body)),
      // No change falls between it and what is read now.
      { onActive: () => void this.#list.now() },
    )
  }

  #onEvent(event: RoomEvent | undefined): void {
    if (event === undefined) return
    if (this.#list.asking) this.#newer.push(event)
    this.#store.dispatch({ type: 'event', event })
  }
}
