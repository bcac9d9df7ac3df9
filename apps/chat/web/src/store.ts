import { useSyncExternalStore } from 'react'

/** A value that changes and says so. */
export interface Store<State> {
  readonly get: () => State
  readonly subscribe: (listener: () => void) => () => void
}

export interface Reduced<State, Action> extends Store<State> {
  dispatch(action: Action): void
}

/**
 * A store whose state changes at once and whose listeners hear of it once for all changes of a turn.
 *
 * @param schedule when listeners run; a busy room brings hundreds of messages between two frames
 */
export function createStore<State, Action>(
  reduce: (state: State, action: Action) => State,
  initial: State,
  schedule: (run: () => void) => void = (run) => run(),
): Reduced<State, Action> {
  const listeners = new Set<() => void>()
  let state = initial
  let scheduled = false
  function notify(): void {
    scheduled = false
    for (const listener of listeners) listener()
  }
  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    dispatch(action) {
      const next = reduce(state, action)
      if (next === state) return
      state = next
      if (scheduled) return
      scheduled = true
      schedule(notify)
    },
  }
}

/** The next frame; where no frame comes because the page is hidden, a little later. */
export function nextFrame(run: () => void): void {
  const frame = requestAnimationFrame(once)
  const timer = setTimeout(once, 200)
  function once(): void {
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    run()
  }
}

export function useStore<State>(store: Store<State>): State {
  return useSyncExternalStore(store.subscribe, store.get)
}
