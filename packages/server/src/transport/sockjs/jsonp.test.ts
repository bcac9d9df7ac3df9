import { describe, expect, test } from 'vitest'
import { expectNotCached, newSession, serveSockJs } from '../../../test/sockjs.js'

const FORM = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }

describe('sockjs-protocol "JsonpPolling"', () => {
  test('polls by a call and sends by a form, uncached', async () => {
    const { get, post } = await serveSockJs()
    const session = newSession()
    const opened = await get(`${session}/jsonp?c=%63allback`)
    expect(opened).toMatchObject({ status: 200, body: '/**/callback("o");\r\n' })
    expect(opened.headers['content-type']).toBe('application/javascript; charset=UTF-8')
    expect(opened.headers['x-content-type-options']).toBe('nosniff')
    expectNotCached(opened)

    const sent = await post(`${session}/jsonp_send`, 'd=%5B%22x%22%5D', FORM)
    expect(sent).toMatchObject({ status: 200, body: 'ok' })
    expect(sent.headers['content-type']).toBe('text/plain; charset=UTF-8')
    expectNotCached(sent)

    const polled = await get(`${session}/jsonp?c=%63allback`)
    expect(polled).toMatchObject({ status: 200, body: '/**/callback("a[\\"x\\"]");\r\n' })
  })

  test('the callback is that of each request', async () => {
    const { get, post } = await serveSockJs()
    const session = newSession()
    expect((await get(`${session}/jsonp?c=_jp.one`)).body).toBe('/**/_jp.one("o");\r\n')
    await post(`${session}/jsonp_send`, 'd=["x"]', FORM)
    expect((await get(`${session}/jsonp?callback=two`)).body).toBe('/**/two("a[\\"x\\"]");\r\n')
  })

  test('asks for a callback', async () => {
    const { get, handlers } = await serveSockJs()
    expect(await get('/a/a/jsonp')).toMatchObject({ status: 500, body: '"callback" parameter required' })
    expect(handlers).toEqual([])
  })

  test.each(['%20', '*', 'abc(', 'abc%28', 'x'.repeat(65)])('refuses the callback %s', async (callback) => {
    const { get, handlers } = await serveSockJs()
    expect(await get(`/a/a/jsonp?c=${callback}`)).toMatchObject({
      status: 500,
      body: 'invalid "callback" parameter',
    })
    expect(handlers).toEqual([])
  })

  test('what is no JSON, nothing, and no array of strings is refused, and the session goes on', async () => {
    const { get, post } = await serveSockJs()
    const session = newSession()
    await get(`${session}/jsonp?c=x`)
    for (const [body, message] of [
      ['d=%5B%22x', 'Broken JSON encoding.'],
      ['', 'Payload expected.'],
      ['d=', 'Payload expected.'],
      ['p=p', 'Payload expected.'],
      ['d=%7B%7D', 'Payload expected.'],
      ['d=1', 'Payload expected.'],
    ] as const) {
      expect(await post(`${session}/jsonp_send`, body, FORM)).toMatchObject({ status: 500, body: message })
    }
    expect((await post(`${session}/jsonp_send`, 'd=%5B%22b%22%5D', FORM)).body).toBe('ok')
    expect(await get(`${session}/jsonp?c=x`)).toMatchObject({
      status: 200,
      body: '/**/x("a[\\"b\\"]");\r\n',
    })
  })

  test('messages come as a form or as plain text', async () => {
    const { get, post } = await serveSockJs()
    const session = newSession()
    await get(`${session}/jsonp?c=x`)
    expect((await post(`${session}/jsonp_send`, 'd=%5B%22abc%22%5D', FORM)).body).toBe('ok')
    const headers = { 'Content-Type': 'text/plain' }
    expect((await post(`${session}/jsonp_send`, '["%61bc"]', { headers })).body).toBe('ok')
    expect(await get(`${session}/jsonp?c=x`)).toMatchObject({
      status: 200,
      body: '/**/x("a[\\"abc\\",\\"%61bc\\"]");\r\n',
    })
  })

  test('a closed session answers each poll with its close frame', async () => {
    const { get } = await serveSockJs({ service: 'close' })
    const session = newSession()
    expect((await get(`${session}/jsonp?c=x`)).body).toBe('/**/x("o");\r\n')
    for (let i = 0; i < 2; i++) {
      expect((await get(`${session}/jsonp?c=x`)).body).toBe('/**/x("c[3000,\\"Go away!\\"]");\r\n')
    }
  })

  test('an array of no messages is taken', async () => {
    const { get, post } = await serveSockJs()
    const session = newSession()
    await get(`${session}/jsonp?c=x`)
    expect((await post(`${session}/jsonp_send`, 'd=%5B%5D', FORM)).body).toBe('ok')
    expect((await post(`${session}/jsonp_send`, 'd=%5B%22x%22%5D', FORM)).body).toBe('ok')
    expect((await get(`${session}/jsonp?c=x`)).body).toBe('/**/x("a[\\"x\\"]");\r\n')
  })

  test('messages to a session that is not there are not found', async () => {
    const { post } = await serveSockJs()
    expect((await post(`${newSession()}/jsonp_send`, 'd=%5B%22x%22%5D', FORM)).status).toBe(404)
  })
})
