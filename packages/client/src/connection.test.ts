import { describe, expect, it } from 'vitest'
import { backoffMs } from './backoff.js'
import { ClientError } from './errors.js'
import { kinds, outcome, play, playing } from './testing/kit.js'

const refusal = (code: string): ClientError => new ClientError(code, { by: 'server' })

it('waits anything up to a bound that doubles and ends', () => {
  const backoff = { baseMs: 1_000, capMs: 30_000 }
  expect([0, 1, 2, 3].map((failures) => backoffMs(backoff, failures, () => 1))).toEqual([
    1_000, 2_000, 4_000, 8_000,
  ])
  expect(backoffMs(backoff, 5_000, () => 1)).toBe(30_000)
  expect(backoffMs(backoff, 3, () => 0)).toBe(0)
  expect(backoffMs(backoff, 3, () => 0.5)).toBe(4_000)
})

describe('a connection', () => {
  it('is closed until connect, whose promise is kept with the first session', async () => {
    const { client, link, links } = play()
    expect(client.connection.getSnapshot()).toEqual({ kind: 'closed', reason: 'not-started' })
    const connected = outcome(client.connect())
    void client.connect()
    expect(links).toHaveLength(1)
    expect(client.connection.getSnapshot()).toEqual({ kind: 'connecting' })
    link().open()
    expect(client.connection.getSnapshot()).toEqual({ kind: 'connected', via: 'primary' })
    expect(await connected).toBe('done')
  })

  it('gives one snapshot until something changes, and tells listeners until they stop', () => {
    const { client, link } = play()
    const { getSnapshot, subscribe } = client.connection
    expect(getSnapshot()).toBe(getSnapshot())
    const seen: string[] = []
    const stop = subscribe(() => seen.push(getSnapshot().kind))
    void client.connect()
    stop()
    link().open()
    expect(seen).toEqual(['connecting'])
  })

  it('comes back after a wait that grows, and tells when', async () => {
    const { client, links, clock } = playing()
    for (const wait of [1_000, 2_000, 4_000]) {
      const before = links.length
      links.at(-1)!.end({ reason: 'cut' })
      expect(client.connection.getSnapshot()).toEqual({
        kind: 'waiting',
        retryAt: clock.date() + wait,
        offline: false,
        end: { code: 1006, reason: 'cut', error: undefined },
      })
      await clock.advance(wait - 1)
      expect(links).toHaveLength(before)
      await clock.advance(1)
      expect(links).toHaveLength(before + 1)
    }
  })

  it('begins to wait from the shortest again after a session that held', async () => {
    const { client, link, clock } = playing()
    link().end()
    await clock.advance(1_000)
    link().open()
    await clock.advance(15_001)
    link().end()
    expect(client.connection.getSnapshot()).toMatchObject({ retryAt: clock.date() + 1_000 })
  })

  it('ends a session with a goodbye and begins another at once for reconnect', () => {
    const { client, links } = playing()
    const states = kinds(client.connection)
    client.reconnect()
    expect(links[0]!.closedWith).toEqual({ now: false })
    links[1]!.open()
    expect(states).toEqual(['connected', 'connecting', 'connected'])
  })

  it('reports what a listener throws, and tells the others', () => {
    const { client, errors } = play()
    client.connection.subscribe(() => {
      throw new Error('listener')
    })
    const states = kinds(client.connection)
    void client.connect()
    expect(states).toEqual(['closed', 'connecting'])
    expect(errors).toEqual([new Error('listener')])
  })

  it('can be closed by whoever hears of a loss', async () => {
    const { client, links, link, clock } = playing()
    client.connection.subscribe(() => {
      if (client.connection.getSnapshot().kind === 'waiting') void client.close()
    })
    link().end()
    await clock.advance(60_000)
    expect(links).toHaveLength(1)
    expect(client.connection.getSnapshot()).toEqual({ kind: 'closed', reason: 'closed' })
  })
})

