import { describe, expect, it, vi } from 'vitest'
import type { Activation, SubscribeOptions, Subscription } from './subscription.js'
import { kinds, playing } from './testing/kit.js'
import type { Playground } from './testing/kit.js'

interface Listening extends Playground {
  readonly subscription: Subscription
  readonly bodies: unknown[]
  readonly activations: Activation[]
  /** Answers the newest SUBSCRIBE, and gives it. */
  readonly activate: (headers?: Record<string, string>) => Record<string, string>
  /** Loses the session and begins another. */
  readonly again: () => Promise<void>
}

function listening(options: SubscribeOptions = {}, destination = '/topic/a'): Listening {
  const playground = playing()
  const { client, link, clock } = playground
  const bodies: unknown[] = []
  const activations: Activation[] = []
  const subscription = client.subscribe(destination, ({ body }) => bodies.push(body), {
    onActive: (activation) => activations.push(activation),
    ...options,
  })
  return {
    ...playground,
    subscription,
    bodies,
    activations,
    activate(headers = {}) {
      const [frame] = link().subscriptions()
      link().receipt(frame!, headers)
      const { receipt: _, ...asked } = frame!.headers
      return asked
    },
    async again() {
      link().end()
      await clock.advance(30_000)
      link().open()
    },
  }
}

const history = (last: number, recovered = true, epoch = 'e1'): Record<string, string> => ({
  'x-stream-recovered': String(recovered),
  'x-stream-last': String(last),
  'x-stream-epoch': epoch,
})

