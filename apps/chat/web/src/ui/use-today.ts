import { useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()
let today = startOfDay()
let timer: ReturnType<typeof setTimeout> | undefined

function startOfDay(): number {
  return new Date().setHours(0, 0, 0, 0)
}

function watch(): void {
  const tomorrow = new Date(today)
  tomorrow.setDate(tomorrow.getDate() + 1)
  timer = setTimeout(
    () => {
      today = startOfDay()
      for (const listener of listeners) listener()
      watch()
    },
    Math.max(1_000, tomorrow.getTime() - Date.now()),
  )
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) watch()
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearTimeout(timer)
  }
}

/** The start of the present day; changes at midnight, when today becomes yesterday. */
export function useToday(): number {
  return useSyncExternalStore(subscribe, () => today)
}
