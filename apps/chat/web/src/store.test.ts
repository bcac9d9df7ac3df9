import { expect, it, vi } from 'vitest'
import { createStore } from './store.js'

it('changes at once and tells its listeners once for all changes of a turn', () => {
  const turns: (() => void)[] = []
  const store = createStore(
    (sum: number, n: number) => sum + n,
    0,
    (run) => turns.push(run),
  )
  const listener = vi.fn<() => void>()
  const stop = store.subscribe(listener)
  store.dispatch(1)
  store.dispatch(2)
  expect(store.get()).toBe(3)
  expect(listener).not.toHaveBeenCalled()
  turns.splice(0).forEach((run) => run())
  expect(listener).toHaveBeenCalledTimes(1)
  store.dispatch(0)
  expect(turns).toHaveLength(0)
  stop()
})
