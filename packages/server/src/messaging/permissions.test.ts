import { describe, expect, expectTypeOf, test } from 'vitest'
import { serve } from '../../test/kit.js'
import { StompError } from '../errors.js'
import type { StompUser } from '../stomp-session.js'
import { allow, rule } from './permissions.js'
import type { Permissions } from './permissions.js'

type Answer = 'RECEIPT' | `ERROR ${string}`

/** What a client named ann is answered, one session for each destination. */
async function answers(
  permissions: Permissions<StompUser>,
  command: 'SUBSCRIBE' | 'SEND',
  destinations: readonly string[],
): Promise<Record<string, Answer>> {
  const { connect } = serve({ permissions })
  const found: Record<string, Answer> = {}
  for (const destination of destinations) {
    const client = await connect({ login: 'ann' })
    const answer = await client.ask(command, { id: '0', destination })
    found[destination] =
      answer.command === 'RECEIPT' ? 'RECEIPT' : `ERROR ${answer.headers.get('code') ?? 'without a code'}`
  }
  return found
}

const denied = 'ERROR permission-denied'

describe('permissions', () => {
  test('left out: everyone may subscribe to topics and what is their own, and send to nothing', async () => {
    // Left out by name: the kit would put its own in.
    const open = { subscribe: undefined } as unknown as Permissions<StompUser>
    expect(
      await answers(open, 'SUBSCRIBE', [
        '/topic/a',
        '/topic/**',
        '/temp-queue/a',
        '/queue/a',
        '/queue/a/b',
        '/**',
      ]),
    ).toEqual({
      '/topic/a': 'RECEIPT',
      '/topic/**': 'RECEIPT',
      '/temp-queue/a': 'RECEIPT',
      '/queue/a': denied,
      '/queue/a/b': denied,
      '/**': 'ERROR destination-invalid',
    })
    expect(await answers({}, 'SEND', ['/topic/a', '/queue/a', '/temp-queue/a'])).toEqual({
      '/topic/a': denied,
      '/queue/a': denied,
      '/temp-queue/a': denied,
    })
  })

  test('what is the session’s own is allowed where no rule decides on it', async () => {
    expect(await answers({ subscribe: [] }, 'SUBSCRIBE', ['/temp-queue/a'])).toEqual({
      '/temp-queue/a': 'RECEIPT',
    })
    const subscribe = [rule('/temp-queue/**', () => false)]
    expect(await answers({ subscribe }, 'SUBSCRIBE', ['/temp-queue/a'])).toEqual({ '/temp-queue/a': denied })
  })

  test('of no rules allow nothing', async () => {
    expect(await answers({ subscribe: [] }, 'SUBSCRIBE', ['/topic/a', '/topic/**'])).toEqual({
      '/topic/a': denied,
      '/topic/**': denied,
    })
  })

  test('the first rule whose pattern matches decides, whatever those behind it say', async () => {
    const send = [
      rule('/topic/a', () => false),
      rule('/topic/{x}', ({ params }) => params.x !== 'b'),
      allow('/topic/**'),
    ]
    expect(await answers({ send }, 'SEND', ['/topic/a', '/topic/b', '/topic/c', '/topic/b/c'])).toEqual({
      '/topic/a': denied,
      '/topic/b': denied,
      '/topic/c': 'RECEIPT',
      '/topic/b/c': 'RECEIPT',
    })
  })

  test('a rule gets params, destination, user and session', async () => {
    const seen: unknown[] = []
    const subscribe = [
      rule('/topic/{room}/{part}', (context) => {
        seen.push({ ...context, session: context.session.user.name })
        return true
      }),
    ]
    await answers({ subscribe }, 'SUBSCRIBE', ['/topic/7/members'])
    expect(seen).toEqual([
      {
        params: { room: '7', part: 'members' },
        destination: '/topic/7/members',
        user: { name: 'ann' },
        session: 'ann',
      },
    ])
  })

  test('a rule may take its time, and may give a reason of its own', async () => {
    const subscribe = [
      rule('/topic/yes', () => Promise.resolve(true)),
      rule('/topic/no', () => Promise.resolve(false)),
      rule('/topic/full', () => Promise.reject(new StompError('room-full'))),
    ]
    expect(await answers({ subscribe }, 'SUBSCRIBE', ['/topic/yes', '/topic/no', '/topic/full'])).toEqual({
      '/topic/yes': 'RECEIPT',
      '/topic/no': denied,
      '/topic/full': 'ERROR room-full',
    })
  })

  test('a rule that throws allows nothing', async () => {
    const subscribe = [
      rule('/topic/a', () => {
        throw new Error('broken')
      }),
      allow('/topic/**'),
    ]
    expect(await answers({ subscribe }, 'SUBSCRIBE', ['/topic/a'])).toEqual({
      '/topic/a': 'ERROR handler-failed',
    })
  })

  test('the session may end while a rule takes its time: nothing is subscribed', async () => {
    let decide!: (allowed: boolean) => void
    const subscribe = [rule('/topic/a', () => new Promise<boolean>((resolve) => (decide = resolve)))]
    const { connect, stomp } = serve({ permissions: { subscribe } })
    const client = await connect()
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    stomp.sessions.all()[0]!.disconnect()
    decide(true)
    await client.frames()
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })
})

