import * as z from 'zod/mini'
import { readStored, writeStored } from '../storage.js'
import { createStore, type Store } from '../store.js'
import { readAs } from '../wire.js'

/** Where a message stands in the history of its room. Offsets of another epoch say nothing. */
export interface Place {
  readonly offset: number
  readonly epoch: string
}

/** So many rooms are remembered, those that were read last. */
const REMEMBERED = 500

const Places = z.record(z.string(), z.object({ offset: z.number(), epoch: z.string() }))
type ReadPlacesState = z.infer<typeof Places>

/** Up to where this browser has read each room. */
export interface ReadPlaces extends Store<ReadPlacesState> {
  /** Goes on only, within one epoch. */
  read(roomId: string, place: Place): void
}

export function createReadPlaces(): ReadPlaces {
  const store = createStore<ReadPlacesState, ReadPlacesState>((_, next) => next, stored())
  if (typeof window !== 'undefined') {
    window.addEventListener('storage', ({ key }) => key === 'wschat.read' && store.dispatch(stored()))
  }
  return {
    get: store.get,
    subscribe: store.subscribe,
    read(roomId, place) {
      const { [roomId]: before, ...others } = stored()
      if (before !== undefined && before.epoch === place.epoch && before.offset >= place.offset) return
      const next = Object.fromEntries([...Object.entries(others), [roomId, place]].slice(-REMEMBERED))
      writeStored('wschat.read', JSON.stringify(next))
      store.dispatch(next as ReadPlacesState)
    },
  }
}

function stored(): ReadPlacesState {
  try {
    return readAs(Places, JSON.parse(readStored('wschat.read') ?? '{}')) ?? {}
  } catch {
    return {}
  }
}