describe('a subscription', () => {
  it('hands on what comes, decoded', () => {
    const { link, bodies, activate, subscription } = listening()
    expect(activate()).toEqual({ 'x-stream-offset': 'next' })
    link().message('sub-0', { text: 'Hi' })
    link().message('sub-0', 'plain')
    expect(bodies).toEqual([{ text: 'Hi' }, 'plain'])
    expect(subscription.state.getSnapshot()).toEqual({
      kind: 'active',
      replaying: false,
      first: true,
      recovered: true,
      missed: 0,
      replayUntil: undefined,
      epoch: undefined,
    })
  })

  it('is made again in each session, in the order in which all were made', async () => {
    const { client, link, again, subscription, activate } = listening()
    client.subscribe({ destination: '/topic/b' }, () => {}, {
      ack: 'client',
      headers: { 'prefetch-count': '5' },
    })
    const states = kinds(subscription.state)
    activate()
    await again()
    expect(
      link()
        .subscriptions()
        .map(({ id, destination }) => `${id} ${destination}`),
    ).toEqual(['sub-0 /topic/a', 'sub-1 /topic/b'])
    expect(states).toEqual(['subscribing', 'active', 'waiting', 'subscribing'])
  })

  it('without a history says after a break that nobody knows what is missing', async () => {
    const { activations, activate, again } = listening()
    activate()
    await again()
    activate()
    expect(activations.map(({ first, recovered, missed }) => [first, recovered, missed])).toEqual([
      [true, true, 0],
      [false, false, undefined],
    ])
  })

  it('ends with unsubscribe, and its id is taken again once nothing can come for it', async () => {
    const { client, link, subscription, activate } = listening()
    activate()
    subscription.unsubscribe()
    subscription.unsubscribe()
    expect(subscription.state.getSnapshot()).toEqual({ kind: 'ended' })
    const second = client.subscribe('/topic/b', () => {})
    const [, receipt] = link().unsubscribed[0]!.split(' ')
    link().events.receipt(receipt!, {})
    const third = client.subscribe('/topic/c', () => {})
    expect(
      link()
        .subscriptions()
        .map(({ id }) => id),
    ).toEqual(['sub-1', 'sub-0'])
    expect(link().unsubscribed).toHaveLength(1)
    second.unsubscribe()
    third.unsubscribe()
  })

  it('that ended before its receipt stays ended', () => {
    const { link, subscription } = listening()
    const [frame] = link().subscriptions()
    subscription.unsubscribe()
    link().receipt(frame!)
    expect(subscription.state.getSnapshot()).toEqual({ kind: 'ended' })
  })

  it('that is refused is not made again, until retry', async () => {
    const onRefused = vi.fn<NonNullable<SubscribeOptions['onRefused']>>()
    const { link, subscription, again, errors, activate } = listening({ onRefused })
    link().refuse(link().subscriptions()[0], 'permission-denied')
    expect(subscription.state.getSnapshot()).toMatchObject({
      kind: 'refused',
      error: { code: 'permission-denied' },
    })
    expect(onRefused).toHaveBeenCalledTimes(1)
    await again()
    expect(link().subscriptions()).toEqual([])
    subscription.retry()
    activate()
    expect(subscription.state.getSnapshot().kind).toBe('active')
    subscription.retry()
    expect(link().subscriptions()).toEqual([])
    expect(errors).toEqual([])
  })

  it('that is refused because a store is away is asked for again, after waits that grow', async () => {
    const onRefused = vi.fn<NonNullable<SubscribeOptions['onRefused']>>()
    const { link, subscription, clock, activate } = listening({ onRefused })
    for (const wait of [1_000, 2_000]) {
      link().refuse(link().subscriptions()[0], 'history-unavailable')
      expect(subscription.state.getSnapshot()).toEqual({ kind: 'waiting' })
      await clock.advance(wait - 1)
      expect(link().subscriptions()).toEqual([])
      await clock.advance(1)
    }
    activate()
    expect(subscription.state.getSnapshot().kind).toBe('active')
    expect(onRefused).not.toHaveBeenCalled()
  })

  it('that waits for a store can end, and is asked for at once in another session', async () => {
    const { client, link, subscription, again } = listening()
    const other = client.subscribe('/topic/b', () => {})
    for (const frame of link().subscriptions()) link().refuse(frame, 'history-unavailable')
    other.unsubscribe()
    expect(link().unsubscribed).toEqual([])
    await again()
    expect(link().subscriptions()).toMatchObject([{ destination: '/topic/a' }])
    expect(subscription.state.getSnapshot().kind).toBe('subscribing')
  })

  it('that is taken away says so', () => {
    const { client, link, subscription, activate } = listening()
    activate()
    const error = Object.assign(new Error('no'), { code: 'permission-revoked' })
    link().events.refused({ error: error as never, receiptId: undefined, subscriptionId: 'sub-0' })
    expect(subscription.state.getSnapshot()).toMatchObject({
      kind: 'refused',
      error: { code: 'permission-revoked' },
    })
    subscription.unsubscribe()
    expect(link().unsubscribed).toEqual([])
    client.subscribe('/topic/b', () => {})
    expect(link().subscriptions()[0]!.id).toBe('sub-0')
  })

  it('reports what a handler throws and what cannot be read, and goes on', () => {
    const { client, link, errors, bodies, activate } = listening()
    client.subscribe('/topic/b', () => {
      throw new Error('handler')
    })
    activate()
    link().message('sub-1', 1)
    link().message('sub-0', 2, { 'content-type': 'application/json' })
    expect(bodies).toEqual([2])
    expect(errors).toEqual([new Error('handler')])
  })

  it('acknowledges', () => {
    const { client, link } = listening()
    client.subscribe('/queue/a', ({ body, ack, nack }) => (body === 1 ? ack() : nack()), {
      ack: 'client-individual',
    })
    expect(link().subscriptions()[1]!.headers['ack']).toBe('client-individual')
    link().message('sub-1', 1)
    link().message('sub-1', 2)
    expect(link().acknowledged).toEqual(['ack 1', 'nack 2'])
  })

  it('is one of as many as there may be', () => {
    const { client } = playing({ subscriptions: 2 })
    const first = client.subscribe('/topic/a', () => {})
    client.subscribe('/topic/b', () => {})
    expect(() => client.subscribe('/topic/c', () => {})).toThrow('as many subscriptions')
    first.unsubscribe()
    client.subscribe('/topic/c', () => {})
  })
})

