import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { heard, serve } from '../../test/kit.js'
import { userDestination } from '../contract.js'
import { createStompServer } from '../server.js'
import { messageMap } from './message-map.js'
import { allow, rule } from './permissions.js'
import { nameTopic, topicOfUser } from './user-destinations.js'

const errors = userDestination('/queue/errors', z.object({ code: z.string() }))

async function subscribed(options: Parameters<typeof serve>[0] = {}) {
  const server = serve(options)
  const client = async (login?: string) => {
    const one = await server.connect(login === undefined ? {} : { login })
    expect(await one.ask('SUBSCRIBE', { id: '0', destination: '/user/queue/errors' })).toMatchObject({
      command: 'RECEIPT',
    })
    return one
  }
  return { ...server, client }
}

describe('a user destination', () => {
  test('brings what is sent to a user to all sessions of the user and to nobody else, under its own name', async () => {
    const { client, stomp } = await subscribed()
    const [ann, annToo, bob] = [await client('ann'), await client('ann'), await client('bob')]
    await stomp.messaging.sendToUser('ann', errors.to({}), { code: 'no' })
    const expected = [
      'MESSAGE destination=/user/queue/errors subscription=0 content-type=application/json | {"code":"no"}',
    ]
    expect(await ann.frames('destination', 'subscription', 'content-type')).toEqual(expected)
    expect(await annToo.frames('destination', 'subscription', 'content-type')).toEqual(expected)
    expect(await bob.frames()).toEqual([])
  })

  test('brings what is sent to one session to that session alone', async () => {
    const { client, stomp } = await subscribed()
    const [ann, annToo] = [await client('ann'), await client('ann')]
    const [first] = stomp.sessions.all()
    await stomp.messaging.sendToUser('ann', '/queue/errors', 'x', {
      sessionId: first!.id,
      headers: { color: 'red' },
    })
    expect(await ann.frames('destination', 'color')).toEqual([
      'MESSAGE destination=/user/queue/errors color=red | x',
    ])
    expect(await annToo.frames()).toEqual([])
  })

  test('a session without a name gets only what is sent to it', async () => {
    const { client, stomp } = await subscribed()
    const guest = await client()
    const sessionId = stomp.sessions.all()[0]!.id
    await stomp.messaging.sendToUser('', '/queue/errors', 'x', { sessionId })
    expect(await guest.frames()).toEqual(['MESSAGE | x'])
    expect(() => stomp.messaging.sendToUser('', '/queue/errors', 'x')).toThrow(TypeError)
  })

  test.each([
    'a/b',
    '*',
    '**',
    '%2F',
    'a%2Fb',
    '../bob',
    'ann@example.com',
    '한글 이름',
    'a\nb:c',
    '{x}',
    '>',
    'a.b,c?d',
    '💬',
    'name/bob/queue/errors',
  ])('reaches users of any name, and only these: %j', async (name) => {
    const { client, stomp } = await subscribed({
      authenticate: ({ login = '' }) => ({ name: decodeURIComponent(login) }),
    })
    const [one, bob] = [await client(encodeURIComponent(name)), await client('bob')]
    await stomp.messaging.sendToUser(name, '/queue/errors', 'x')
    await stomp.messaging.sendToUser('bob', '/queue/errors', 'for bob')
    expect(await one.frames('destination')).toEqual(['MESSAGE destination=/user/queue/errors | x'])
    expect(await bob.frames()).toEqual(['MESSAGE | for bob'])
  })

  test('two names are never the same topic, which is one segment that means nothing to any broker', () => {
    const names = [
      'a',
      'A',
      '*',
      '%2A',
      '%',
      '%25',
      '/',
      '%2F',
      'a/b',
      '\ud800',
      '\udc00',
      '\ufffd',
      'ud800',
      '.',
      '',
    ]
    const topics = names.map((name) => nameTopic(name, ''))
    expect(new Set(topics).size).toBe(names.length)
    for (const topic of topics) expect(topic).toMatch(/^\/user-topic\/name\/[A-Za-z0-9_%-]*$/)
  })

  test('ends with its UNSUBSCRIBE, all of it', async () => {
    const { client, stomp } = await subscribed()
    const ann = await client('ann')
    const sessionId = stomp.sessions.all()[0]!.id
    expect(stomp.metrics.openSubscriptions).toBe(1)
    await ann.ask('UNSUBSCRIBE', { id: '0' })
    expect(stomp.metrics.openSubscriptions).toBe(0)
    await stomp.messaging.sendToUser('ann', '/queue/errors', 'x')
    await stomp.messaging.sendToUser('ann', '/queue/errors', 'x', { sessionId })
    expect(await ann.frames()).toEqual([])
  })

  test('is one subscription to events, by the name that the client gave it', async () => {
    const { client, stomp } = await subscribed()
    const events = heard(stomp, 'subscribed')
    await client('ann')
    expect(events.map(({ destination, subscriptionId }) => [subscriptionId, destination])).toEqual([
      ['0', '/user/queue/errors'],
    ])
  })

  test('takes acknowledgements of both of its topics, cumulatively', async () => {
    const { connect, stomp } = serve()
    const ann = await connect({ login: 'ann' })
    await ann.ask('SUBSCRIBE', {
      id: '0',
      destination: '/user/queue/x',
      ack: 'client',
      'prefetch-count': '2',
    })
    const sessionId = stomp.sessions.all()[0]!.id
    for (let i = 0; i < 3; i++) {
      await stomp.messaging.sendToUser('ann', '/queue/x', 'x')
      await stomp.messaging.sendToUser('ann', '/queue/x', 'y', { sessionId })
      await ann.next()
      const ack = (await ann.next())!.headers.get('ack')!
      expect((await ann.ask('ACK', { id: ack })).command).toBe('RECEIPT')
    }
  })

  test('a handler sends to the user whose message it handles', async () => {
    const { client } = await subscribed({
      messages: [
        messageMap().message('/fail', {}, ({ user, session, messaging }) =>
          messaging.sendToUser(user.name, errors.to({}), { code: 'x' }, { sessionId: session.id }),
        ),
      ],
    })
    const ann = await client('ann')
    ann.send('SEND', { destination: '/app/fail' })
    expect(await ann.frames()).toEqual(['MESSAGE | {"code":"x"}'])
  })

  test.each([
    '',
    'queue/errors',
    '/user/queue/errors',
    '/user',
    '/',
    '//',
    '/queue/',
    '/queue/*',
    '/**',
    '/*/x',
  ])('the application cannot send to %j of a user', (to) => {
    const { messaging } = createStompServer()
    expect(() => messaging.sendToUser('ann', to, 'x')).toThrow(TypeError)
  })

  test('is not to be sent to as to everyone', () => {
    const { messaging } = createStompServer()
    expect(() => messaging.send('/user/ann/queue/errors', 'x')).toThrow('sent by sendToUser')
  })

  test.each(['/user', '/user/queue', 'queue', ''])('cannot be named %j', (pattern) => {
    expect(() => userDestination(pattern, z.string())).toThrow(TypeError)
  })

  test.each(['/user', '/user/app', '/user-topic', '/node-topic'])(
    '%s cannot be the prefix of the application',
    (applicationPrefix) => {
      expect(() => createStompServer({ applicationPrefix })).toThrow(TypeError)
    },
  )
})

