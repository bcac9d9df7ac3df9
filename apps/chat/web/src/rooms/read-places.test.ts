import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createIdentity, type IdentityStore } from '../identity.js'
import { FakeClient } from '../testing/fake-client.js'
import { ReadPlaces } from './read-places.js'
import { unreadIn, unreadInAll } from './unread.js'

const place = (offset: number, epoch = 'e') => ({ offset, epoch })

let fake: FakeClient<unknown>
let identity: IdentityStore
let places: ReadPlaces

function open(): void {
  fake = new FakeClient()
  identity = createIdentity({ asking: true })
  places = new ReadPlaces({ client: fake.client, identity, schedule: (run) => run() })
}

beforeEach(() => {
  vi.useFakeTimers()
  const kept = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  })
  open()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('remembers for a guest in the browser, goes on only, and takes what another epoch says', () => {
  identity.signedIn(null)
  places.read('r', place(5))
  places.read('r', place(3))
  expect(places.of('r')).toEqual(place(5))
  places.read('r', place(1, 'other'))
  open()
  expect(places.of('r')).toEqual(place(1, 'other'))
  expect(fake.sent).toEqual([])
})

it('tells the server of an account when the reader has rested, the newest place alone', async () => {
  identity.signedIn('민지')
  places.read('r', place(1))
  await vi.advanceTimersByTimeAsync(900)
  places.read('r', place(2))
  expect(places.of('r')).toEqual(place(2))
  expect(fake.sent).toEqual([])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(fake.sent).toMatchObject([
    { destination: '/app/chat/room/read', body: { roomId: 'r', offset: 2, epoch: 'e' } },
  ])
  expect(localStorage.getItem('wschat.read')).toBeNull()
})

it('follows what the account reads on other devices, and what the list says', () => {
  identity.signedIn('민지')
  const reads = fake.to('/user/queue/chat/read')
  reads.say({ type: 'READ', roomId: 'r', offset: 7, epoch: 'e' })
  reads.say({ type: 'READ', roomId: 'r', offset: 6, epoch: 'e' })
  expect(places.of('r')).toEqual(place(7))
  places.read('s', place(3))
  // The list was read before the server was told.
  places.take({ r: place(8), s: place(1) })
  expect(places.state.get()).toEqual({ r: place(8), s: place(3) })
})

it('takes what was read as a guest where the account has read nothing, and forgets the account with it', () => {
  identity.signedIn(null)
  places.read('r', place(5))
  identity.signedIn('민지')
  expect(places.of('r')).toEqual(place(5))
  places.take({ r: place(2), s: place(1) })
  expect(places.of('r')).toEqual(place(2))
  identity.signedIn(null)
  expect(places.state.get()).toEqual({ r: place(5) })
  expect(fake.live()).toEqual([])
})

it('counts what was said after the place, and nothing where it says nothing', () => {
  expect(unreadIn({ said: place(9) }, place(4))).toBe(5)
  expect(unreadIn({ said: place(3) }, place(4))).toBe(0)
  expect(unreadIn({ said: place(9, 'other') }, place(4))).toBe(0)
  expect(unreadIn({ said: place(9) }, undefined)).toBe(0)
  expect(unreadIn({}, place(4))).toBe(0)
  const room = (id: string, said: number) => ({ id, name: id, createdAt: 0, members: 0, said: place(said) })
  expect(unreadInAll([room('r', 9), room('s', 2), room('t', 7)], { r: place(4), s: place(1) })).toBe(6)
})
