import { useSyncExternalStore } from 'react'
import { usePage } from '../page.js'

/** The state of the connection, as a person is told of it. */
export interface Reach {
  readonly kind: 'connecting' | 'online' | 'waiting' | 'offline'
  /** When the next attempt begins, in milliseconds since 1970. */
  readonly retryAt?: number
}

export function useConnection(): Reach {
  const { connection } = usePage().client
  const state = useSyncExternalStore(connection.subscribe, connection.getSnapshot)
  if (state.kind === 'connected') return { kind: 'online' }
  if (state.kind === 'waiting') return { kind: state.offline ? 'offline' : 'waiting', retryAt: state.retryAt }
  return { kind: 'connecting' }
}
