import { describe, expect, test } from 'vitest'
import { serve } from '../../test/kit.js'
import { DISCONNECTS, StompError } from '../errors.js'
import { messageMap } from '../messaging/message-map.js'
import { createStompServer } from '../server.js'
import { MemoryClient } from './memory-client.js'

describe('a memory client', () => {
  test('connects, or says what the server answered instead', async () => {
    const open = createStompServer()
    const client = await MemoryClient.connected(open.accept, { login: 'ann' })
    expect(client.version).toBe('1.2')
    client.cut()
    const closed = createStompServer({
      authenticate: () => {
        throw new StompError('authentication-failed')
      },
    })
    await expect(MemoryClient.connected(closed.accept)).rejects.toThrow(
      'The server answered ERROR | The credentials were not accepted.',
    )
  })

  test('asks, and gets the answer whenever it comes', async () => {
    let finish!: () => void
    const { connect } = serve({
      messages: [messageMap().message('/work', {}, () => new Promise<void>((resolve) => (finish = resolve)))],
    })
    const client = await connect()
    const answer = client.ask('SEND', { destination: '/app/work' }, '1')
    expect(await client.next()).toBeUndefined()
    finish()
    expect((await answer).command).toBe('RECEIPT')
  })

  test('reads in the version that was agreed on', async () => {
    const { connect, stomp } = serve()
    for (const version of ['1.0', '1.1', '1.2'] as const) {
      const client = await connect({ 'accept-version': version })
      expect(client.version).toBe(version)
      await client.ask('SUBSCRIBE', { id: 'a:b', destination: `/topic/${version}` })
      await stomp.messaging.send(`/topic/${version}`, 'x')
      expect(await client.frames('subscription')).toEqual(['MESSAGE subscription=a:b | x'])
    }
  })

  test('holds back what is sent while the server does not read, as a socket does', async () => {
    const received: string[] = []
    const client = new MemoryClient(() => ({
      received: (bytes) => received.push(Buffer.from(bytes).toString()),
      drained() {},
      closed() {},
    }))
    client.pause()
    client.receive('a')
    client.receive('b')
    expect(received).toEqual([])
    client.resume()
    expect(received).toEqual(['a', 'b'])
  })

  test('takes nothing that is written after the close, and tells the server once that it is gone', async () => {
    const ends: string[] = []
    const client = new MemoryClient(() => ({
      received() {},
      drained() {},
      closed: ({ name }) => ends.push(name),
    }))
    client.close(DISCONNECTS.slow)
    client.close(DISCONNECTS.client)
    client.write(Buffer.from('RECEIPT\nreceipt-id:1\n\n\0'))
    expect(await client.next()).toBeUndefined()
    client.destroy()
    client.cut()
    expect(ends).toEqual(['slow'])
    expect(client.closeReason).toBe(DISCONNECTS.slow)
    expect(client.gone).toBe(true)
  })
})