describe('a client’s SEND to /user/{name}/...', () => {
  const permissions = {
    send: [rule('/user/{name}/queue/direct', ({ params: { name } }) => name !== 'root'), allow('/topic/**')],
  }
  const to = async (destination: string, headers: Record<string, string> = {}) => {
    const server = serve({ permissions })
    const readers = []
    for (const login of ['bob', 'root', 'a/b', '%', '*']) {
      const one = await server.connect({ login })
      await one.ask('SUBSCRIBE', { id: login, destination: '/user/queue/direct' })
      await one.ask('SUBSCRIBE', { id: 'secret', destination: '/user/queue/secret' })
      readers.push(one)
    }
    const ann = await server.connect({ login: 'ann', 'x-error-mode': 'keep' })
    if (headers['transaction'] !== undefined) ann.send('BEGIN', headers)
    ann.send('SEND', { destination, ...headers }, 'hi')
    if (headers['transaction'] !== undefined) ann.send('COMMIT', headers)
    const answers = await ann.frames('code')
    const got: string[] = []
    for (const one of readers) got.push(...(await one.frames('subscription', 'destination')))
    return [...answers.map((line) => line.split(' | ')[0]), ...got]
  }

  test.each([
    ['/user/bob/queue/direct', 'bob'],
    ['/user/a%2Fb/queue/direct', 'a/b'],
    ['/user/%25/queue/direct', '%'],
    ['/user/%2A/queue/direct', '*'],
  ])('%s reaches that user where a rule allows it', async (destination, name) => {
    const message = `MESSAGE subscription=${name} destination=/user/queue/direct | hi`
    expect(await to(destination)).toEqual([message])
    expect(await to(destination, { transaction: 't' })).toEqual([message])
  })

  test.each([
    ['/user/root/queue/direct', 'permission-denied'],
    ['/user/bob/queue/secret', 'permission-denied'],
    ['/user/r%6Fot/queue/direct', 'destination-invalid'],
    ['/user/%72oot/queue/direct', 'destination-invalid'],
    ['/user/a%2fb/queue/direct', 'destination-invalid'],
    ['/user/bob%/queue/direct', 'destination-invalid'],
    ['/user/*/queue/direct', 'destination-invalid'],
    ['/user/**', 'destination-invalid'],
    ['/user/bob', 'destination-invalid'],
    ['/user/bob/', 'destination-invalid'],
    ['/user//queue/direct', 'destination-invalid'],
    ['/user/bob//direct', 'destination-invalid'],
    ['/user/bob/user/queue/direct', 'destination-invalid'],
  ])('%s is refused: %s', async (destination, code) => {
    expect(await to(destination)).toEqual([`ERROR code=${code}`])
    expect(await to(destination, { transaction: 't' })).toContain(`ERROR code=${code}`)
  })

  test('is refused where no rule says otherwise', async () => {
    const { connect } = serve()
    const ann = await connect({ login: 'ann' })
    ann.send('SEND', { destination: '/user/bob/queue/direct' }, 'hi')
    expect(await ann.frames('code')).toEqual([expect.stringContaining('ERROR code=permission-denied')])
  })
})

