import { describe, expect, test } from 'vitest'
import { heard, serve } from '../../test/kit.js'
import { allow } from '../messaging/permissions.js'

describe('STOMP 1.2 "UNSUBSCRIBE"', () => {
  test('nothing of the subscription arrives after its RECEIPT, and others go on', async () => {
    const { connect } = serve({ permissions: { send: [allow('/topic/**')] } })
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await client.ask('SUBSCRIBE', { id: '1', destination: '/topic/a' })
    client.send('SEND', { destination: '/topic/a' }, 'before')
    client.send('UNSUBSCRIBE', { id: '0', receipt: 'r' })
    client.send('SEND', { destination: '/topic/a' }, 'after')
    expect(await client.frames('subscription', 'receipt-id')).toEqual([
      'MESSAGE subscription=0 | before',
      'MESSAGE subscription=1 | before',
      'RECEIPT receipt-id=r',
      'MESSAGE subscription=1 | after',
    ])
  })

  test('an id that is not subscribed is refused', async () => {
    const { connect } = serve()
    const client = await connect()
    client.send('UNSUBSCRIBE', { id: '0', receipt: 'r' })
    expect(await client.frames('code', 'receipt-id')).toEqual([
      'ERROR code=subscription-unknown receipt-id=r | This session has no subscription with this id.',
    ])
  })

  test('another session’s subscription is out of reach', async () => {
    const { connect, stomp } = serve()
    const [one, other] = [await connect(), await connect()]
    await one.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    other.send('UNSUBSCRIBE', { id: '0' })
    expect(await other.frames('code')).toEqual([expect.stringContaining('subscription-unknown')])
    await stomp.messaging.send('/topic/a', 'x')
    expect(await one.frames()).toEqual(['MESSAGE | x'])
  })

  test.each(['1.1', '1.2'])('in %s the id is required, the destination is not enough', async (version) => {
    const { connect } = serve()
    const client = await connect({ 'accept-version': version })
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.send('UNSUBSCRIBE', { destination: '/topic/a' })
    expect(await client.frames('code')).toEqual([
      'ERROR code=header-missing | UNSUBSCRIBE needs the header id.',
    ])
  })

  test('the id is free again, for any destination', async () => {
    const { connect, stomp } = serve()
    const client = await connect()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await client.ask('UNSUBSCRIBE', { id: '0' })
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/b' })
    await stomp.messaging.send('/topic/a', 'a')
    await stomp.messaging.send('/topic/b', 'b')
    expect(await client.frames()).toEqual(['MESSAGE | b'])
  })
})

describe('STOMP 1.0 "UNSUBSCRIBE"', () => {
  test('takes the destination where the subscription has no id', async () => {
    const { connect, stomp } = serve()
    const client = await connect({ 'accept-version': '1.0' })
    await client.ask('SUBSCRIBE', { destination: '/topic/a' })
    expect((await client.ask('UNSUBSCRIBE', { destination: '/topic/a' })).command).toBe('RECEIPT')
    await stomp.messaging.send('/topic/a', 'x')
    expect(await client.frames()).toEqual([])
  })

  test('takes the id where the subscription has one: the destination alone does not name it', async () => {
    const { connect } = serve()
    const client = await connect({ 'accept-version': '1.0' })
    await client.ask('SUBSCRIBE', { id: '7', destination: '/topic/a' })
    client.send('UNSUBSCRIBE', { destination: '/topic/a' })
    expect(await client.frames('code')).toEqual([expect.stringContaining('subscription-unknown')])
  })

  test('without id and destination is refused', async () => {
    const { connect } = serve()
    const client = await connect({ 'accept-version': '1.0' })
    client.send('UNSUBSCRIBE')
    expect(await client.frames('code')).toEqual([expect.stringContaining('header-missing')])
  })
})

describe('the end of a subscription', () => {
  test('unsubscribed tells of each, once: by UNSUBSCRIBE, and of the rest when the session ends', async () => {
    const { connect, stomp } = serve()
    const unsubscribed = heard(stomp, 'unsubscribed')
    const disconnected = heard(stomp, 'disconnected')
    stomp.events.on('disconnected', () => expect(unsubscribed).toHaveLength(3))
    const client = await connect()
    for (const id of ['0', '1', '2']) await client.ask('SUBSCRIBE', { id, destination: `/topic/${id}` })
    await client.ask('UNSUBSCRIBE', { id: '1' })
    expect(unsubscribed).toMatchObject([{ subscriptionId: '1', destination: '/topic/1', reason: undefined }])
    client.cut()
    expect(unsubscribed.map(({ subscriptionId }) => subscriptionId)).toEqual(['1', '0', '2'])
    expect(unsubscribed[1]!.reason?.name).toBe('lost')
    expect(disconnected).toMatchObject([{ reason: { name: 'lost' } }])
    expect(stomp.metrics.openSubscriptions).toBe(0)
  })
})
