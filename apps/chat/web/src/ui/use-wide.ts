import { useSyncExternalStore } from 'react'

const wide = matchMedia('(min-width: 56rem)')

function subscribe(listener: () => void): () => void {
  wide.addEventListener('change', listener)
  return () => wide.removeEventListener('change', listener)
}

/** Whether there is room for a column beside the conversation. */
export function useWide(): boolean {
  return useSyncExternalStore(subscribe, () => wide.matches)
}
