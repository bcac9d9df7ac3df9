import { describe, expect, test } from 'vitest'
import { DISCONNECTS } from '../../errors.js'
import { newSession, serveSockJs, until } from '../../../test/sockjs.js'

const PRELUDE = `${'h'.repeat(2048)}\n`
const STILL_OPEN = 'c[2010,"Another connection still open"]\n'

describe('sockjs-protocol "Protocol and framing"', () => {
  test('an unknown session begins with an open frame, and brings back what is sent to it', async () => {
    const { post } = await serveSockJs()
    const session = newSession()
    expect(await post(`${session}/xhr`)).toMatchObject({ status: 200, body: 'o\n' })
    expect(await post(`${session}/xhr_send`, '["a"]')).toMatchObject({ status: 204, body: '' })
    expect(await post(`${session}/xhr`)).toMatchObject({ status: 200, body: 'a["a"]\n' })
  })

  test('messages to a session that is not there are not found', async () => {
    const { post, handlers, endpoint } = await serveSockJs()
    expect((await post('/000/bad_session/xhr_send', '["a"]')).status).toBe(404)
    expect(handlers).toEqual([])
    expect(endpoint.sockJsSessions).toBe(0)
  })

  test('a second request that would receive gets a close frame, and the first goes on', async () => {
    const { post, stream, handlers } = await serveSockJs({ service: 'silent' })
    const session = newSession()
    await post(`${session}/xhr`)
    const first = await stream('POST', `${session}/xhr`)
    await until(() => handlers[0]!.signsOfLife === 1)
    expect(await post(`${session}/xhr`)).toMatchObject({ status: 200, body: STILL_OPEN })
    handlers[0]!.write('x')
    await first.head()
    expect(await first.read(7)).toBe('a["x"]\n')
  })

  test('a session that the server closes answers with its close frame until it is forgotten', async () => {
    const { post, clock, handlers, endpoint } = await serveSockJs({ service: 'close' })
    const session = newSession()
    expect((await post(`${session}/xhr`)).body).toBe('o\n')
    for (let i = 0; i < 3; i++) {
      expect(await post(`${session}/xhr`)).toMatchObject({ status: 200, body: 'c[3000,"Go away!"]\n' })
      await clock.advance(4999)
    }
    expect(handlers[0]!.closes.map(({ closeCode }) => closeCode)).toEqual([3000])
    expect(endpoint.sockJsSessions).toBe(1)
    await clock.advance(1)
    expect(endpoint.sockJsSessions).toBe(0)
    expect((await post(`${session}/xhr`)).body).toBe('o\n')
  })

  test('messages to a session that has closed are taken and ignored', async () => {
    const { post, handlers } = await serveSockJs({ service: 'close' })
    const session = newSession()
    await post(`${session}/xhr`)
    await post(`${session}/xhr`)
    expect((await post(`${session}/xhr_send`, '["a"]')).status).toBe(204)
    expect(handlers[0]!.messages).toEqual([])
  })

  test('what was written before the close comes before the close frame', async () => {
    const { post, handlers } = await serveSockJs({ service: 'silent' })
    const session = newSession()
    await post(`${session}/xhr`)
    handlers[0]!.write('last')
    handlers[0]!.connection.close({ ...DISCONNECTS.shutdown })
    handlers[0]!.write('too late')
    expect((await post(`${session}/xhr`)).body).toBe('a["last"]\n')
    expect((await post(`${session}/xhr`)).body).toBe('c[1012,"server restarts"]\n')
  })
})

describe('sockjs-protocol "Protocol and framing": heart-beats', () => {
  test('a poll on which nothing comes for 25 s is answered with a heart-beat frame', async () => {
    const { post, stream, handlers, clock } = await serveSockJs({ service: 'silent' })
    const session = newSession()
    await post(`${session}/xhr`)
    const poll = await stream('POST', `${session}/xhr`)
    await until(() => handlers[0]!.signsOfLife === 1)
    await clock.advance(24_999)
    expect(clock.pending).toBe(1)
    await clock.advance(1)
    await poll.head()
    expect(await poll.read(2)).toBe('h\n')
  })

  test('a stream gets one whenever nothing was written for 25 s', async () => {
    const { stream, handlers, clock } = await serveSockJs({ service: 'silent' })
    const client = await stream('POST', `${newSession()}/xhr_streaming`)
    await client.head()
    expect([await client.chunk(), await client.chunk()]).toEqual([PRELUDE, 'o\n'])
    await clock.advance(20_000)
    handlers[0]!.write('x')
    expect(await client.chunk()).toBe('a["x"]\n')
    await clock.advance(24_999)
    handlers[0]!.write('y')
    expect(await client.chunk()).toBe('a["y"]\n')
    await clock.advance(25_000)
    expect(await client.chunk()).toBe('h\n')
    await clock.advance(25_000)
    expect(await client.chunk()).toBe('h\n')
  })

  test('their interval is an option', async () => {
    const { stream, clock } = await serveSockJs({ service: 'silent', sockjs: { heartbeatMs: 100 } })
    const client = await stream('POST', `${newSession()}/xhr_streaming`)
    await client.head()
    await client.chunk()
    await client.chunk()
    await clock.advance(100)
    expect(await client.chunk()).toBe('h\n')
  })

  test('0 sends none', async () => {
    const { stream, clock } = await serveSockJs({ service: 'silent', sockjs: { heartbeatMs: 0 } })
    const client = await stream('POST', `${newSession()}/xhr_streaming`)
    await client.head()
    expect(clock.pending).toBe(0)
  })

  test('they stop where the handler has its own', async () => {
    const { stream, handlers, clock } = await serveSockJs({ service: 'silent' })
    const client = await stream('POST', `${newSession()}/xhr_streaming`)
    await client.head()
    handlers[0]!.connection.stopHeartbeat!()
    expect(clock.pending).toBe(0)
  })
})

