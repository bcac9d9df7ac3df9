import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Mock } from 'vitest'
import { SOCKJS_FIRST_MS, withFallback } from './fallback.js'
import type { Link, LinkEvents, OpenLink } from './link.js'

type Way = 'WebSocket' | 'SockJS'

interface FakeLink {
  readonly way: Way
  readonly events: LinkEvents
  readonly publish: Mock<Link['publish']>
  readonly close: Mock<Link['close']>
}

const links: FakeLink[] = []
let untilMs = 0

const opening =
  (way: Way): OpenLink =>
  (events) => {
    const link = { way, events, publish: vi.fn<Link['publish']>(), close: vi.fn<Link['close']>() }
    links.push(link)
    return { ...link, subscribe: () => () => {} }
  }

const open = (): OpenLink =>
  withFallback({
    webSocket: opening('WebSocket'),
    sockJs: opening('SockJS'),
    sockJsFirst: { read: () => untilMs, write: (until) => (untilMs = until) },
  })

const heard = () => ({
  opened: vi.fn<LinkEvents['opened']>(),
  closed: vi.fn<LinkEvents['closed']>(),
  refused: vi.fn<LinkEvents['refused']>(),
  receipt: vi.fn<LinkEvents['receipt']>(),
  alive: vi.fn<LinkEvents['alive']>(),
})

const newest = (): FakeLink => links.at(-1)!
const ways = (): Way[] => links.map(({ way }) => way)

beforeEach(() => {
  vi.useFakeTimers()
  links.length = 0
  untilMs = 0
})
afterEach(() => vi.useRealTimers())

describe('an attempt', () => {
  it('is over WebSocket, and needs nothing else where that opens', () => {
    const events = heard()
    const link = open()(events)
    newest().events.opened()
    link.publish('/app/a', 'r', '{}')
    expect(newest().publish).toHaveBeenCalledWith('/app/a', 'r', '{}')
    newest().events.closed()
    expect(ways()).toEqual(['WebSocket'])
    expect(events.opened).toHaveBeenCalledTimes(1)
    expect(events.closed).toHaveBeenCalledTimes(1)
  })

  it('goes on over SockJS at once, and says nothing of it, where WebSocket never opened', () => {
    const events = heard()
    const link = open()(events)
    newest().events.closed()
    expect(ways()).toEqual(['WebSocket', 'SockJS'])
    expect(events.closed).not.toHaveBeenCalled()
    newest().events.opened()
    link.close({ now: true })
    expect(newest().close).toHaveBeenCalledWith({ now: true })
    expect(links[0]!.close).not.toHaveBeenCalled()
  })

  it('is over where neither opens, and the next one begins with WebSocket', () => {
    const events = heard()
    const openLink = open()
    openLink(events)
    newest().events.closed()
    newest().events.closed()
    expect(events.closed).toHaveBeenCalledTimes(1)
    openLink(heard())
    expect(ways()).toEqual(['WebSocket', 'SockJS', 'WebSocket'])
  })

  it('stays with a WebSocket that brought a refusal: it got through', () => {
    const events = heard()
    open()(events)
    newest().events.refused({ code: 'a', message: 'b', receiptId: undefined })
    newest().events.closed()
    expect(ways()).toEqual(['WebSocket'])
    expect(events.closed).toHaveBeenCalledTimes(1)
  })
})

describe('SockJS goes first', () => {
  it('for a while after it worked, in a page that is loaded again too', () => {
    open()(heard())
    newest().events.closed()
    newest().events.opened()
    newest().events.closed()
    open()(heard())
    expect(ways()).toEqual(['WebSocket', 'SockJS', 'SockJS'])
  })

  it('no longer than that while', () => {
    const openLink = open()
    openLink(heard())
    newest().events.closed()
    newest().events.opened()
    vi.advanceTimersByTime(SOCKJS_FIRST_MS - 1)
    newest().events.closed()
    openLink(heard())
    expect(newest().way).toBe('SockJS')
    newest().events.opened()
    vi.advanceTimersByTime(SOCKJS_FIRST_MS)
    newest().events.closed()
    openLink(heard())
    expect(newest().way).toBe('WebSocket')
  })

  it('while the server is away too', () => {
    untilMs = Date.now() + SOCKJS_FIRST_MS
    const events = heard()
    const openLink = open()
    openLink(events)
    newest().events.closed()
    expect(events.closed).not.toHaveBeenCalled()
    newest().events.closed()
    expect(events.closed).toHaveBeenCalledTimes(1)
    openLink(heard())
    expect(ways()).toEqual(['SockJS', 'WebSocket', 'SockJS'])
  })

  it('no longer once it brought nothing and WebSocket opened', () => {
    untilMs = Date.now() + SOCKJS_FIRST_MS
    const openLink = open()
    openLink(heard())
    newest().events.closed()
    newest().events.opened()
    newest().events.closed()
    openLink(heard())
    expect(ways()).toEqual(['SockJS', 'WebSocket', 'WebSocket'])
  })

  it('not in a page in which WebSocket has worked: a server may come back just between the two', () => {
    const openLink = open()
    openLink(heard())
    newest().events.opened()
    newest().events.closed()
    openLink(heard())
    newest().events.closed()
    newest().events.opened()
    newest().events.closed()
    openLink(heard())
    expect(ways()).toEqual(['WebSocket', 'WebSocket', 'SockJS', 'WebSocket'])
  })
})
