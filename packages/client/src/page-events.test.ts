import { afterEach, expect, it, vi } from 'vitest'
import { page } from './page-events.js'

afterEach(() => vi.unstubAllGlobals())

it('outside of a page tells nothing, and takes the network to be there', () => {
  expect(page.hasNetwork()).toBe(true)
  page.watch({ wake: () => expect.fail(), networkLost: () => expect.fail() })()
})

it('in a page tells of the network, of coming back out of the cache, and of being shown, until the end', () => {
  const window = new EventTarget()
  const document = Object.assign(new EventTarget(), { visibilityState: 'hidden' })
  vi.stubGlobal('window', window)
  vi.stubGlobal('document', document)
  vi.stubGlobal('navigator', { onLine: false })
  const told: string[] = []
  const stop = page.watch({ wake: () => told.push('wake'), networkLost: () => told.push('lost') })
  window.dispatchEvent(new Event('online'))
  window.dispatchEvent(new Event('offline'))
  window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }))
  document.dispatchEvent(new Event('visibilitychange'))
  expect(told).toEqual(['wake', 'lost'])
  window.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
  document.visibilityState = 'visible'
  document.dispatchEvent(new Event('visibilitychange'))
  expect(told).toEqual(['wake', 'lost', 'wake', 'wake'])
  expect(page.hasNetwork()).toBe(false)
  stop()
  window.dispatchEvent(new Event('online'))
  expect(told).toHaveLength(4)
})
