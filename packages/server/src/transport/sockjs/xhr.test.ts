import { describe, expect, test } from 'vitest'
import {
  allowing,
  expectCors,
  expectNotCached,
  newSession,
  preflights,
  serveSockJs,
} from '../../../test/sockjs.js'

const METHODS = ['OPTIONS', 'POST']
const PRELUDE = `${'h'.repeat(2048)}\n`

describe('sockjs-protocol "XhrPolling"', () => {
  test.each(['/xhr', '/xhr_send'])('%s answers a preflight', async (suffix) => {
    const answers = await preflights(await serveSockJs(), `/abc/abc${suffix}`, METHODS)
    expect(answers).toEqual(allowing(METHODS))
  })

  test('polls and sends, uncached, for pages of other origins too', async () => {
    const { post } = await serveSockJs()
    const session = newSession()
    const headers = { Origin: 'test' }
    const opened = await post(`${session}/xhr`, '', { headers })
    expect(opened).toMatchObject({ status: 200, body: 'o\n' })
    expect(opened.headers['content-type']).toBe('application/javascript; charset=UTF-8')
    expectCors(opened, 'test')
    expectNotCached(opened)

    const sent = await post(`${session}/xhr_send`, '["x"]', { headers })
    expect(sent).toMatchObject({ status: 204, body: '' })
    expect(sent.headers['content-type']).toBe('text/plain; charset=UTF-8')
    expectCors(sent, 'test')
    expectNotCached(sent)

    expect(await post(`${session}/xhr`)).toMatchObject({ status: 200, body: 'a["x"]\n' })
  })

  test('messages to a session that is not there are not found', async () => {
    const { post } = await serveSockJs()
    const answer = await post(`${newSession()}/xhr_send`, '["x"]', { headers: { Origin: 'test' } })
    expect(answer.status).toBe(404)
    expectCors(answer, 'test')
    expectNotCached(answer)
  })

  test('what is no JSON, nothing, and no array of strings is refused, and the session goes on', async () => {
    const { post } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    for (const [body, message] of [
      ['["x', 'Broken JSON encoding.'],
      ['x', 'Broken JSON encoding.'],
      ['', 'Payload expected.'],
      ['{}', 'Payload expected.'],
      ['null', 'Payload expected.'],
      ['"x"', 'Payload expected.'],
      ['[1]', 'Payload expected.'],
      ['["x",["y"]]', 'Payload expected.'],
    ] as const) {
      expect(await post(`${session}/xhr_send`, body)).toMatchObject({ status: 500, body: message })
    }
    expect(await post(`${session}/xhr_send`, '["a"]')).toMatchObject({ status: 204, body: '' })
    expect(await post(`${session}/xhr`)).toMatchObject({ status: 200, body: 'a["a"]\n' })
  })

  test('messages come under any content type, and leave in one frame', async () => {
    const { post } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    const types = [
      'text/plain',
      'T',
      'application/json',
      'application/xml',
      '',
      'application/json; charset=utf-8',
      'text/xml; charset=utf-8',
      'text/xml',
    ]
    for (const type of types) {
      const headers = { 'Content-Type': type }
      expect(await post(`${session}/xhr_send`, '["a"]', { headers })).toMatchObject({
        status: 204,
        body: '',
      })
    }
    expect(await post(`${session}/xhr`)).toMatchObject({
      status: 200,
      body: `a[${types.map(() => '"a"').join(',')}]\n`,
    })
  })

  test('the headers that a preflight asks for are allowed', async () => {
    const { options } = await serveSockJs()
    for (const [asked, allowed] of [
      ['a, b, c', 'a, b, c'],
      ['', undefined],
      [undefined, undefined],
    ] as const) {
      const answer = await options(`${newSession()}/xhr`, {
        Origin: 'test',
        'Access-Control-Request-Method': 'POST',
        ...(asked === undefined ? {} : { 'Access-Control-Request-Headers': asked }),
      })
      expect(answer.status).toBe(204)
      expectCors(answer, 'test')
      expect(answer.headers['access-control-allow-headers']).toBe(allowed)
    }
  })

  test('an array of no messages is taken', async () => {
    const { post, handlers } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    expect((await post(`${session}/xhr_send`, '[]')).status).toBe(204)
    expect((await post(`${session}/xhr_send`, '["a"]')).status).toBe(204)
    expect((await post(`${session}/xhr`)).body).toBe('a["a"]\n')
    expect(handlers[0]!.messages).toEqual(['a'])
  })

  test('a poll that waits is answered by the first message', async () => {
    const { post, stream } = await serveSockJs()
    const session = newSession()
    await post(`${session}/xhr`)
    const poll = await stream('POST', `${session}/xhr`)
    await post(`${session}/xhr_send`, '["a"]')
    const { headers } = await poll.head()
    expect(headers['content-length']).toBe('7')
    expect(await poll.read(7)).toBe('a["a"]\n')
  })
})

