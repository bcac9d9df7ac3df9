import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { heard, serve } from '../../test/kit.js'
import { destination } from '../contract.js'
import { createStompServer } from '../server.js'
import { messageMap } from './message-map.js'
import { allow } from './permissions.js'

const Event = z.object({ from: z.string(), text: z.string() })
const room = destination('/topic/rooms/{roomId}', Event)
const json = { 'content-type': 'application/json' }

/** What a subscriber of /topic/** gets when a client sends to a map. */
async function published(
  map: ReturnType<typeof messageMap>,
  sends: readonly (readonly [to: string, body: string])[],
): Promise<string[]> {
  const { connect } = serve({ messages: [map] })
  const client = await connect({ login: 'ann' })
  await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/**' })
  for (const [to, body] of sends) client.send('SEND', { destination: to, ...json }, body)
  return client.frames('destination', 'content-type', 'code')
}

describe('sendTo', () => {
  test('sends the result as JSON to the address made of params and body', async () => {
    const map = messageMap().message(
      '/rooms/{roomId}',
      {
        body: z.object({ text: z.string() }),
        sendTo: ({ roomId }, { text }) => room.to({ roomId: roomId + text }),
      },
      ({ body, user }) => ({ from: user.name, text: body.text }),
    )
    expect(await published(map, [['/app/rooms/7', '{"text":"hi"}']])).toEqual([
      'MESSAGE destination=/topic/rooms/7hi content-type=application/json | {"from":"ann","text":"hi"}',
    ])
  })

  test('sends what an async handler promises, and nothing for undefined', async () => {
    const map = messageMap().message(
      '/rooms/{roomId}',
      { sendTo: ({ roomId }) => room.to({ roomId }) },
      async ({ params }) => (params.roomId === 'no' ? undefined : { from: 'x', text: params.roomId }),
    )
    const sends = [
      ['/app/rooms/no', ''],
      ['/app/rooms/yes', ''],
    ] as const
    expect(
      await published(
        map,
        sends.map(([to]) => [to, 'null']),
      ),
    ).toEqual([
      'MESSAGE destination=/topic/rooms/yes content-type=application/json | {"from":"x","text":"yes"}',
    ])
  })

  test('without it a result goes nowhere', async () => {
    const map = messageMap().message('/a', {}, () => ({ text: 'x' }))
    expect(await published(map, [['/app/a', '1']])).toEqual([])
  })

  test('an address that cannot be made, of a param with what no segment holds, is a failure of the handler', async () => {
    const map = messageMap().message('/{roomId}', { sendTo: ({ roomId }) => room.to({ roomId }) }, () => ({
      from: '',
      text: '',
    }))
    expect(await published(map, [['/app/{x}', '1']])).toEqual([
      expect.stringContaining('ERROR content-type=text/plain;charset=utf-8 code=handler-failed'),
    ])
  })
})

describe('routing', () => {
  const map = () => {
    const called: string[] = []
    const route = messageMap()
      .message('/a/{x}', {}, ({ params }) => void called.push(`x=${params.x}`))
      .message('/a/b', {}, () => void called.push('literal'))
      .message('/a/*/c', {}, () => void called.push('star'))
      .message('/all/**', {}, ({ message }) => void called.push(message.destination))
      .message('/a/{x}/{y}', {}, ({ params }) => void called.push(`${params.x} and ${params.y}`))
    return { route, called }
  }

  test.each([
    ['/app/a/b', 'literal'],
    ['/app/a/q', 'x=q'],
    ['/app/a/b%20 c', 'x=b%20 c'],
    ['/app/a/q/c', 'star'],
    ['/app/a/q/d', 'q and d'],
    ['/app/all', '/app/all'],
    ['/app/all/x/y', '/app/all/x/y'],
  ])('%s: the literal mapping first, then the first that matches: %s', async (to, expected) => {
    const { route, called } = map()
    await published(route, [[to, '1']])
    expect(called).toEqual([expected])
  })

  test.each(['/app/a', '/app/a/', '/app/a/*', '/app/a/**', '/app/a/b/c/d', '/app//a/b', '/app/A/b'])(
    '%s is nobody’s',
    async (to) => {
      const { route, called } = map()
      expect(await published(route, [[to, '1']])).toEqual([
        expect.stringContaining(`code=destination-not-handled | Nothing handles ${to}.`),
      ])
      expect(called).toEqual([])
    },
  )

  test('several maps are one', async () => {
    const called: string[] = []
    const { connect } = serve({
      messages: ['a', 'b'].map((name) => messageMap().message(`/${name}`, {}, () => void called.push(name))),
    })
    const client = await connect()
    await client.ask('SEND', { destination: '/app/b' })
    await client.ask('SEND', { destination: '/app/a' })
    expect(called).toEqual(['b', 'a'])
  })

  test('a handler can send by itself, with headers, and read those of its message', async () => {
    const { connect } = serve({
      messages: [
        messageMap().message('/a', {}, ({ messaging, headers }) =>
          messaging.send('/topic/x', 'text', { headers: { color: headers.get('color') ?? 'none' } }),
        ),
      ],
    })
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/x' })
    client.send('SEND', { destination: '/app/a', color: 'red' })
    expect(await client.frames('color', 'content-type')).toEqual([
      'MESSAGE color=red content-type=text/plain;charset=utf-8 | text',
    ])
  })
})