describe('at a destination with history, a subscription', () => {
  it.each([
    ['first', 'first'],
    ['last', 'last'],
    [{ last: 50 }, 'last=50'],
    [{ offset: 7 }, 'offset=7'],
    [{ time: new Date(1_700_000_000_250) }, 'timestamp=1700000000.250'],
  ] as const)('begins from %j', (from, header) => {
    expect(listening({ from }).activate()).toEqual({ 'x-stream-offset': header })
  })

  it('goes on after the last message that it had', async () => {
    const { link, bodies, activate, again, activations, subscription } = listening({ from: { last: 2 } })
    activate(history(7))
    link().retained('sub-0', 6)
    link().retained('sub-0', 7)
    link().retained('sub-0', 8)
    expect(subscription.position).toEqual({ offset: 8, epoch: 'e1' })
    await again()
    expect(activate(history(10))).toEqual({ 'x-stream-offset': 'offset=9', 'x-stream-epoch': 'e1' })
    link().retained('sub-0', 9)
    link().retained('sub-0', 10)
    expect(bodies).toEqual([6, 7, 8, 9, 10])
    expect(activations).toEqual([
      { first: true, recovered: true, missed: 0, replayUntil: 7, epoch: 'e1' },
      { first: false, recovered: true, missed: 0, replayUntil: 10, epoch: 'e1' },
    ])
  })

  it('tells when the replay ends', () => {
    const { link, activate, subscription } = listening({ from: 'first' })
    activate(history(2))
    const replaying = (): unknown => (subscription.state.getSnapshot() as { replaying?: boolean }).replaying
    expect(replaying()).toBe(true)
    link().retained('sub-0', 1)
    expect(replaying()).toBe(true)
    link().retained('sub-0', 2)
    expect(replaying()).toBe(false)
  })

  it('goes on where it began, when the session ended before the first message', async () => {
    const { activate, again, activations } = listening()
    activate(history(41))
    await again()
    expect(activate(history(43))).toEqual({ 'x-stream-offset': 'offset=42', 'x-stream-epoch': 'e1' })
    expect(activations[1]).toEqual({ first: false, recovered: true, missed: 0, replayUntil: 43, epoch: 'e1' })
  })

  it('hands nothing on that it had', async () => {
    const { link, bodies, activate, again } = listening()
    activate(history(0))
    link().retained('sub-0', 1)
    link().retained('sub-0', 1)
    await again()
    activate(history(2))
    link().retained('sub-0', 1)
    link().retained('sub-0', 2)
    link().message('sub-0', 'not retained')
    expect(bodies).toEqual([1, 2, 'not retained'])
  })

  it('tells how many are gone, with the first that is not', async () => {
    const { link, activate, again, activations, subscription } = listening()
    activate(history(0))
    link().retained('sub-0', 1)
    await again()
    activate(history(9, false))
    expect(activations[1]).toEqual({
      first: false,
      recovered: false,
      missed: undefined,
      replayUntil: 9,
      epoch: 'e1',
    })
    link().retained('sub-0', 5)
    expect(subscription.state.getSnapshot()).toMatchObject({ recovered: false, missed: 3 })
    link().retained('sub-0', 6)
    expect(subscription.state.getSnapshot()).toMatchObject({ recovered: false, missed: 3 })
  })

  it('takes everything of another epoch, and says that nobody knows what is missing', async () => {
    const { link, bodies, activate, again, subscription } = listening()
    activate(history(0))
    link().retained('sub-0', 1)
    link().retained('sub-0', 2)
    await again()
    activate(history(2, false, 'e2'))
    link().retained('sub-0', 1, 'e2')
    link().retained('sub-0', 2, 'e2')
    expect(bodies).toEqual([1, 2, 1, 2])
    expect(subscription.state.getSnapshot()).toMatchObject({
      recovered: false,
      missed: undefined,
      replaying: false,
    })
    expect(subscription.position).toEqual({ offset: 2, epoch: 'e2' })
  })

  it('takes everything of a history that has not come as far as it had', async () => {
    const { link, bodies, activate, again } = listening({ from: { after: { offset: 100, epoch: 'e1' } } })
    expect(activate(history(2, false))).toEqual({ 'x-stream-offset': 'offset=101', 'x-stream-epoch': 'e1' })
    link().retained('sub-0', 1)
    link().retained('sub-0', 2)
    expect(bodies).toEqual([1, 2])
    await again()
    expect(activate(history(2))).toEqual({ 'x-stream-offset': 'offset=3', 'x-stream-epoch': 'e1' })
  })

  it('keeps no place where a pattern covers many histories', async () => {
    const { link, bodies, activate, again, subscription } = listening({}, '/topic/rooms/*')
    expect(activate()).toEqual({})
    link().retained('sub-0', 5)
    link().retained('sub-0', 1)
    expect(bodies).toEqual([5, 1])
    expect(subscription.position).toBeUndefined()
    await again()
    expect(activate()).toEqual({})
  })
})

it('a subscription to what the application answers begins anew in each session', async () => {
  const { client, link, clock } = playing()
  const bodies: unknown[] = []
  client.subscribeTo('/rooms/{roomId}/members' as never, { params: { roomId: '7' } } as never, ({ body }) =>
    bodies.push(body),
  )
  expect(link().subscriptions()).toMatchObject([{ destination: '/app/rooms/7/members' }])
  link().retained('sub-0', 3)
  link().end()
  await clock.advance(1_000)
  link().open()
  const [frame] = link().subscriptions()
  expect(Object.keys(frame!.headers)).toEqual(['receipt'])
  link().retained('sub-0', 1)
  expect(bodies).toEqual([3, 1])
})
