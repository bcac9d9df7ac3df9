import { describe, expect, test } from 'vitest'
import { heard, serve } from '../../test/kit.js'
import { createStompServer } from '../server.js'

const rejected = { remoteAddress: '192.0.2.1', status: 403, message: 'no' }

describe('events', () => {
  test('reach every listener of their name, in the order in which they came', () => {
    const { events } = createStompServer()
    const got: string[] = []
    events.on('rejected', ({ message }) => got.push(`one ${message}`))
    events.on('rejected', ({ message }) => got.push(`two ${message}`))
    events.on('failed', () => got.push('failed'))
    events.emit('rejected', rejected)
    expect(got).toEqual(['one no', 'two no'])
  })

  test('do not reach a listener that was taken away, also from within', () => {
    const { events } = createStompServer()
    const got: number[] = []
    const off = events.on('rejected', () => {
      got.push(1)
      off()
    })
    events.on('rejected', () => got.push(2))
    events.emit('rejected', rejected)
    events.emit('rejected', rejected)
    expect(got).toEqual([1, 2, 2])
  })

  test('that make a listener throw become failed, and reach the others', () => {
    const stomp = createStompServer()
    const failed = heard(stomp, 'failed')
    const got: string[] = []
    stomp.events.on('rejected', () => {
      throw new Error('in the listener')
    })
    stomp.events.on('rejected', ({ message }) => got.push(message))
    stomp.events.emit('rejected', rejected)
    expect(got).toEqual(['no'])
    expect(failed).toEqual([
      { session: undefined, error: new Error('in the listener'), during: 'listener of rejected' },
    ])
  })

  test('a listener that throws does no harm to the session that it hears of', async () => {
    const { connect, stomp } = serve()
    for (const name of ['connected', 'subscribed', 'unsubscribed', 'disconnected'] as const) {
      stomp.events.on(name, () => {
        throw new Error(name)
      })
    }
    const failed = heard(stomp, 'failed')
    const client = await connect()
    expect((await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })).command).toBe('RECEIPT')
    await stomp.messaging.send('/topic/a', 'x')
    expect(await client.frames()).toEqual(['MESSAGE | x'])
    client.cut()
    expect(failed.map(({ during }) => during)).toEqual([
      'listener of connected',
      'listener of subscribed',
      'listener of unsubscribed',
      'listener of disconnected',
    ])
  })

  test('a listener of failed that throws does no harm to the session either', async () => {
    const { connect, stomp } = serve({
      permissions: {
        subscribe: [],
      },
    })
    const thrown: unknown[] = []
    const onUncaught = (error: unknown): void => void thrown.push(error)
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', onUncaught)
    try {
      stomp.events.on('refused', () => {
        throw new Error('refused')
      })
      stomp.events.on('failed', () => {
        throw new Error('failed')
      })
      const client = await connect({ 'x-error-mode': 'keep' })
      const answer = await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
      expect(answer.headers.get('code')).toBe('permission-denied')
      expect(client.gone).toBe(false)
      expect(thrown).toEqual([new Error('failed')])
    } finally {
      process.off('uncaughtException', onUncaught)
      for (const one of others) process.on('uncaughtException', one)
    }
  })

  test('of a whole session come in order', async () => {
    const { connect, stomp } = serve()
    const names: string[] = []
    for (const name of ['connected', 'subscribed', 'unsubscribed', 'refused', 'disconnected'] as const) {
      stomp.events.on(name, ({ session }) => names.push(`${name} ${session?.user.name}`))
    }
    const client = await connect({ login: 'ann' })
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    client.send('UNSUBSCRIBE', { id: '1' })
    await client.frames()
    expect(names).toEqual([
      'connected ann',
      'subscribed ann',
      'refused ann',
      'unsubscribed ann',
      'disconnected ann',
    ])
  })
})
