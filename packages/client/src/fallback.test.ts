import { describe, expect, it } from 'vitest'
import { ManualClock } from 'stomping-ground/testing'
import { ClientError } from './errors.js'
import { FALLBACK_FIRST_MS, withFallback } from './fallback.js'
import type { OpenLink, SessionEnd } from './link.js'
import { FakeLink } from './testing/fake-link.js'

type Way = 'primary' | 'fallback'

function ways(untilMs = 0) {
  const clock = new ManualClock()
  const tried: Way[] = []
  const links: FakeLink[] = []
  const heard: string[] = []
  const memory = {
    untilMs,
    read: () => memory.untilMs,
    write: (until: number) => void (memory.untilMs = until),
  }
  const way =
    (name: Way): OpenLink =>
    (events) => {
      tried.push(name)
      links.push(new FakeLink(events))
      return links.at(-1)!
    }
  const openLink = withFallback({ primary: way('primary'), fallback: way('fallback'), memory, clock })
  const open = () =>
    openLink({
      opened: () => void heard.push('opened'),
      closed: ({ reason }: SessionEnd) => void heard.push(`closed ${reason}`),
      refused: ({ error }) => void heard.push(`refused ${error.code}`),
      receipt: (id) => void heard.push(`receipt ${id}`),
    })
  return { open, clock, tried, heard, newest: () => links.at(-1)!, links }
}

describe('an attempt', () => {
  it('is the primary way, and needs nothing else where that opens', () => {
    const { open, newest, tried, heard } = ways()
    const link = open()
    newest().open()
    link.send({ destination: '/queue/a', headers: {}, body: 'x' })
    expect(newest().bodies()).toEqual(['x'])
    newest().end({ reason: 'cut' })
    expect(tried).toEqual(['primary'])
    expect(heard).toEqual(['opened', 'closed cut'])
  })

  it('goes on the other way at once, and says nothing of it, where the primary never opened', async () => {
    const { open, newest, tried, heard, links } = ways()
    const link = open()
    newest().end()
    expect(tried).toEqual(['primary', 'fallback'])
    newest().open()
    expect(heard).toEqual(['opened'])
    await link.close({ now: true })
    expect(links.map(({ closedWith }) => closedWith)).toEqual([undefined, { now: true }])
  })

  it('is over where neither opens, and the next one begins with the primary way', () => {
    const { open, newest, tried, heard } = ways()
    open()
    newest().end({ reason: 'first' })
    newest().end({ reason: 'second' })
    expect(heard).toEqual(['closed second'])
    open()
    expect(tried).toEqual(['primary', 'fallback', 'primary'])
  })

  it('stays with a way that brought a refusal: it got through', () => {
    const { open, newest, tried, heard } = ways()
    open()
    const error = new ClientError('authentication-failed', { by: 'server' })
    newest().events.refused({ error, receiptId: undefined, subscriptionId: undefined })
    newest().end({ reason: 'refused' })
    expect(tried).toEqual(['primary'])
    expect(heard).toEqual(['refused authentication-failed', 'closed refused'])
  })
})

describe('the fallback goes first', () => {
  it('for a while after it worked, and no longer', async () => {
    const { open, newest, tried, clock } = ways()
    open()
    newest().end()
    newest().open().end()
    await clock.advance(FALLBACK_FIRST_MS - 1)
    open()
    expect(tried).toEqual(['primary', 'fallback', 'fallback'])
    newest().open().end()
    await clock.advance(FALLBACK_FIRST_MS)
    open()
    expect(tried.at(-1)).toBe('primary')
  })

  it('no longer once it brought nothing and the primary way opened', () => {
    const { open, newest, tried } = ways(FALLBACK_FIRST_MS)
    open()
    newest().end()
    newest().open().end()
    open()
    expect(tried).toEqual(['fallback', 'primary', 'primary'])
  })

  it('not where the primary way has worked: a server may come back just between the two', () => {
    const { open, newest, tried } = ways()
    open()
    newest().open().end()
    open()
    newest().end()
    newest().open().end()
    open()
    expect(tried).toEqual(['primary', 'primary', 'fallback', 'primary'])
  })
})
