import { useSyncExternalStore } from 'react'

export type Route =
  | { readonly page: 'rooms' }
  | { readonly page: 'room'; readonly roomId: string }
  | { readonly page: 'invitation'; readonly invitation: string }
  | { readonly page: 'conversations' }
  | { readonly page: 'direct'; readonly name: string }
  | { readonly page: 'missing' }

export function routeOf(path: string): Route {
  if (path === '/') return { page: 'rooms' }
  const [first, second = '', ...more] = path.replace(/^\//, '').replace(/\/$/, '').split('/')
  if (more.length > 0) return { page: 'missing' }
  if (first === 'direct' && second === '') return { page: 'conversations' }
  const part = decoded(second)
  if (part === undefined || part === '') return { page: 'missing' }
  if (first === 'rooms') return { page: 'room', roomId: part }
  if (first === 'invitations') return { page: 'invitation', invitation: part }
  if (first === 'direct') return { page: 'direct', name: part }
  return { page: 'missing' }
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

export function roomPath(roomId: string): string {
  return `/rooms/${encodeURIComponent(roomId)}`
}

export function invitationPath(invitation: string): string {
  return `/invitations/${encodeURIComponent(invitation)}`
}

export function directPath(name: string): string {
  return `/direct/${encodeURIComponent(name)}`
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