describe('sockjs-protocol "Protocol and framing": the disconnect delay', () => {
  test('a session to which no request came for 5 s is over', async () => {
    const { post, handlers, clock, endpoint } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    await until(() => clock.pending === 1)
    await clock.advance(4999)
    expect(handlers[0]!.closes).toEqual([])
    await clock.advance(1)
    expect(handlers[0]!.closes).toEqual([DISCONNECTS.lost])
    expect(endpoint.sockJsSessions).toBe(0)
    expect((await post(`${session}/xhr_send`, '["a"]')).status).toBe(404)
  })

  test('it runs anew after each request that received', async () => {
    const { post, handlers, clock } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    for (let i = 0; i < 3; i++) {
      await until(() => clock.pending === 1)
      await clock.advance(4000)
      await post(`${session}/xhr_send`, '["a"]')
      await post(`${session}/xhr`)
    }
    expect(handlers[0]!.closes).toEqual([])
  })

  test('it does not run while a request waits', async () => {
    const { post, stream, handlers, clock } = await serveSockJs({ sockjs: { heartbeatMs: 0 } })
    const session = newSession()
    await post(`${session}/xhr`)
    await until(() => clock.pending === 1)
    await stream('POST', `${session}/xhr`)
    await until(() => handlers[0]!.signsOfLife === 1)
    expect(clock.pending).toBe(0)
  })

  test('its length is an option', async () => {
    const { post, handlers, clock } = await serveSockJs({ sockjs: { disconnectDelayMs: 50 } })
    await post(`${newSession()}/xhr`)
    await until(() => clock.pending === 1)
    await clock.advance(50)
    expect(handlers[0]!.closes).toEqual([DISCONNECTS.lost])
  })

  test('a session that closes while no request is there waits for one, to say so, at most that long', async () => {
    const { post, handlers, clock, endpoint } = await serveSockJs({ service: 'close' })
    await post(`${newSession()}/xhr`)
    await until(() => clock.pending === 2)
    expect(handlers[0]!.closes).toEqual([])
    await clock.advance(5000)
    expect(handlers[0]!.closes.map(({ closeCode }) => closeCode)).toEqual([3000])
    expect(endpoint.sockJsSessions).toBe(0)
  })
})

describe('sockjs-protocol "Handling close"', () => {
  test('the close frame ends the stream, and the next one', async () => {
    const { stream } = await serveSockJs({ service: 'close' })
    const session = newSession()
    const first = await stream('POST', `${session}/xhr_streaming`)
    await first.head()
    const seen = [await first.chunk(), await first.chunk(), await first.chunk(), await first.chunk()]
    expect(seen).toEqual([PRELUDE, 'o\n', 'c[3000,"Go away!"]\n', ''])
    const second = await stream('POST', `${session}/xhr_streaming`)
    await second.head()
    const after = [await second.chunk(), await second.chunk(), await second.chunk()]
    expect(after).toEqual([PRELUDE, 'c[3000,"Go away!"]\n', ''])
  })

  test('a second stream is closed at once', async () => {
    const { stream } = await serveSockJs()
    const session = newSession()
    const first = await stream('POST', `${session}/xhr_streaming`)
    await first.head()
    await first.chunk()
    expect(await first.chunk()).toBe('o\n')
    const second = await stream('POST', `${session}/xhr_streaming`)
    await second.head()
    expect([await second.chunk(), await second.chunk(), await second.chunk()]).toEqual([
      PRELUDE,
      STILL_OPEN,
      '',
    ])
  })

  test('a stream that is cut ends its session at once; the next request begins a new one', async () => {
    const { stream, handlers, endpoint } = await serveSockJs()
    const session = newSession()
    const first = await stream('POST', `${session}/xhr_streaming`)
    await first.head()
    await first.chunk()
    await first.chunk()
    first.destroy()
    await until(() => handlers[0]!.closes.length > 0)
    expect(handlers[0]!.closes).toEqual([DISCONNECTS.lost])
    expect(endpoint.sockJsSessions).toBe(0)
    const next = await stream('POST', `${session}/xhr_streaming`)
    await next.head()
    expect([await next.chunk(), await next.chunk()]).toEqual([PRELUDE, 'o\n'])
  })

  test('a poll that is cut ends its session at once; the next request begins a new one', async () => {
    const { post, stream, handlers } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    const poll = await stream('POST', `${session}/xhr`)
    await until(() => handlers[0]!.signsOfLife === 1)
    expect((await post(`${session}/xhr`)).body).toBe(STILL_OPEN)
    poll.destroy()
    await until(() => handlers[0]!.closes.length > 0)
    expect(handlers[0]!.closes).toEqual([DISCONNECTS.lost])
    expect((await post(`${session}/xhr`)).body).toBe('o\n')
  })

  test('a request of another transport does not find the session', async () => {
    const { post, get } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    expect((await post(`${session}/xhr_streaming`)).status).toBe(404)
    expect((await get(`${session}/jsonp?c=x`)).status).toBe(404)
    expect((await get(`${session}/eventsource`)).status).toBe(404)
  })
})
