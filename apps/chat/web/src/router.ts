import { useMemo, useSyncExternalStore } from 'react'

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

/** A room, at one of its messages. */
export function messagePath(roomId: string, offset: number): string {
  return `${roomPath(roomId)}?at=${offset}`
}

/** The message that an address names. */
export function soughtIn(search: string): number | undefined {
  const at = new URLSearchParams(search).get('at') ?? ''
  return /^\d{1,15}$/.test(at) ? Number(at) : undefined
}

export function invitationPath(invitation: string): string {
  return `/invitations/${encodeURIComponent(invitation)}`
}

export function directPath(name: string): string {
  return `/direct/${encodeURIComponent(name)}`
}

const listeners = new Set<() => void>()
/** Whoever goes where they are already wants something all the same. */
let visits = 0

/** @param path with what may stand behind a question mark */
export function navigate(path: string): void {
  visits++
  if (path !== location.pathname + location.search) history.pushState(null, '', path)
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

/** The message that the page's address names: another object each time that somebody goes there. */
export function useSought(): { readonly offset: number } | undefined {
  const visit = useSyncExternalStore(subscribe, () => `${visits} ${location.search}`)
  return useMemo(() => {
    const offset = soughtIn(visit.slice(visit.indexOf(' ') + 1))
    return offset === undefined ? undefined : { offset }
  }, [visit])
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname)
}
