import { useSyncExternalStore } from 'react'
import { usePage } from '../page.js'
import { useStore } from '../store.js'

/** The state of the connection, as a person is told of it. */
export interface Reach {
  readonly kind: 'connecting' | 'online' | 'undelivered' | 'waiting' | 'offline'
  /** When the next attempt begins, in milliseconds since 1970. */
  readonly retryAt?: number
}

export function useConnection(): Reach {
  const { client, broker } = usePage()
  const { connection } = client
  const state = useSyncExternalStore(connection.subscribe, connection.getSnapshot)
  const reaches = useStore(broker) === 'available'
  if (state.kind === 'connected') return { kind: reaches ? 'online' : 'undelivered' }
  if (state.kind === 'waiting') return { kind: state.offline ? 'offline' : 'waiting', retryAt: state.retryAt }
  return { kind: 'connecting' }
}