describe('the server’s advice', () => {
  it.each([1002, 1003, 1007, 1008, 1010])('stays away after close code %i', async (code) => {
    const { client, link, links, clock } = playing()
    link().end({ code, reason: 'go' })
    expect(client.connection.getSnapshot()).toEqual({
      kind: 'closed',
      reason: 'refused',
      end: { code, reason: 'go', error: undefined },
    })
    await clock.advance(60_000)
    expect(links).toHaveLength(1)
  })

  it.each([1000, 1001, 1005, 1006, 1011, 1012, 1013, 4000])(
    'comes back after close code %i',
    async (code) => {
      const { link, links, clock } = playing()
      link().end({ code })
      await clock.advance(1_000)
      expect(links).toHaveLength(2)
    },
  )

  it('rejects what waits when the credentials are not accepted', async () => {
    const { client, link } = play()
    const connected = client.connect()
    const sent = outcome(client.send({ destination: '/queue/a' }, {}))
    link().end({ code: 1002, error: refusal('authentication-failed') })
    await expect(connected).rejects.toMatchObject({
      code: 'closed',
      cause: { code: 'authentication-failed' },
    })
    expect(await sent).toBe('closed')
  })

  it('comes back after an ERROR that passes, and after one about a frame that is not sent again', async () => {
    const { client, link, links, clock } = playing()
    link().end({ code: 1002, error: refusal('too-many-connections') })
    await clock.advance(1_000)
    link().open()
    const refused = outcome(client.send({ destination: '/queue/a' }, {}))
    const [frame] = link().sends()
    link().refuse(frame, 'frame-too-large')
    link().end({ code: 1002, error: refusal('frame-too-large') })
    expect(await refused).toBe('frame-too-large')
    await clock.advance(2_000)
    expect(links).toHaveLength(3)
  })

  it('stays away after an ERROR about nothing that it did', async () => {
    const { client, link, errors, clock } = playing()
    const error = link().refuse(undefined, 'header-malformed')
    link().end({ code: 1002, error })
    expect(client.connection.getSnapshot()).toMatchObject({ kind: 'closed', end: { error } })
    await clock.advance(60_000)
    expect(errors).toEqual([])
  })

  it('comes back when what it was let in with has expired, but not in place of CONNECTED', async () => {
    const { client, link, clock } = playing()
    link().end({ code: 1008, error: refusal('token-expired') })
    await clock.advance(1_000)
    expect(client.connection.getSnapshot().kind).toBe('connecting')
    link().end({ code: 1002, error: refusal('token-expired') })
    expect(client.connection.getSnapshot().kind).toBe('closed')
  })

  it('can be overruled', async () => {
    const { link, links, clock } = playing({
      mayReconnect: ({ code }, byDefault) => code === 1008 || byDefault,
    })
    link().end({ code: 1008 })
    await clock.advance(1_000)
    expect(links).toHaveLength(2)
  })
})

describe('an ERROR about nothing that this client did', () => {
  it('is reported when its session goes on, or ends for another reason', async () => {
    const { link, errors, clock } = playing()
    const first = link().refuse(undefined, 'ack-unknown')
    await clock.advance(1_999)
    expect(errors).toEqual([])
    await clock.advance(1)
    expect(errors).toEqual([first])
    const second = link().refuse(undefined, 'ack-unknown')
    const third = link().refuse(undefined, 'ack-unknown')
    expect(errors).toEqual([first, second])
    link().end()
    expect(errors).toEqual([first, second, third])
  })
})

describe('credentials', () => {
  it('are asked for before each attempt, and a frame that is refused is not to end the session', async () => {
    let token = 'a'
    const { connectHeaders } = play({ connectHeaders: async () => ({ login: 'ann' }), token: () => token })
    const headers = { 'x-error-mode': 'keep', login: 'ann' }
    expect(await connectHeaders()).toEqual({ ...headers, Authorization: 'Bearer a' })
    token = 'b'
    expect(await connectHeaders()).toEqual({ ...headers, Authorization: 'Bearer b' })
  })

  it('are had once more after a refusal, by a token that is told of it, and no third time', async () => {
    const asked: boolean[] = []
    const { client, link, links, clock, connectHeaders } = play({
      token({ refused }) {
        asked.push(refused)
        return 'token'
      },
    })
    void client.connect()
    await connectHeaders()
    link().end({ code: 1002, error: refusal('authentication-failed') })
    await clock.advance(1_000)
    await connectHeaders()
    expect(asked).toEqual([false, true])
    link().end({ code: 1002, error: refusal('authentication-failed') })
    expect(client.connection.getSnapshot().kind).toBe('closed')
    expect(links).toHaveLength(2)
  })

  it('are had once more after each session', async () => {
    const { link, links, clock } = playing({ token: () => 'token' })
    for (let i = 0; i < 3; i++) {
      link().end()
      await clock.advance(30_000)
      link().end({ code: 1002, error: refusal('authentication-failed') })
      await clock.advance(30_000)
      link().open()
    }
    expect(links).toHaveLength(7)
  })
})

describe('waking', () => {
  it('ends a wait', () => {
    const { link, links, network } = playing()
    link().end()
    network.wake()
    expect(links).toHaveLength(2)
    network.wake()
    expect(links).toHaveLength(2)
  })

  it('gives up a session that has fallen silent, and no other', async () => {
    const { link, links, network, clock } = playing()
    link().heardAt = clock.now()
    await clock.advance(25_000)
    network.wake()
    expect(links).toHaveLength(1)
    await clock.advance(1)
    network.wake()
    expect(links).toHaveLength(2)
    expect(links[0]!.closedWith).toEqual({ now: true })
  })

  it('opens nothing that was closed', async () => {
    const { client, links, network } = playing()
    const { wake } = network
    await client.close()
    wake()
    client.wake()
    expect(links).toHaveLength(1)
  })

  it('a lost network ends the session at once, and attempts go on', async () => {
    const { client, links, network, clock } = playing()
    network.up = false
    network.lost()
    expect(client.connection.getSnapshot()).toMatchObject({ kind: 'waiting', offline: true })
    await clock.advance(1_000)
    expect(links).toHaveLength(2)
  })
})
