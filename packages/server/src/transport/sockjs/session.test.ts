import { describe, expect, test } from 'vitest'
import { newSession, serveSockJs, until } from '../../../test/sockjs.js'
import type { TestEndpoint, TestHandler } from '../../../test/sockjs.js'
import { DISCONNECTS } from '../../errors.js'

const MIB = 1_048_576

/** An open session of polls whose handler does nothing by itself. */
async function polled(
  options: Parameters<typeof serveSockJs>[0] = {},
): Promise<TestEndpoint & { session: string; handler: TestHandler; poll: () => Promise<string> }> {
  const served = await serveSockJs({ service: 'silent', ...options })
  const session = newSession()
  await served.post(`${session}/xhr`)
  const poll = async (): Promise<string> => (await served.post(`${session}/xhr`)).body
  return { ...served, session, handler: served.handlers[0]!, poll }
}

describe('a session without a request that receives', () => {
  test('is congested, and can be written to again when one comes', async () => {
    const { handler, poll } = await polled()
    expect(handler.write('a')).toBe(false)
    expect(handler.drains).toBe(0)
    expect(await poll()).toBe('a["a"]\n')
    expect(handler.drains).toBe(1)
  })

  test('sends all that the handler has held back in one frame with what was written before', async () => {
    const { handler, poll } = await polled()
    handler.write('a')
    const held = ['b', 'c']
    handler.drained = () => void (held.length > 0 && handler.write(...held.splice(0)))
    expect(await poll()).toBe('a["a","b","c"]\n')
  })

  test('is congested again as soon as its poll is answered', async () => {
    const { handler, stream, session } = await polled()
    const poll = await stream('POST', `${session}/xhr`)
    await until(() => handler.drains > 0)
    expect(handler.write('a')).toBe(false)
    await poll.head()
    expect(await poll.read(7)).toBe('a["a"]\n')
  })

  test('hears a sign of life of each request that receives', async () => {
    const { handler, poll } = await polled()
    for (let i = 1; i < 4; i++) {
      handler.write('a')
      await poll()
      expect(handler.signsOfLife).toBe(i)
    }
  })

  test('keeps what is written on up to cacheBytes, and is closed as too slow past them', async () => {
    const { handler, poll } = await polled({ sockjs: { cacheBytes: 10 } })
    handler.write('x'.repeat(8))
    handler.write('y')
    expect(await poll()).toBe('a["xxxxxxxx","y"]\n')
    handler.write('x'.repeat(9))
    handler.write('y')
    expect(handler.closes).toEqual([])
    expect(await poll()).toBe('c[1013,"reading too slowly"]\n')
    await until(() => handler.closes.length > 0)
    expect(handler.closes).toEqual([DISCONNECTS.slow])
  })

  test('does not count the time in which its last response is still being read', async () => {
    const { handler, stream, session, clock, poll } = await polled()
    await until(() => clock.pending === 1)
    const slow = await stream('POST', `${session}/xhr`)
    await until(() => handler.drains > 0)
    slow.socket.pause()
    handler.write('x'.repeat(32 * MIB))
    await clock.advance(60_000)
    expect(handler.closes).toEqual([])
    slow.socket.resume()
    await slow.head()
    expect(await slow.read(32 * MIB + 6)).toMatch(/^a\["xxx/)
    await until(() => clock.pending === 1)
    handler.write('b')
    expect(await poll()).toBe('a["b"]\n')
  })
})

describe('a stream', () => {
  test('that its client does not read is congested until it does', async () => {
    const { stream, handlers } = await serveSockJs({
      service: 'silent',
      sockjs: { streamBytes: 100 * MIB, heartbeatMs: 0 },
    })
    const client = await stream('POST', `${newSession()}/xhr_streaming`)
    await client.head()
    const handler = handlers[0]!
    client.socket.pause()
    while (handler.write('x'.repeat(MIB)));
    expect(handler.drains).toBe(0)
    client.socket.resume()
    await until(() => handler.drains > 0)
    expect(handler.drains).toBe(1)
    expect(handler.write('y')).toBe(true)
  })

  test('tells once that it can be written to again, however often it was written to meanwhile', async () => {
    const { stream, handlers } = await serveSockJs({
      service: 'silent',
      sockjs: { streamBytes: 100 * MIB, heartbeatMs: 0 },
    })
    const client = await stream('POST', `${newSession()}/xhr_streaming`)
    await client.head()
    const handler = handlers[0]!
    client.socket.pause()
    while (handler.write('x'.repeat(MIB)));
    for (let i = 0; i < 20; i++) handler.write('y')
    client.socket.resume()
    await until(() => handler.drains > 0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(handler.drains).toBe(1)
  })

  test('that has reached its limit is congested until the next one comes', async () => {
    const { stream, handlers } = await serveSockJs({ service: 'silent' })
    const session = newSession()
    const first = await stream('POST', `${session}/xhr_streaming`)
    await first.head()
    expect(handlers[0]!.write('x'.repeat(4000))).toBe(true)
    expect(handlers[0]!.write('x'.repeat(100))).toBe(false)
    expect(handlers[0]!.drains).toBe(0)
    await stream('POST', `${session}/xhr_streaming`)
    await until(() => handlers[0]!.drains > 0)
    expect(handlers[0]!.write('y')).toBe(true)
  })

  test('carries no more of what waits than its limit; the rest comes in the next one', async () => {
    const { stream, handlers } = await serveSockJs({ service: 'silent' })
    const session = newSession()
    const first = await stream('POST', `${session}/xhr_streaming`)
    await first.head()
    handlers[0]!.write('x'.repeat(4096))
    for (const letter of ['a', 'b', 'c']) handlers[0]!.write(letter.repeat(3000))
    const bodies = []
    for (let i = 0; i < 2; i++) {
      const client = await stream('POST', `${session}/xhr_streaming`)
      await client.head()
      await client.chunk()
      for (let chunk = await client.chunk(); chunk !== ''; chunk = await client.chunk()) {
        bodies.push(chunk.slice(0, 4))
        if (chunk.startsWith('a["c')) break
      }
    }
    expect(bodies).toEqual(['a["a', 'a["b', 'a["c'])
  })

  test('whose client reads nothing of the goodbye is cut after closeMs', async () => {
    const { stream, handlers, clock } = await serveSockJs({
      service: 'silent',
      closeMs: 1000,
      sockjs: { streamBytes: 100 * MIB, heartbeatMs: 0 },
    })
    const client = await stream('POST', `${newSession()}/xhr_streaming`)
    await client.head()
    client.socket.pause()
    while (handlers[0]!.write('x'.repeat(MIB)));
    handlers[0]!.connection.close(DISCONNECTS.shutdown)
    await clock.advance(999)
    expect(handlers[0]!.closes).toEqual([])
    await clock.advance(1)
    expect(handlers[0]!.closes).toEqual([DISCONNECTS.shutdown])
    client.socket.resume()
    await client.closed()
  })

  test('that is destroyed is cut without a goodbye', async () => {
    const { stream, handlers, endpoint } = await serveSockJs({ service: 'silent' })
    const client = await stream('POST', `${newSession()}/xhr_streaming`)
    await client.head()
    await client.chunk()
    handlers[0]!.connection.destroy()
    expect(await client.rest()).toBe('2\r\no\n\r\n')
    expect(handlers[0]!.closes).toEqual([DISCONNECTS.lost])
    expect(endpoint.sockJsSessions).toBe(0)
  })
})

describe('a paused session', () => {
  test('takes messages, and answers, once it reads again', async () => {
    const { handler, post, session } = await polled()
    handler.connection.pause()
    const answers: number[] = []
    const sent = ['["a","b"]', '["c"]'].map(async (body, index) => {
      await post(`${session}/xhr_send`, body)
      answers.push(index)
    })
    await post(`${session}/xhr_send`, 'x')
    expect(handler.messages).toEqual([])
    expect(answers).toEqual([])
    handler.connection.resume()
    await Promise.all(sent)
    expect(handler.messages.toSorted()).toEqual(['a', 'b', 'c'])
  })

  test('a message that pauses it is followed by the rest of its request alone', async () => {
    const { handler, post, session } = await polled()
    handler.onMessage = () => handler.connection.pause()
    await post(`${session}/xhr_send`, '["a","b"]')
    const next = post(`${session}/xhr_send`, '["c"]')
    await post(`${session}/xhr_send`, 'x')
    expect(handler.messages).toEqual(['a', 'b'])
    handler.connection.resume()
    await next
    expect(handler.messages).toEqual(['a', 'b', 'c'])
  })

  test('answers what it holds when it closes', async () => {
    const { handler, post, session } = await polled()
    handler.connection.pause()
    const held = post(`${session}/xhr_send`, '["a"]')
    await post(`${session}/xhr_send`, 'x')
    handler.connection.close(DISCONNECTS.application)
    expect((await held).status).toBe(204)
    expect(handler.messages).toEqual([])
  })
})

describe('many', () => {
  test('polls whose clients vanish leave no session behind', async () => {
    const { stream, handlers, endpoint, clock } = await serveSockJs({ service: 'silent' })
    const polls = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const session = newSession()
        const client = await stream('POST', `${session}/xhr`)
        await client.head()
        await client.read(2)
        client.send('POST', `/sockjs${session}/xhr`)
        return client
      }),
    )
    await until(() => handlers.every(({ signsOfLife }) => signsOfLife === 1))
    expect(endpoint.sockJsSessions).toBe(1000)
    for (const poll of polls) poll.destroy()
    await until(() => endpoint.sockJsSessions === 0)
    expect(clock.pending).toBe(0)
  })

  test('sessions that were opened and left leave nothing behind after the disconnect delay', async () => {
    const { post, endpoint, clock } = await serveSockJs({ service: 'silent' })
    await Promise.all(Array.from({ length: 200 }, () => post(`${newSession()}/xhr`)))
    expect(endpoint.sockJsSessions).toBe(200)
    await until(() => clock.pending === 200)
    await clock.advance(5000)
    expect(endpoint.sockJsSessions).toBe(0)
  })
})