describe('a subscription with wildcards', () => {
  test('is covered by wildcards only, never by variables', async () => {
    const subscribe = [
      rule('/topic/rooms/{room}', () => true),
      allow('/topic/news/*'),
      allow('/topic/log/**'),
    ]
    const wild = ['/topic/rooms/*', '/topic/rooms/**', '/topic/news/**', '/topic/**', '/topic/*/x']
    expect(await answers({ subscribe }, 'SUBSCRIBE', wild)).toEqual(
      Object.fromEntries(wild.map((destination) => [destination, denied])),
    )
    const covered = ['/topic/news/*', '/topic/log/*', '/topic/log/**', '/topic/log/*/x/**']
    expect(await answers({ subscribe }, 'SUBSCRIBE', covered)).toEqual(
      Object.fromEntries(covered.map((destination) => [destination, 'RECEIPT'])),
    )
  })

  test('does not get around a rule by asking for more than it decides on', async () => {
    const subscribe = [
      rule('/topic/rooms/{room}', ({ params }) => params.room === 'open'),
      rule('/topic/secret', () => false),
      allow('/topic/**'),
    ]
    const destinations = ['/topic/rooms/*', '/topic/**', '/topic/*', '/topic/rooms/**', '/topic/*/closed']
    expect(await answers({ subscribe }, 'SUBSCRIBE', destinations)).toEqual(
      Object.fromEntries(destinations.map((destination) => [destination, denied])),
    )
    expect(await answers({ subscribe }, 'SUBSCRIBE', ['/topic/news/*', '/topic/rooms/x/**/'])).toMatchObject({
      '/topic/news/*': 'RECEIPT',
    })
  })

  test('may cover more than a part that everyone is allowed', async () => {
    const subscribe = [allow('/topic/news/*'), allow('/topic/**')]
    expect(await answers({ subscribe }, 'SUBSCRIBE', ['/topic/**'])).toEqual({ '/topic/**': 'RECEIPT' })
  })
})

describe('the types of a rule', () => {
  test('params by the pattern, the user of the application', () => {
    interface ChatUser {
      readonly name: string
      readonly admin: boolean
    }
    const permissions: Permissions<ChatUser> = {
      send: [
        rule('/topic/{room}', ({ params, user }) => {
          expectTypeOf(params).toEqualTypeOf<{ readonly room: string }>()
          expectTypeOf(user).toEqualTypeOf<ChatUser>()
          return user.admin
        }),
        // @ts-expect-error no such variable
        rule('/topic/{rooms}', ({ params }) => params.room === ''),
        // @ts-expect-error a decision is true or false
        rule('/topic/x', () => 'yes'),
        allow('/topic/**'),
      ],
    }
    expect(permissions.send).toHaveLength(4)
  })

  test('a malformed pattern is refused where the rule is made', () => {
    expect(() => allow('topic/**')).toThrow(TypeError)
    expect(() => rule('/topic/**/a', () => true)).toThrow(TypeError)
  })
})
