import { expect, it } from 'vitest'
import { brokerStatus } from './broker-status.js'

it('is as the server tells it last, and what is no status changes nothing', () => {
  const told: ((message: { readonly body: unknown }) => void)[] = []
  const destinations: unknown[] = []
  const store = brokerStatus({
    subscribe(destination: unknown, onMessage: (typeof told)[number]) {
      destinations.push(destination)
      told.push(onMessage)
    },
  } as never)
  const changes: string[] = []
  store.subscribe(() => changes.push(store.get()))
  expect([store.get(), destinations]).toEqual(['available', [{ destination: '/app/chat/status' }]])
  for (const broker of ['available', 'away', 'gone', 'away', 'available']) told[0]!({ body: { broker } })
  expect(changes).toEqual(['away', 'available'])
})
