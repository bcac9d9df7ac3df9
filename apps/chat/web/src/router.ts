import { useSyncExternalStore } from 'react'

export type Route =
  | { readonly page: 'rooms' }
  | { readonly page: 'room'; readonly roomId: string }
  | { readonly page: 'missing' }

export function routeOf(path: string): Route {
  if (path === '/') return { page: 'rooms' }
  const roomId = /^\/rooms\/([^/]+)\/?$/.exec(path)?.[1]
  if (roomId === undefined) return { page: 'missing' }
  try {
    return { page: 'room', roomId: decodeURIComponent(roomId) }
  } catch {
    return { page: 'missing' }
  }
}

export function roomPath(roomId: string): string {
  return `/rooms/${encodeURIComponent(roomId)}`
}

const listeners = new Set<() => void>()

export function navigate(path: string): void {
  if (path !== location.pathname) history.pushState(null, '', path)
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  window.addEventListener('popstate', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('popstate', listener)
  }
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname)
}
