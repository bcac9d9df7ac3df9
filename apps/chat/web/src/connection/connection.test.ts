import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Connection, type SessionUser } from './connection.js'
import type { Link, LinkEvents } from './link.js'

interface FakeLink extends Link {
  readonly events: LinkEvents
  open: boolean
}

const links: FakeLink[] = []
let network = true

function connect(): Connection {
  const connection = new Connection({
    openLink(events) {
      const link: FakeLink = {
        events,
        open: true,
        subscribe: () => () => {},
        publish: () => {},
        close: () => (link.open = false),
      }
      links.push(link)
      return link
    },
    hasNetwork: () => network,
    random: () => 1,
  })
  connection.connect()
  return connection
}

const newest = (): FakeLink => links.at(-1) as FakeLink
const openLinks = (): number => links.filter(({ open }) => open).length

function user() {
  return {
    opened: vi.fn<SessionUser['opened']>(),
    closed: vi.fn<SessionUser['closed']>(),
    refused: vi.fn<SessionUser['refused']>(),
    receipt: vi.fn<SessionUser['receipt']>(),
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  links.length = 0
  network = true
})
afterEach(() => vi.useRealTimers())

describe('the connection', () => {
  it('tells its users of each session, and of its end', () => {
    const connection = connect()
    const early = user()
    connection.use(early)
    expect(early.opened).not.toHaveBeenCalled()
    newest().events.opened()
    expect(connection.state.get()).toEqual({ kind: 'online' })
    const late = user()
    const stop = connection.use(late)
    stop()
    newest().events.closed()
    for (const { opened } of [early, late]) expect(opened).toHaveBeenCalledTimes(1)
    expect(early.closed).toHaveBeenCalledTimes(1)
    expect(late.closed).not.toHaveBeenCalled()
  })

  it('comes back after a wait that grows with each failure', () => {
    const connection = connect()
    for (const waitMs of [1_000, 2_000, 4_000]) {
      newest().events.closed()
      expect(connection.state.get()).toEqual({ kind: 'waiting', retryAt: Date.now() + waitMs })
      const before = links.length
      vi.advanceTimersByTime(waitMs - 1)
      expect(links).toHaveLength(before)
      vi.advanceTimersByTime(1)
      expect(links).toHaveLength(before + 1)
      expect(connection.state.get()).toEqual({ kind: 'connecting' })
    }
  })

  it('forgets its failures after a session that lasted, and not after one that ended at once', () => {
    const connection = connect()
    newest().events.closed()
    vi.advanceTimersByTime(1_000)
    newest().events.opened()
    newest().events.closed()
    expect(connection.state.get()).toEqual({ kind: 'waiting', retryAt: Date.now() + 2_000 })
    vi.advanceTimersByTime(2_000)
    newest().events.opened()
    vi.advanceTimersByTime(20_000)
    newest().events.closed()
    expect(connection.state.get()).toEqual({ kind: 'waiting', retryAt: Date.now() + 1_000 })
  })

  it('never has two links, whatever wakes it', () => {
    const connection = connect()
    connection.wake()
    connection.connect()
    expect(openLinks()).toBe(1)
    newest().events.closed()
    connection.wake()
    connection.wake()
    expect(openLinks()).toBe(1)
    vi.advanceTimersByTime(60_000)
    expect(openLinks()).toBe(1)
    newest().events.opened()
    connection.renew()
    connection.networkLost()
    connection.networkLost()
    connection.wake()
    vi.advanceTimersByTime(60_000)
    expect(openLinks()).toBe(1)
  })

  it('does not hear a link that it gave up', () => {
    const connection = connect()
    const old = newest()
    old.events.opened()
    connection.renew()
    old.events.closed()
    old.events.opened()
    expect(connection.state.get()).toEqual({ kind: 'connecting' })
    expect(openLinks()).toBe(1)
  })

  it('gives up a session that fell silent in a sleep when it is woken, and keeps one that did not', () => {
    const connection = connect()
    const link = newest()
    link.events.opened()
    vi.setSystemTime(Date.now() + 20_000)
    connection.wake()
    expect(link.open).toBe(true)
    link.events.alive()
    vi.setSystemTime(Date.now() + 26_000)
    connection.wake()
    expect(link.open).toBe(false)
    expect(connection.state.get()).toEqual({ kind: 'connecting' })
  })

  it('is offline while the browser has no network, goes on trying, and is woken by its return', () => {
    const connection = connect()
    newest().events.opened()
    network = false
    connection.networkLost()
    expect(connection.state.get().kind).toBe('offline')
    vi.advanceTimersByTime(1_000)
    expect(openLinks()).toBe(1)
    newest().events.closed()
    expect(connection.state.get().kind).toBe('offline')
    network = true
    connection.wake()
    newest().events.opened()
    expect(connection.state.get().kind).toBe('online')
  })
})
