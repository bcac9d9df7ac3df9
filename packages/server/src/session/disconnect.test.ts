import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { heard, serve } from '../../test/kit.js'
import { DISCONNECTS } from '../errors.js'
import { messageMap } from '../messaging/message-map.js'
import { OutboxTick } from './outbox-tick.js'

describe('STOMP 1.2 "DISCONNECT"', () => {
  test('its RECEIPT is sent, then the connection closes', async () => {
    const { connect, stomp } = serve()
    const disconnected = heard(stomp, 'disconnected')
    const client = await connect()
    client.send('DISCONNECT', { receipt: '77' })
    expect(await client.frames('receipt-id')).toEqual(['RECEIPT receipt-id=77'])
    expect(client.closeReason).toBe(DISCONNECTS.client)
    expect(disconnected).toMatchObject([{ reason: DISCONNECTS.client }])
    expect(stomp.sessions.all()).toEqual([])
  })

  test('without a receipt the connection just closes', async () => {
    const { connect } = serve()
    const client = await connect()
    client.send('DISCONNECT')
    expect(await client.frames()).toEqual([])
    expect(client.closeReason).toBe(DISCONNECTS.client)
  })

  test('what was sent before it is handled, and its RECEIPT is the last frame', async () => {
    const { connect } = serve({ messages: [messageMap().message('/work', {}, () => Promise.resolve())] })
    const client = await connect()
    client.send('SEND', { destination: '/app/work', receipt: '1' })
    client.send('DISCONNECT', { receipt: '2' })
    expect(await client.frames('receipt-id')).toEqual(['RECEIPT receipt-id=1', 'RECEIPT receipt-id=2'])
    expect(client.gone).toBe(true)
  })

  test('frames that follow it are ignored: "Clients MUST NOT send any more frames"', async () => {
    const handled: unknown[] = []
    const { connect } = serve({
      messages: [messageMap().message('/work', {}, ({ body }) => void handled.push(body))],
    })
    const client = await connect()
    const send = 'SEND\ndestination:/app/work\nreceipt:9\n\n1\0'
    client.receive(`${send}DISCONNECT\nreceipt:8\n\n\0${send}`)
    client.receive(send)
    expect(await client.frames('receipt-id')).toEqual(['RECEIPT receipt-id=9', 'RECEIPT receipt-id=8'])
    expect(handled).toEqual([1])
  })
})

describe('the end of a session', () => {
  test('leaves its seat to the next one, which gets nothing that was for it', async () => {
    const enter = vi.spyOn(OutboxTick.prototype, 'enter')
    onTestFinished(() => enter.mockRestore())
    const { connect, stomp } = serve()
    for (let i = 0; i < 5; i++) {
      const gone = await connect()
      for (const destination of ['/topic/a', '/topic/*'])
        await gone.ask('SUBSCRIBE', { id: destination, destination })
      await stomp.messaging.send('/topic/a', 'for it')
      if (i % 2 === 0) gone.cut()
      else gone.send('DISCONNECT')
      const next = await connect()
      await stomp.messaging.send('/topic/a', 'for nobody')
      expect(await next.frames()).toEqual([])
      next.cut()
    }
    expect(new Set(enter.mock.results.map(({ value }) => value as number)).size).toBe(1)
  })

  test('by the application is told to the client by the close, and to its own events', async () => {
    const { connect, stomp } = serve()
    const disconnected = heard(stomp, 'disconnected')
    const client = await connect()
    const [session] = stomp.sessions.all()
    await client.ask('SUBSCRIBE', { id: '0', destination: '/topic/a' })
    await stomp.messaging.send('/topic/a', 'last')
    session!.disconnect()
    session!.disconnect()
    expect(await client.frames()).toEqual(['MESSAGE | last'])
    expect(client.closeReason).toBe(DISCONNECTS.application)
    expect(disconnected).toEqual([{ session, reason: DISCONNECTS.application }])
  })

  test('aborts its signal, whether that was asked for before or after', async () => {
    const { connect, stomp } = serve()
    const client = await connect()
    const [early] = stomp.sessions.all()
    const { signal } = early!
    expect(signal.aborted).toBe(false)
    client.cut()
    expect(signal.aborted).toBe(true)
    const other = await connect()
    const [late] = stomp.sessions.all()
    other.cut()
    expect(late!.signal.aborted).toBe(true)
  })

  test('is counted by reason', async () => {
    const { connect, stomp } = serve()
    const clients = [await connect(), await connect(), await connect()]
    expect(stomp.metrics.openSessions).toBe(3)
    clients[0]!.send('DISCONNECT')
    clients[1]!.cut()
    clients[2]!.send('CONNECT')
    await clients[2]!.frames()
    expect(Object.fromEntries(stomp.metrics.disconnects)).toEqual({
      client: 1,
      lost: 1,
      refused: 1,
    })
    expect(stomp.metrics.openSessions).toBe(0)
  })
})
