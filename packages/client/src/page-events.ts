/** What the surroundings can tell of the network. */
export interface Surroundings {
  readonly hasNetwork: () => boolean
  /** Calls back when there is reason to think that a connection can work again, or cannot any more. Returns the end of it. */
  readonly watch: (events: { readonly wake: () => void; readonly networkLost: () => void }) => () => void
}

/** A browser's page; elsewhere, nothing is told. */
export const page: Surroundings = {
  hasNetwork: () => (globalThis as Partial<typeof globalThis>).navigator?.onLine ?? true,
  watch({ wake, networkLost }) {
    const { window, document } = globalThis as Partial<typeof globalThis>
    if (typeof window?.addEventListener !== 'function' || document === undefined) return () => {}
    const listening = new AbortController()
    const { signal } = listening
    window.addEventListener('online', wake, { signal })
    window.addEventListener('offline', networkLost, { signal })
    // A page that comes back out of the cache for going back and forth.
    window.addEventListener('pageshow', (event) => event.persisted && wake(), { signal })
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && wake(), {
      signal,
    })
    return () => listening.abort()
  },
}
