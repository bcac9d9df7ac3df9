import * as z from 'zod/mini'
import { Place, roomRead, roomReads, type RoomReadEvent } from '../../../contract/index.js'
import type { Subscription } from '@stomping-ground/client'
import type { PageClient } from '../connection/client.js'
import type { IdentityStore } from '../identity.js'
import { readStored, writeStored } from '../storage.js'
import { createStore, nextFrame, type Store } from '../store.js'
import { readAs } from '../wire.js'

/** By the ids of rooms. */
export type Places = Readonly<Record<string, Place>>

/** So many rooms are remembered for a guest, those that were read last. */
const REMEMBERED = 500
/** A place is told when it has rested: not for each message of a busy room. */
const RESTED_MS = 1_000

export interface ReadPlacesSurroundings {
  readonly client: Pick<PageClient, 'send' | 'subscribe'>
  readonly identity: Pick<IdentityStore, 'get' | 'subscribe'>
  readonly schedule?: (run: () => void) => void
}

/** Up to where rooms have been read: by this account, on whatever device; by a guest, in this browser. */
export class ReadPlaces {
  readonly #surroundings: ReadPlacesSurroundings
  readonly #store
  /** Those of the account; rooms that it has not read yet were perhaps read by the guest that it was. */
  #accounts: Places = {}
  #account: string | null | undefined
  #subscription: Subscription | undefined
  readonly #untold = new Map<string, Place>()
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(surroundings: ReadPlacesSurroundings) {
    this.#surroundings = surroundings
    this.#store = createStore<Places, Places>((_, next) => next, stored(), surroundings.schedule ?? nextFrame)
    surroundings.identity.subscribe(() => this.#identityChanged())
    if (typeof window === 'undefined') return
    window.addEventListener('storage', ({ key }) => key === 'wschat.read' && this.#show())
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && this.#tell())
  }

  get state(): Store<Places> {
    return this.#store
  }

  of(roomId: string): Place | undefined {
    return this.#store.get()[roomId]
  }

  /** Everything up to there is read. Goes on only, within one epoch. */
  read(roomId: string, { offset, epoch }: Place): void {
    const place = { offset, epoch }
    if (!isAhead(place, this.of(roomId))) return
    if (typeof this.#account !== 'string') this.#remember(roomId, place)
    else {
      this.#accounts = { ...this.#accounts, [roomId]: place }
      this.#untold.set(roomId, place)
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => this.#tell(), RESTED_MS)
    }
    this.#show()
  }

  /** What the server has of the account. What is on its way there is newer. */
  take(read: Places): void {
    this.#accounts = { ...read, ...Object.fromEntries(this.#untold) }
    this.#show()
  }

  #identityChanged(): void {
    const { account } = this.#surroundings.identity.get()
    if (account === this.#account) return
    this.#account = account
    this.#accounts = {}
    this.#untold.clear()
    if (typeof account === 'string') this.#subscription ??= this.#subscribe()
    else {
      this.#subscription?.unsubscribe()
      this.#subscription = undefined
    }
    this.#show()
  }

  #subscribe(): Subscription {
    return this.#surroundings.client.subscribe(roomReads.to({}), ({ body }) =>
      this.#onEvent(readAs(roomReads.schema, body)),
    )
  }

  #onEvent(event: RoomReadEvent | undefined): void {
    if (event === undefined) return
    const { roomId, offset, epoch } = event
    if (!isAhead({ offset, epoch }, this.#accounts[roomId])) return
    this.#accounts = { ...this.#accounts, [roomId]: { offset, epoch } }
    this.#show()
  }

  #tell(): void {
    clearTimeout(this.#timer)
    const { client } = this.#surroundings
    for (const [roomId, place] of this.#untold) {
      this.#untold.delete(roomId)
      // One that is refused is of a room that is gone, or is told with the next place.
      client.send(roomRead.to({}), { body: { roomId, ...place } }).catch(() => {})
    }
  }

  #remember(roomId: string, place: Place): void {
    const { [roomId]: _, ...others } = stored()
    const next = Object.fromEntries([...Object.entries(others), [roomId, place]].slice(-REMEMBERED))
    writeStored('wschat.read', JSON.stringify(next))
  }

  #show(): void {
    this.#store.dispatch({ ...stored(), ...this.#accounts })
  }
}

function isAhead(place: Place, before: Place | undefined): boolean {
  return before === undefined || before.epoch !== place.epoch || place.offset > before.offset
}

const StoredPlaces = z.record(z.string(), Place)

function stored(): Places {
  try {
    return readAs(StoredPlaces, JSON.parse(readStored('wschat.read') ?? '{}')) ?? {}
  } catch {
    return {}
  }
}
