import { describe, expect, test } from 'vitest'
import { serve } from '../../test/kit.js'
import type { TestServer } from '../../test/kit.js'
import { messageMap } from '../messaging/message-map.js'
import type { RateOptions } from '../rates.js'
import type { StompUser } from '../stomp-session.js'
import type { MemoryClient } from '../testing/memory-client.js'

interface Counting extends TestServer<StompUser> {
  /** Who has been heard, a letter for each message. */
  readonly heard: () => string
}

function limited(rates: RateOptions): Counting {
  let heard = ''
  const messages = messageMap().message(
    '/say',
    {},
    ({ user }) => void (heard += user.name.slice(0, 1) || '-'),
  )
  return { ...serve({ rates, messages: [messages] }), heard: () => heard }
}

const say = (client: MemoryClient, times: number, body = ''): void => {
  for (let i = 0; i < times; i++) {
    client.send('SEND', { destination: '/app/say', 'content-type': 'text/plain' }, body)
  }
}

describe('past a rate', () => {
  test('frames wait, in order, and nothing is lost', async () => {
    const { connect, clock, heard, stomp } = limited({ session: { frames: { perSecond: 10, burst: 3 } } })
    const client = await connect({ login: 'ann' })
    say(client, 5)
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' })
    await clock.advance(0)
    expect(heard()).toBe('aaa')
    await clock.advance(99)
    expect(heard()).toBe('aaa')
    await clock.advance(1)
    expect(heard()).toBe('aaaa')
    await clock.advance(100)
    expect(heard()).toBe('aaaaa')
    expect(await client.frames()).toEqual([])
    await clock.advance(100)
    expect(await client.frames()).toEqual(['RECEIPT'])
    expect(stomp.metrics.ratePauses).toBe(3)
  })

  test('reading pauses too when more comes than the inbox holds', async () => {
    const rates = { session: { frames: { perSecond: 1 } } }
    const { connect, clock } = serve({
      rates,
      limits: { inboxBytes: 100 },
      messages: [messageMap().message('/say', {}, () => {})],
    })
    const client = await connect()
    say(client, 10)
    expect(client.paused).toBe(true)
    await clock.advance(10_000)
    expect(client.paused).toBe(false)
  })

  test('with error they are refused: the session ends, or goes on where it asked to keep it', async () => {
    const { connect, clock, heard, stomp } = limited({
      session: { frames: { perSecond: 10, burst: 2 } },
      answer: 'error',
    })
    const client = await connect({ login: 'ann' })
    say(client, 4)
    expect(await client.frames('code')).toEqual([
      'ERROR code=rate-exceeded | This client sends or connects faster than it may.',
    ])
    expect(client.gone).toBe(true)
    const keeping = await connect({ login: 'bob', 'x-error-mode': 'keep' })
    say(keeping, 4)
    expect(await keeping.frames('code')).toHaveLength(2)
    await clock.advance(100)
    say(keeping, 1)
    expect(heard()).toBe('aabbb')
    expect(stomp.metrics.refusals.get('rate-exceeded')).toBe(3)
  })

  test('acks, nacks and the goodbye are free', async () => {
    const { connect, stomp } = limited({ session: { frames: { perSecond: 1, burst: 1 } }, answer: 'error' })
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/queue/a', ack: 'client-individual' })
    for (let i = 0; i < 5; i++) {
      await stomp.messaging.send('/queue/a', 'x')
      const message = await client.arrival()
      expect((await client.ask('ACK', { id: message.headers.get('ack')! })).command).toBe('RECEIPT')
    }
    expect((await client.ask('DISCONNECT')).command).toBe('RECEIPT')
  })

  test('a session that ends while a frame of its waits is over, and nothing runs on', async () => {
    const { connect, clock, heard, stomp } = limited({ session: { frames: { perSecond: 0.001, burst: 1 } } })
    const client = await connect({ login: 'ann' })
    say(client, 3)
    stomp.sessions.all()[0]!.disconnect()
    await client.frames()
    expect(heard()).toBe('a')
    expect(clock.pending).toBe(0)
  })
})

describe('bytes', () => {
  test('of bodies and headers of SENDs count', async () => {
    const { connect, clock, heard } = limited({ session: { bytes: { perSecond: 1_000 } } })
    const client = await connect({ login: 'ann' })
    // destination/app/say content-type text/plain content-length 958: 62 bytes
    const headers = 'destination/app/saycontent-typetext/plaincontent-length900'.length
    say(client, 2, 'x'.repeat(1_000 - headers))
    expect(heard()).toBe('a')
    await clock.advance(999)
    expect(heard()).toBe('a')
    await clock.advance(1)
    expect(heard()).toBe('aa')
  })
})

describe('rates of several sessions together', () => {
  test('of a user: its sessions share one, others have theirs, who has no name none', async () => {
    const { connect, heard } = limited({ user: { frames: { perSecond: 1, burst: 2 } } })
    const [one, other, bob, nobody] = [
      await connect({ login: 'ann' }),
      await connect({ login: 'ann' }),
      await connect({ login: 'bob' }),
      await connect(),
    ]
    say(one, 1)
    say(other, 2)
    say(bob, 1)
    say(nobody, 3)
    expect(heard()).toBe('aab---')
  })

  test('of an address, whoever connects from it', async () => {
    const { open, heard } = limited({ address: { frames: { perSecond: 1, burst: 2 } } })
    const clients = ['192.0.2.1', '192.0.2.1', '192.0.2.2'].map((remoteAddress) => open({ remoteAddress }))
    for (const client of clients) {
      client.send('CONNECT', { login: 'x' })
      await client.next()
      say(client, 2)
    }
    expect(heard()).toBe('xxxx')
  })

  test('new connections of an address: past the rate an ERROR, and not before', async () => {
    const { open, clock, stomp } = limited({ address: { connections: { perSecond: 1, burst: 2 } } })
    const clients = [open(), open(), open(), open({ remoteAddress: '2001:db8::1' })]
    const answers = await Promise.all(clients.map((client) => client.frames('code')))
    expect(answers).toEqual([[], [], ['ERROR code=rate-exceeded | This address connects too often.'], []])
    await clock.advance(1_000)
    expect(await open().frames()).toEqual([])
    expect(stomp.metrics.refusals.get('rate-exceeded')).toBe(1)
  })
})

describe('options', () => {
  test.each<[string, unknown]>([
    ['session.frames', { session: { frames: { perSecond: 0 } } }],
    ['user.bytes', { user: { bytes: { perSecond: 1, burst: -1 } } }],
    ['address.connections', { address: { connections: { perSecond: Number.NaN } } }],
    ['answer', { answer: 'shout' }],
  ])('rates.%s that make no sense are refused', (name, rates) => {
    expect(() => serve({ rates: rates as RateOptions })).toThrow(`rates.${name}`)
  })
})
