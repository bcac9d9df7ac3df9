import type { Subscription } from '@stomping-ground/client'
import { ownRooms, roomsTopic, type RoomEvent, type RoomList } from '../../../contract/index.js'
import type { Api } from '../api.js'
import type { PageClient } from '../connection/client.js'
import type { IdentityStore } from '../identity.js'
import { Reading } from '../reading.js'
import { createStore, nextFrame, type Store } from '../store.js'
import { readAs } from '../wire.js'
import type { ReadPlaces } from './read-places.js'
import { NO_ROOMS, reduceRooms, type RoomsState } from './rooms-state.js'

export interface RoomsSurroundings {
  readonly client: Pick<PageClient, 'connection' | 'subscribe'>
  readonly api: Pick<Api, 'rooms'>
  readonly identity: Pick<IdentityStore, 'get' | 'subscribe'>
  readonly readPlaces: Pick<ReadPlaces, 'take'>
  readonly schedule?: (run: () => void) => void
}

/**
 * The list of rooms as it changes, for as long as the page is open: those of everyone, and the private ones of whoever is
 * signed in.
 */
export class Rooms {
  readonly #surroundings: RoomsSurroundings
  readonly #store
  readonly #list: Reading<RoomList>
  #own: Subscription | undefined
  /** What was told while the list was being read: it is newer than the list. */
  #newer: RoomEvent[] = []

  constructor(surroundings: RoomsSurroundings) {
    const { api, client, identity, readPlaces } = surroundings
    this.#surroundings = surroundings
    this.#store = createStore(reduceRooms, NO_ROOMS, surroundings.schedule ?? nextFrame)
    this.#list = new Reading({
      ask: () => {
        this.#newer = []
        return api.rooms()
      },
      had: ({ rooms, read }) => {
        this.#store.dispatch({ type: 'list', rooms, newer: this.#newer })
        if (read !== undefined) readPlaces.take(read)
      },
      failed: () => {
        this.#store.dispatch({ type: 'unreachable' })
        // Without a session the next one reads the list.
        return client.connection.getSnapshot().kind === 'connected'
      },
    })
    void this.#list.now()
    this.#subscribe(roomsTopic.to({}).destination)
    identity.subscribe(() => this.#identityChanged())
    this.#identityChanged()
  }

  get state(): Store<RoomsState> {
    return this.#store
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
      { destination },
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
