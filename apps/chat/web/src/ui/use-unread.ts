import { useState, useSyncExternalStore } from 'react'

function subscribe(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener)
  return () => document.removeEventListener('visibilitychange', listener)
}

/**
 * How many messages came while the page was hidden.
 *
 * @param heard how many ever came
 */
export function useUnread(heard: number): number {
  const hidden = useSyncExternalStore(subscribe, () => document.visibilityState === 'hidden')
  const [seen, setSeen] = useState(heard)
  if (!hidden && seen !== heard) setSeen(heard)
  return hidden ? heard - seen : 0
}