describe('sockjs-protocol "XhrStreaming"', () => {
  test('answers a preflight', async () => {
    const answers = await preflights(await serveSockJs(), '/abc/abc/xhr_streaming', METHODS)
    expect(answers).toEqual(allowing(METHODS))
  })

  test('streams after a prelude of 2 KiB, uncached, for pages of other origins too', async () => {
    const { post, stream } = await serveSockJs()
    const session = newSession()
    const client = await stream('POST', `${session}/xhr_streaming`, { headers: { Origin: 'test' } })
    const head = await client.head()
    expect(head.status).toBe(200)
    expect(head.headers['content-type']).toBe('application/javascript; charset=UTF-8')
    expectCors(head, 'test')
    expectNotCached(head)
    expect([await client.chunk(), await client.chunk()]).toEqual([PRELUDE, 'o\n'])
    expect(await post(`${session}/xhr_send`, '["x"]')).toMatchObject({ status: 204, body: '' })
    expect(await client.chunk()).toBe('a["x"]\n')
  })

  test('ends once it has carried as many bytes of frames as the limit', async () => {
    const { post, stream } = await serveSockJs()
    const session = newSession()
    const client = await stream('POST', `${session}/xhr_streaming`)
    await client.head()
    expect([await client.chunk(), await client.chunk()]).toEqual([PRELUDE, 'o\n'])
    const message = `"${'x'.repeat(128)}"`
    for (let i = 0; i < 31; i++) {
      await post(`${session}/xhr_send`, `[${message}]`)
      expect(await client.chunk()).toBe(`a[${message}]\n`)
    }
    expect(await client.chunk()).toBe('')
  })

  test('goes on in the next request where it has ended, and nothing is lost between', async () => {
    const { post, stream } = await serveSockJs()
    const session = newSession()
    const first = await stream('POST', `${session}/xhr_streaming`)
    await first.head()
    const long = `"${'x'.repeat(4096)}"`
    await post(`${session}/xhr_send`, `[${long}]`)
    const seen = [await first.chunk(), await first.chunk(), await first.chunk(), await first.chunk()]
    expect(seen).toEqual([PRELUDE, 'o\n', `a[${long}]\n`, ''])
    await post(`${session}/xhr_send`, '["b"]')
    await post(`${session}/xhr_send`, '["c"]')
    const second = await stream('POST', `${session}/xhr_streaming`)
    await second.head()
    expect([await second.chunk(), await second.chunk(), await second.chunk()]).toEqual([
      PRELUDE,
      'a["b"]\n',
      'a["c"]\n',
    ])
  })

  test('by default it carries 128 KiB', async () => {
    const { stream, handlers } = await serveSockJs({ service: 'silent', sockjs: { streamBytes: 131_072 } })
    const client = await stream('POST', `${newSession()}/xhr_streaming`)
    await client.head()
    await client.chunk()
    await client.chunk()
    // With `o`, its line end and the frame around it: one byte less than the limit.
    handlers[0]!.write('x'.repeat(131_072 - 2 - 6 - 1))
    await client.chunk()
    handlers[0]!.write('')
    expect([await client.chunk(), await client.chunk()]).toEqual(['a[""]\n', ''])
  })
})