describe('a map that is wrong is refused at the start', () => {
  const noop = (): void => {}

  test('two mappings of the same destinations, in one map or in two, whatever their variables are called', () => {
    const one = messageMap().message('/a/{x}', {}, noop)
    const other = messageMap().message('/a/{y}', {}, noop)
    expect(() => createStompServer({ messages: [one, other] })).toThrow(
      new TypeError('Two handlers are mapped to /a/{y}'),
    )
    const both = messageMap().message('/a', {}, noop).message('/a', {}, noop)
    expect(() => createStompServer({ messages: [both] })).toThrow(TypeError)
    expect(() => createStompServer({ messages: [one, one] })).toThrow(TypeError)
  })

  test('a handler where sessions renew their credentials: it would never be called', () => {
    const messages = [messageMap().message('/.renew', {}, noop)]
    expect(() => createStompServer({ messages })).toThrow(/\.renew/)
    expect(() => createStompServer({ messages: [messageMap().message('/{any}', {}, noop)] })).not.toThrow()
  })

  test('a handler whose pattern has the prefix already, and says how to write it', () => {
    const messages = [messageMap().message('/app/rooms/{id}', {}, noop)]
    expect(() => createStompServer({ messages })).toThrow(/map \/rooms\/\{id\}$/)
    expect(() => createStompServer({ messages, applicationPrefix: '/do' })).not.toThrow()
    const answers = [messageMap().subscribe('/app/now', { reply: z.null() }, () => null)]
    expect(() => createStompServer({ messages: answers })).toThrow(/map \/now$/)
  })

  test('a malformed pattern', () => {
    expect(() => messageMap().message('a', {}, noop)).toThrow(TypeError)
    expect(() => messageMap().message('/**/a', {}, noop)).toThrow(TypeError)
  })

  test.each(['app', '/app/', '/', '', '/a*', '/{x}', '//app'])('the prefix %j', (applicationPrefix) => {
    expect(() => createStompServer({ applicationPrefix })).toThrow(TypeError)
  })
})

describe('messaging outside of handlers', () => {
  test('done means accepted by the broker; a destination that it does not have throws', async () => {
    const { stomp } = serve()
    expect(stomp.messaging.send('/topic/nobody', 'x')).toBeUndefined()
    expect(() => stomp.messaging.send('/elsewhere', 'x')).toThrow(
      expect.objectContaining({ code: 'destination-invalid' }) as Error,
    )
  })

  test('bytes travel as they are, strings as text, the rest as JSON; to an address everything as JSON', async () => {
    const { connect, stomp } = serve()
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/**' })
    const text = destination('/topic/text', z.string())
    await stomp.messaging.send('/topic/a', Uint8Array.of(104, 105))
    await stomp.messaging.send('/topic/a', '한글')
    await stomp.messaging.send('/topic/a', [1, null])
    await stomp.messaging.send(text.to({}), 'hi')
    expect(await client.frames('content-type')).toEqual([
      'MESSAGE content-type=application/octet-stream | hi',
      'MESSAGE content-type=text/plain;charset=utf-8 | 한글',
      'MESSAGE content-type=application/json | [1,null]',
      'MESSAGE content-type=application/json | "hi"',
    ])
  })

  test.each([undefined, () => {}, Symbol('x')])('%s has no JSON form', (payload) => {
    const { stomp } = serve()
    expect(() => stomp.messaging.send('/topic/a', payload)).toThrow(TypeError)
  })

  test('headers of the application’s own cannot stand in for the server’s', async () => {
    const { connect, stomp } = serve()
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    const headers = {
      'content-length': '7',
      subscription: '9',
      destination: '/topic/b',
      'content-type': 'a/b',
    }
    await stomp.messaging.send('/topic/a', '', { headers })
    await stomp.messaging.send('/topic/a', 'next', { headers })
    expect(await client.frames('subscription', 'destination', 'content-type')).toEqual([
      'MESSAGE subscription=0 destination=/topic/a content-type=a/b',
      'MESSAGE subscription=0 destination=/topic/a content-type=a/b | next',
    ])
  })

  test('a refused message is no failure of the server’s', async () => {
    const { connect, stomp } = serve({
      messages: [messageMap().message('/a', {}, ({ messaging }) => messaging.send('/nowhere', 'x'))],
    })
    const failed = heard(stomp, 'failed')
    const client = await connect()
    client.send('SEND', { destination: '/app/a' })
    expect(await client.frames('code')).toEqual([expect.stringContaining('destination-invalid')])
    expect(failed).toEqual([])
  })
})

describe('reserved destinations', () => {
  const USER_TOPIC = '/user-topic/name/bob/queue/errors'

  test.each(['SUBSCRIBE', 'SEND'] as const)(
    '%s to what stands behind user destinations is refused',
    async (command) => {
      const { connect } = serve({ permissions: { send: [allow('/**')], subscribe: [allow('/**')] } })
      const client = await connect()
      client.send(command, { id: '0', destination: USER_TOPIC }, command === 'SEND' ? 'x' : '')
      expect(await client.frames('code')).toEqual([expect.stringContaining('ERROR code=destination-invalid')])
    },
  )
})
