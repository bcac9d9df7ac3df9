import { describe, expect, test } from 'vitest'
import { heard, serve } from '../../test/kit.js'
import { allow } from '../messaging/permissions.js'

const open = { permissions: { send: [allow('/topic/**')] } }

describe('STOMP 1.2 "SUBSCRIBE"', () => {
  test('the messages of the destination arrive, marked with the subscription’s id', async () => {
    const { connect, stomp } = serve()
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: 'my sub:1', destination: '/topic/a' })
    await stomp.messaging.send('/topic/a', 'one')
    await stomp.messaging.send('/topic/b', 'two')
    expect(await client.frames('subscription', 'destination')).toEqual([
      'MESSAGE subscription=my sub:1 destination=/topic/a | one',
    ])
  })

  test('the RECEIPT comes before the subscription’s first MESSAGE', async () => {
    const { connect, stomp } = serve(open)
    const client = await connect()
    stomp.events.on('subscribed', () => void stomp.messaging.send('/topic/a', 'early'))
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a', receipt: 'r' })
    client.send('SEND', { destination: '/topic/a' }, 'later')
    expect(await client.frames('receipt-id')).toEqual([
      'RECEIPT receipt-id=r',
      'MESSAGE | early',
      'MESSAGE | later',
    ])
  })

  test('two subscriptions of one session on one destination each get a copy', async () => {
    const { connect, stomp } = serve()
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await client.ask('SUBSCRIBE', { id: '1', destination: '/topic/a' })
    await stomp.messaging.send('/topic/a', 'x')
    expect(await client.frames('subscription')).toEqual([
      'MESSAGE subscription=0 | x',
      'MESSAGE subscription=1 | x',
    ])
  })

  test('an id that is in use is refused', async () => {
    const { connect } = serve()
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/b', receipt: 'r' })
    expect(await client.frames('code', 'receipt-id')).toEqual([
      'ERROR code=subscription-repeated receipt-id=r | This session has a subscription with this id already.',
    ])
  })

  test('ids are unique within a session only', async () => {
    const { connect } = serve()
    const [one, other] = [await connect(), await connect()]
    const subscription = { id: '0', destination: '/topic/a' }
    expect((await one.ask('SUBSCRIBE', subscription)).command).toBe('RECEIPT')
    expect((await other.ask('SUBSCRIBE', subscription)).command).toBe('RECEIPT')
  })

  test.each(['1.1', '1.2'])('in %s an id is required', async (version) => {
    const { connect } = serve()
    const client = await connect({ 'accept-version': version })
    client.send('SUBSCRIBE', { destination: '/topic/a' })
    expect(await client.frames('code')).toEqual([
      'ERROR code=header-missing | SUBSCRIBE needs the header id.',
    ])
  })

  test.each(['1.0', '1.1', '1.2'])('in %s an id cannot be empty', async (version) => {
    const { connect } = serve()
    const client = await connect({ 'accept-version': version })
    client.send('SUBSCRIBE', { id: '', destination: '/topic/a' })
    expect(await client.frames('code')).toEqual(['ERROR code=header-invalid | The id cannot be empty.'])
  })

  test('a destination is required', async () => {
    const { connect } = serve()
    const client = await connect()
    client.send('SUBSCRIBE', { id: '0' })
    expect(await client.frames('code')).toEqual([
      'ERROR code=header-missing | SUBSCRIBE needs the header destination.',
    ])
  })

  test('an unknown ack mode is refused, and the known ones are named', async () => {
    const { connect } = serve()
    const client = await connect()
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a', ack: 'always' })
    expect(await client.frames('code')).toEqual([
      'ERROR code=header-invalid | ack cannot be always: auto, client, client-individual.',
    ])
  })

  test('a selector is refused, since one that is not applied would let everything through', async () => {
    const { connect } = serve()
    const client = await connect()
    client.send('SUBSCRIBE', { id: '0', destination: '/topic/a', selector: "color = 'red'" })
    expect(await client.frames('code')).toEqual([
      'ERROR code=selector-unsupported | Selectors are not supported here.',
    ])
  })

  test.each([
    ['/elsewhere/a', 'destination-invalid'],
    ['/topic/', 'destination-invalid'],
    // No rule's pattern matches it.
    ['topic/a', 'permission-denied'],
    ['/app/a', 'destination-not-handled'],
  ])('a destination that is not there, %s, is refused', async (destination, code) => {
    const { connect, stomp } = serve({ permissions: { subscribe: [allow('/**')] } })
    const client = await connect()
    client.send('SUBSCRIBE', { id: '0', destination })
    expect(await client.frames('code')).toEqual([expect.stringContaining(`code=${code}`)])
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })

  test('a subscription that the rules do not allow is refused', async () => {
    const { connect } = serve({ permissions: { subscribe: [allow('/topic/open/*')] } })
    const client = await connect()
    expect((await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/open/a' })).command).toBe('RECEIPT')
    client.send('SUBSCRIBE', { id: '1', destination: '/topic/closed' })
    expect(await client.frames('code')).toEqual([
      'ERROR code=permission-denied | This session may not subscribe to /topic/closed.',
    ])
  })

  test('subscribed tells session, id and destination', async () => {
    const { connect, stomp } = serve()
    const subscribed = heard(stomp, 'subscribed')
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    expect(subscribed).toEqual([
      { session: stomp.sessions.all()[0], subscriptionId: '0', destination: '/topic/a' },
    ])
    expect(stomp.metrics.openSubscriptions).toBe(1)
  })
})