describe('nobody reaches another’s', () => {
  /** Everything is allowed by the rules: what is refused is refused by the server itself. */
  const permissions = { send: [allow('/**')], subscribe: [allow('/**')] }

  const attempts = [
    '/user-topic/name/bob/queue/errors',
    '/user-topic/session/{bob}/queue/errors',
    '/user-topic/name/bob/**',
    '/user-topic/name/*/queue/errors',
    '/user-topic/*/*/queue/errors',
    '/user-topic/**',
    '/user-topic',
    '/user-topic/',
    '/node-topic/all',
    '/node-topic/**',
    '/node-topic',
    '/**',
    '/*/name/bob/queue/errors',
    '/*/**',
    '/*/queue/errors',
    '**',
    '*',
    '/user/*/errors',
    '/user/queue/*',
    '/user/**',
    '/user/*',
    '/user/',
    '/user//queue/errors',
    '/user/queue/errors/',
    '/user/user-topic/name/bob/queue/errors/**',
  ]

  test.each(attempts)('%s: SUBSCRIBE, SEND and a SEND in a transaction are refused', async (attempt) => {
    const { client, connect, stomp } = await subscribed({ permissions })
    const bob = await client('bob')
    const destination = attempt.replace('{bob}', stomp.sessions.all()[0]!.id)
    for (const [command, headers] of [
      ['SUBSCRIBE', { id: '1' }],
      ['SEND', {}],
      ['SEND', { transaction: 't' }],
    ] as const) {
      const eve = await connect({ login: 'eve' })
      if ('transaction' in headers) eve.send('BEGIN', { transaction: 't' })
      eve.send(command, { destination, ...headers })
      if ('transaction' in headers) eve.send('COMMIT', { transaction: 't' })
      await stomp.messaging.sendToUser('bob', '/queue/errors', 'secret')
      expect((await eve.frames('code')).map((line) => line.split(' | ')[0])).toEqual([
        expect.stringMatching(/^ERROR code=(destination-invalid|permission-denied)$/),
      ])
      expect(await bob.frames()).toEqual(['MESSAGE | secret'])
    }
  })

  test('/user/bob/queue/errors is one’s own destination of that name, not bob’s', async () => {
    const { client, connect, stomp } = await subscribed({ permissions })
    const bob = await client('bob')
    const eve = await connect({ login: 'eve' })
    await eve.ask('SUBSCRIBE', { id: '1', destination: '/user/bob/queue/errors' })
    await stomp.messaging.sendToUser('bob', '/queue/errors', 'secret')
    expect(await eve.frames()).toEqual([])
    expect(await bob.frames()).toEqual(['MESSAGE | secret'])
  })

  test('a pattern of topics finds no user topic', async () => {
    const { client, connect, stomp } = await subscribed({ permissions })
    const bob = await client('bob')
    const eve = await connect({ login: 'eve' })
    for (const destination of ['/topic/**', '/topic/*/bob/queue/errors']) {
      await eve.ask('SUBSCRIBE', { id: destination, destination })
    }
    await stomp.messaging.sendToUser('bob', '/queue/errors', 'secret')
    expect(await eve.frames()).toEqual([])
    expect(await bob.frames()).toEqual(['MESSAGE | secret'])
  })

  test('what nobody could send to is not subscribed to', async () => {
    const { connect } = serve({ permissions })
    const ann = await connect({ login: 'ann' })
    ann.send('SUBSCRIBE', { id: '1', destination: '/user/user/queue/errors' })
    expect(await ann.frames('code')).toEqual([expect.stringContaining('destination-invalid')])
  })

  test('rules decide on user destinations too', async () => {
    const { connect } = serve({ permissions: { subscribe: [rule('/user/queue/b', () => false)] } })
    const ann = await connect({ login: 'ann', 'x-error-mode': 'keep' })
    expect(await ann.ask('SUBSCRIBE', { id: '1', destination: '/user/queue/a' })).toMatchObject({
      command: 'RECEIPT',
    })
    ann.send('SUBSCRIBE', { id: '2', destination: '/user/queue/b' })
    expect(await ann.frames('code')).toEqual([expect.stringContaining('permission-denied')])
  })
})

test('the topic of a user is made of one escaped way to write the name', () => {
  expect(topicOfUser('/user/ann@example.com/queue/x')).toBe(nameTopic('ann@example.com', '/queue/x'))
})