describe('STOMP 1.0 "SUBSCRIBE"', () => {
  test('without an id a subscription is known by its destination, and its messages name none', async () => {
    const { connect, stomp } = serve()
    const client = await connect({ 'accept-version': '1.0' })
    await client.ask('SUBSCRIBE', { destination: '/topic/a' })
    await stomp.messaging.send('/topic/a', 'x')
    expect(await client.frames('subscription', 'destination')).toEqual(['MESSAGE destination=/topic/a | x'])
    client.send('SUBSCRIBE', { destination: '/topic/a' })
    expect(await client.frames('code')).toEqual([expect.stringContaining('subscription-repeated')])
  })

  test('with an id its messages name it', async () => {
    const { connect, stomp } = serve()
    const client = await connect({ 'accept-version': '1.0' })
    await client.ask('SUBSCRIBE', { id: '7', destination: '/topic/a' })
    await stomp.messaging.send('/topic/a', 'x')
    expect(await client.frames('subscription')).toEqual(['MESSAGE subscription=7 | x'])
  })
})

describe('patterns in SUBSCRIBE', () => {
  test.each([
    ['/topic/*', ['/topic/a']],
    ['/topic/*/c', ['/topic/a/c']],
    ['/topic/a/*', ['/topic/a/b', '/topic/a/c']],
    ['/topic/a/**', ['/topic/a', '/topic/a/b', '/topic/a/c', '/topic/a/b/d']],
    ['/topic/**', ['/topic/a', '/topic/a/b', '/topic/a/c', '/topic/a/b/d', '/topic/x/b']],
    ['/topic/a*', []],
  ])('%s gets the messages of %j', async (pattern, destinations) => {
    const { connect, stomp } = serve()
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: pattern })
    for (const one of ['/topic/a', '/topic/a/b', '/topic/a/c', '/topic/a/b/d', '/topic/x/b']) {
      await stomp.messaging.send(one, '')
    }
    expect(await client.frames('destination')).toEqual(
      destinations.map((one) => `MESSAGE destination=${one}`),
    )
  })

  test.each(['/topic/**/a', '/topic/**/*', '/topic/**/'])(
    '%s is refused: ** stands last',
    async (destination) => {
      const { connect } = serve()
      const client = await connect()
      client.send('SUBSCRIBE', { id: '0', destination })
      expect(await client.frames('code')).toEqual([
        'ERROR code=destination-invalid | ** has to be the last segment of a destination.',
      ])
    },
  )
})

describe('subscriptionsPerSession', () => {
  test('as many are taken, one more is refused', async () => {
    const { connect } = serve({ limits: { subscriptionsPerSession: 2 } })
    const client = await connect()
    for (const id of ['0', '1']) {
      expect((await client.ask('SUBSCRIBE', { id, destination: '/topic/a' })).command).toBe('RECEIPT')
    }
    client.send('SUBSCRIBE', { id: '2', destination: '/topic/a', receipt: 'r' })
    expect(await client.frames('code', 'receipt-id')).toEqual([
      expect.stringContaining('ERROR code=too-many-subscriptions receipt-id=r'),
    ])
  })

  test('UNSUBSCRIBE makes room for another', async () => {
    const { connect } = serve({ limits: { subscriptionsPerSession: 1 } })
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await client.ask('UNSUBSCRIBE', { id: '0' })
    expect((await client.ask('SUBSCRIBE', { id: '1', destination: '/topic/a' })).command).toBe('RECEIPT')
  })
})
